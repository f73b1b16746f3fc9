// Review: photos that need somebody's eye, one at a time, one key each. #/review/corrections/{dataset}, #/review/unsure/{dataset}.
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { Corrections } from './corrections.js';
import { Unsure } from './unsure.js';
import './review.css';

const texts = strings.review;

const queues = ['corrections', 'unsure'] as const;

export default function Review({ rest: [asked, dataset] }: { rest: readonly string[] }) {
  const shown = queues.find((name) => name === asked) ?? 'corrections';
  return (
    <div class="stack">
      <h1>{texts.title}</h1>
      <nav class="show-tabs" aria-label={texts.queue}>
        {queues.map((name) => (
          <a key={name} href={hrefOf('review', name)} aria-current={name === shown ? 'true' : undefined}>
            {texts.queues[name]}
          </a>
        ))}
      </nav>
      <p class="muted review-intro">{texts.intros[shown]}</p>
      {shown === 'unsure' ? <Unsure named={dataset} /> : <Corrections named={dataset} />}
    </div>
  );
}
