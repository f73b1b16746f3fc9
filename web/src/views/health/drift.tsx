// Whether each classifier still sees photos like those of its training, in words.
import { dataOf, type components } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { Moment } from '../../components/moment.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

type Drift = components['schemas']['Drift'];

const texts = strings.health.drift;

export function ClassifierDrift() {
  const { data, error, reload } = useLoad(loadAll, []);
  return (
    <section class="card stack" aria-labelledby="drift-title">
      <div>
        <h2 id="drift-title">{texts.title}</h2>
        <p class="muted">{texts.help}</p>
      </div>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data?.map((drift) => (
        <DriftOf key={drift.name} drift={drift} />
      ))}
    </section>
  );
}

async function loadAll(signal: AbortSignal): Promise<Drift[]> {
  const { api } = taxon.value;
  const { models } = dataOf(await api.GET('/v1/models', { signal }));
  return Promise.all(
    models.map(async ({ name }) =>
      dataOf(await api.GET('/v1/admin/models/{name}/drift', { params: { path: { name } }, signal })),
    ),
  );
}

function DriftOf({ drift }: { drift: Drift }) {
  const { name, version, state, since } = drift;
  return (
    <p class={state === 'drifted' ? 'note note-bad' : undefined}>
      <strong>{texts.classifier(name, version)}</strong> {sentenceOf(drift)}
      {state === 'drifted' && since !== null && (
        <>
          {' '}
          {texts.since} <Moment at={since} />.
        </>
      )}
    </p>
  );
}

function sentenceOf({ state, images, leastImages, embeddings, driftedFrom, mix }: Drift): string {
  if (state === 'unknown') return texts.unknown;
  if (state === 'collecting') return texts.collecting(images, leastImages);
  if (state === 'steady') return texts.steady(images);
  const most = [...mix].sort((a, b) => b.seen - b.expected - (a.seen - a.expected))[0];
  const looks = embeddings !== null && embeddings >= driftedFrom.embeddings;
  const share = (value: number): string => `${Math.round(100 * value)} %`;
  return looks || most === undefined
    ? texts.otherImages(images)
    : texts.otherMix(images, most.label, share(most.seen), share(most.expected));
}
