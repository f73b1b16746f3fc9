// A queue of photos that wait for a decision, one at a time, one key each.
import { useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useKeys } from '../../keys.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { Chooser, NothingWaits, Progress } from './parts.js';
import { ReviewQueue, type Reviewable, type ReviewSource } from './reviewQueue.js';
import { WaitingCard, type Looks } from './waitingCard.js';

const texts = strings.review;

interface WaitingProps<Item extends Reviewable> extends Looks<Item> {
  /** As in the address. */
  readonly queue: string;
  readonly source: ReviewSource<Item>;
  /** The dataset in the address, which accepted photos go to. */
  readonly named: string | undefined;
}

export function Waiting<Item extends Reviewable>(props: WaitingProps<Item>) {
  const { queue: place, source, named, ...looks } = props;
  const queue = useQueue(source);
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
  const decided = queue.decided.value;
  return (
    <>
      {queue.error.value !== undefined && <ProblemNote error={queue.error.value} retry={() => void queue.load()} />}
      {datasets.error !== undefined && <ProblemNote error={datasets.error} retry={datasets.reload} />}
      {!queue.loaded.value && queue.error.value === undefined && <Loading />}
      {all > 0 && <Progress done={decided} all={all} />}
      {queue.loaded.value && queue.waiting.value.length === 0 && (
        <NothingWaits
          title={decided > 0 ? texts.allDone(decided) : texts.empty}
          help={looks.texts.emptyHelp}
          {...(decided > 0 && { onUndo: () => queue.undo() })}
        >
          <p>
            <a href={hrefOf('review', 'unsure')}>{texts.seeUnsure}</a>
          </p>
        </NothingWaits>
      )}
      {datasets.data !== undefined && dataset === undefined && queue.waiting.value.length > 0 && <NoDataset />}
      {dataset !== undefined && queue.waiting.value.length > 0 && (
        <>
          <Chooser label={texts.dataset} value={dataset} names={names} onChange={(name) => go('review', place, name)} />
          <WaitingCard queue={queue} source={source} dataset={dataset} {...looks} />
        </>
      )}
    </>
  );
}

/** Decisions are carried out when the view is left. */
function useQueue<Item extends Reviewable>(source: ReviewSource<Item>): ReviewQueue<Item> {
  const [queue] = useState(() => new ReviewQueue(source));
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

const NoDataset = () => (
  <section class="note note-warn">
    <p>{texts.noDataset}</p>
    <a href={hrefOf('datasets')}>{texts.createDataset}</a>
  </section>
);
