// What a training has done, does and will do, and for how much longer.
import { useEffect, useState } from 'preact/hooks';
import { dataOf, type Training } from 'taxon-client';
import { formatCount, formatSeconds } from '../../format.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { earlierSeconds, secondsLeft } from './timeLeft.js';
import type { TrainingFeed } from './trainingFeed.js';

const texts = strings.train;

/** Those of every training; others are shown once they have begun. */
const usualStages = ['snapshot', 'embeddings', 'fit', 'evaluate', 'publish', 'activate'];

interface StagesProps {
  readonly feed: TrainingFeed;
  readonly training: Training;
  readonly running: boolean;
}

export function Stages({ feed, training, running }: StagesProps) {
  const { stages } = feed;
  const current = running ? stages.at(-1) : undefined;
  const last = Math.max(-1, ...stages.map((stage) => usualStages.indexOf(stage)));
  const later = running ? usualStages.slice(last + 1) : [];
  return (
    <section class="card">
      <h2>{texts.stagesTitle}</h2>
      {running && current === undefined && <p>{texts.waiting}</p>}
      {running && current !== undefined && <TimeLeft feed={feed} training={training} />}
      <ol class="stages">
        {stages.map((stage) => (
          <li key={stage} class={stage === current ? 'now' : 'done'} aria-current={stage === current && 'step'}>
            <span class="mark" aria-hidden="true">
              {stage === current ? '' : '✓'}
            </span>
            <div>
              {texts.stages[stage] ?? stage}{' '}
              <span class="visually-hidden">({stage === current ? texts.stageNow : texts.stageDone})</span>
              {stage === current && <Progress feed={feed} />}
            </div>
          </li>
        ))}
        {later.map((stage) => (
          <li key={stage} class="later">
            <span class="mark" aria-hidden="true" />
            <div>
              {texts.stages[stage]} <span class="visually-hidden">({texts.stageLater})</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Of the present stage. */
function Progress({ feed: { stages, images, epochs, etaSeconds } }: { feed: TrainingFeed }) {
  const stage = stages.at(-1)!;
  const epoch = stage === 'fit' ? epochs.at(-1) : undefined;
  const done = epoch
    ? (epoch.candidate - 1 + epoch.epoch / epoch.epochs) / epoch.candidates
    : images && images.done / images.total;
  const parts = [
    epoch && epoch.candidates > 1 && texts.candidate(epoch.candidate, epoch.candidates),
    epoch && texts.epochsDone(epoch.epoch, epoch.epochs),
    !epoch && images && texts.photosDone(formatCount(images.done), formatCount(images.total)),
    etaSeconds !== undefined && etaSeconds > 0 && texts.timeLeft(formatSeconds(Math.max(1, etaSeconds))),
  ];
  return (
    <>
      <progress {...(done !== undefined && { value: done })} aria-label={texts.stages[stage] ?? stage} />
      <span class="muted">{parts.filter((part) => typeof part === 'string').join(' · ')}</span>
    </>
  );
}

/** Of the whole training. */
function TimeLeft({ feed, training }: Pick<StagesProps, 'feed' | 'training'>) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const { data } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/trainings', { signal })).trainings,
    [training.id],
  );
  // Not before it is known whether there was an earlier one: the figure would jump.
  const left = data && secondsLeft(feed, earlierSeconds(data, training), now);
  if (left === undefined) return null;
  return <p class="time-left">{left < 1 ? texts.nearlyDone : texts.allTimeLeft(formatSeconds(left))}</p>;
}
