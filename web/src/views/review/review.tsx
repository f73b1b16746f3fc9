// Review: corrections, one at a time, one key each.
import { useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useKeys } from '../../keys.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { CorrectionCard } from './correctionCard.js';
import { ReviewQueue } from './reviewQueue.js';
import './review.css';

const texts = strings.review;

/** The address may name the dataset that accepted photos go to: #/review/flowers. */
export default function Review({ rest: [named] }: { rest: readonly string[] }) {
  const queue = useQueue();
  const datasets = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal })).datasets,
    [],
  );
  useKeys((event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (isUndo) queue.undo();
    return isUndo;
  });
  const names = datasets.data?.map(({ name }) => name) ?? [];
  const classifier = queue.waiting.value[0]?.classifier;
  const dataset = [named, classifier].find((name) => name !== undefined && names.includes(name)) ?? names[0];
  const all = queue.all.value;
  return (
    <div class="stack">
      <div>
        <h1>{texts.title}</h1>
        <p class="muted">{texts.intro}</p>
      </div>
      {queue.error.value !== undefined && <ProblemNote error={queue.error.value} retry={() => void queue.load()} />}
      {datasets.error !== undefined && <ProblemNote error={datasets.error} retry={datasets.reload} />}
      {!queue.loaded.value && queue.error.value === undefined && <Loading />}
      {all > 0 && <Progress done={queue.decided.value} all={all} />}
      {queue.loaded.value && queue.waiting.value.length === 0 && (
        <NothingWaits queue={queue} decided={queue.decided.value} />
      )}
      {datasets.data !== undefined && dataset === undefined && queue.waiting.value.length > 0 && <NoDataset />}
      {dataset !== undefined && queue.waiting.value.length > 0 && (
        <>
          <label class="review-dataset">
            {texts.dataset}
            <select value={dataset} onChange={({ currentTarget }) => go('review', currentTarget.value)}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <CorrectionCard queue={queue} dataset={dataset} />
        </>
      )}
    </div>
  );
}

/** Decisions are carried out when the view is left. */
function useQueue(): ReviewQueue {
  const [queue] = useState(() => new ReviewQueue());
  useEffect(() => {
    void queue.load();
    const finish = (): void => queue.finish();
    addEventListener('pagehide', finish);
    return () => {
      removeEventListener('pagehide', finish);
      queue.close();
    };
  }, []);
  return queue;
}

const Progress = ({ done, all }: { done: number; all: number }) => (
  <div class="review-progress">
    <progress max={all} value={done} aria-label={texts.title} />
    <span class="number muted">{texts.progress(done, all)}</span>
  </div>
);

const NothingWaits = ({ queue, decided }: { queue: ReviewQueue; decided: number }) => (
  <section class="card review-empty">
    <div role="status">
      <h2>{decided > 0 ? texts.allDone(decided) : texts.empty}</h2>
    </div>
    <p class="muted">{texts.emptyHelp}</p>
    {decided > 0 && (
      <button type="button" onClick={() => queue.undo()}>
        <kbd>Ctrl Z</kbd> {texts.undo}
      </button>
    )}
  </section>
);

const NoDataset = () => (
  <section class="note note-warn">
    <p>{texts.noDataset}</p>
    <a href={hrefOf('datasets')}>{texts.createDataset}</a>
  </section>
);
