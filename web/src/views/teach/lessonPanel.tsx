// What the quick lesson is waiting for, doing, or has done.
import { ProblemNote } from '../../components/problem.js';
import { strings } from '../../strings/index.js';
import { leastPhotos, type ClassCount, type Lesson } from './lesson.js';
import { Progress } from './progress.js';

const texts = strings.teach;

export function LessonPanel({ classes, lesson }: { classes: readonly ClassCount[]; lesson: Lesson }) {
  const { state, progress, error, isStale, learn } = lesson;
  return (
    <section class="card">
      <h2>{texts.steps.learn}</h2>
      <div role="status">
        {state === 'waiting' && <Waiting classes={classes} isDue={isStale} />}
        {state === 'learned' && (
          <p>
            {texts.learned(
              classes.reduce((sum, { total }) => sum + total, 0),
              lesson.seconds,
            )}
          </p>
        )}
        {state === 'learning' && (
          <p>
            {texts.learning} <span class="muted">{texts.learningHelp}</span>
          </p>
        )}
      </div>
      {progress && <Progress progress={progress} />}
      {state === 'failed' && <ProblemNote error={error} retry={learn} />}
      {isStale && (
        <p class="row">
          {state === 'learned' && texts.stale}
          <button type="button" onClick={learn}>
            {texts.learnNow}
          </button>
        </p>
      )}
    </section>
  );
}

function Waiting({ classes, isDue }: { classes: readonly ClassCount[]; isDue: boolean }) {
  if (isDue) return <p>{texts.soon}</p>;
  const short = classes.filter(({ total }) => total < leastPhotos);
  return (
    <>
      <p>{texts.needsClasses(leastPhotos)}</p>
      {short.map(({ label, total }) => (
        <p key={label} class="muted">
          {texts.needsPhotos(label, leastPhotos - total)}
        </p>
      ))}
    </>
  );
}
