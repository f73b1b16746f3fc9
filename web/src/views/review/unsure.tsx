// Photos of a dataset that nobody has corrected and whose labels a classifier doubts, the most telling ones first.
import { useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useKeys } from '../../keys.js';
import { useLoad } from '../../load.js';
import { useModels, type AskedModel } from '../../models.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { Chooser, NothingWaits, Progress } from './parts.js';
import { UnsureCard } from './unsureCard.js';
import { UnsureQueue } from './unsureQueue.js';

const texts = strings.review;

/** `named`: the dataset in the address. */
export function Unsure({ named }: { named: string | undefined }) {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal })).datasets,
    [],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  const names = data.filter(({ images }) => images > 0).map(({ name }) => name);
  const dataset = names.find((name) => name === named) ?? names[0];
  if (dataset === undefined)
    return (
      <section class="card review-empty">
        <h2>{texts.noPhotos}</h2>
        <a href={hrefOf('datasets')}>{texts.createDataset}</a>
      </section>
    );
  return (
    <>
      <Chooser
        label={texts.ofDataset}
        value={dataset}
        names={names}
        onChange={(name) => go('review', 'unsure', name)}
      />
      <UnsureOf key={dataset} dataset={dataset} />
    </>
  );
}

function UnsureOf({ dataset }: { dataset: string }) {
  const [chosen, choose] = useState<string>();
  const statistics = useLoad(
    async (signal) =>
      dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}', { params: { path: { name: dataset } }, signal })),
    [dataset],
  );
  const models = useModels(statistics.data?.classes.map(({ label }) => label));
  if (statistics.error !== undefined) return <ProblemNote error={statistics.error} retry={statistics.reload} />;
  if (models === undefined) return <Loading />;
  const model = models.find(({ name }) => name === chosen) ?? models[0];
  if (model === undefined)
    return (
      <section class="card review-empty">
        <h2>{texts.noClassifier}</h2>
        <a href={hrefOf('train', 'new', dataset)}>{texts.trainOne}</a>
      </section>
    );
  return (
    <>
      {models.length > 1 && (
        <Chooser
          label={texts.askedClassifier}
          value={model.name}
          names={models.map(({ name }) => name)}
          onChange={choose}
        />
      )}
      <Queue key={`${model.name}/${model.version}`} dataset={dataset} model={model} />
    </>
  );
}

function Queue({ dataset, model }: { dataset: string; model: AskedModel }) {
  const [queue] = useState(() => new UnsureQueue(dataset, model));
  useEffect(() => {
    void queue.load();
    return () => queue.close();
  }, []);
  useKeys((event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (isUndo) queue.undo();
    return isUndo;
  });
  const decided = queue.decided.value;
  const isWaiting = queue.waiting.value.length > 0;
  return (
    <>
      {queue.error.value !== undefined && <ProblemNote error={queue.error.value} retry={() => void queue.load()} />}
      {!queue.loaded.value && !isWaiting && queue.error.value === undefined && (
        <div>
          <Loading />
          <p class="muted">{texts.asking(model.name)}</p>
        </div>
      )}
      {queue.all.value > 0 && <Progress done={decided} all={queue.all.value} />}
      {isWaiting && <UnsureCard queue={queue} />}
      {queue.loaded.value && !isWaiting && (
        <NothingWaits
          title={decided > 0 ? texts.allDone(decided) : texts.allSure}
          help={texts.allSureHelp(model.name)}
          {...(decided > 0 && { onUndo: () => queue.undo() })}
        />
      )}
    </>
  );
}
