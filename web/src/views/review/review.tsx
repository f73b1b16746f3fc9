// Review: photos that need somebody's eye, one at a time, one key each. #/review/corrections/{dataset}, #/review/captured/{dataset}, #/review/unsure/{dataset}.
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { Captured } from './captured.js';
import { Corrections } from './corrections.js';
import { Unsure } from './unsure.js';
import './review.css';

const texts = strings.review;

const queues = { corrections: Corrections, captured: Captured, unsure: Unsure } as const;
const names = Object.keys(queues) as Array<keyof typeof queues>;

export default function Review({ rest: [asked, dataset] }: { rest: readonly string[] }) {
  const shown = names.find((name) => name === asked) ?? 'corrections';
  const Queue = queues[shown];
  return (
    <div class="stack">
      <h1>{texts.title}</h1>
      <nav class="show-tabs" aria-label={texts.queue}>
        {names.map((name) => (
          <a key={name} href={hrefOf('review', name)} aria-current={name === shown ? 'true' : undefined}>
            {texts.queues[name]}
          </a>
        ))}
      </nav>
      <p class="muted review-intro">{texts.intros[shown]}</p>
      <Queue key={shown} named={dataset} />
    </div>
  );
}
