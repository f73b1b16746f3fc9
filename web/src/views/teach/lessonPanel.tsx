// What the lesson is waiting for, doing, or has done.
import { ProblemNote } from '../../components/problem.js';
import { strings } from '../../strings/index.js';
import { leastPhotos, type ClassCount, type Lesson } from './lesson.js';

const texts = strings.teach;

export function LessonPanel({ classes, lesson }: { classes: readonly ClassCount[]; lesson: Lesson }) {
  const { state, error, taught, learn } = lesson;
  const photos = classes.reduce((sum, { total }) => sum + total, 0);
  return (
    <section class="card">
      <h2>{texts.steps.learn}</h2>
      <div role="status">
        {state === 'waiting' && <p>{texts.needsPhotos}</p>}
        {state === 'learning' && <p>{texts.learning}</p>}
        {state === 'learned' && <p>{texts.learned(photos, taught)}</p>}
        {state === 'learned' && <Hint classes={classes} />}
      </div>
      {state === 'failed' && <ProblemNote error={error} retry={learn} />}
    </section>
  );
}

function Hint({ classes }: { classes: readonly ClassCount[] }) {
  if (classes.length < 2) return <p class="muted">{texts.needsClass}</p>;
  const short = classes.filter(({ total }) => total < leastPhotos);
  return (
    <>
      {short.map(({ label, total }) => (
        <p key={label} class="muted">
          {texts.wantsPhotos(label, leastPhotos - total)}
        </p>
      ))}
    </>
  );
}
