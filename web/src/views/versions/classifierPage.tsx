// One classifier: its versions, which of them answers, and what can be done to it as a whole.
import { useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { makeDefault, removeClassifier, rollBack } from './actions.js';
import { AutoRetrainCard } from './autoRetrain/autoRetrainCard.js';
import { CaptureCard } from './capture/captureCard.js';
import { Confirmed } from './confirmed.js';
import { RolloutCard } from './rollout/rolloutCard.js';
import { VersionTable } from './versionTable.js';

const texts = strings.versions;

export type Model = components['schemas']['Model'];
export type ModelVersion = components['schemas']['ModelVersion'];

export const loadModel = async (name: string, signal: AbortSignal): Promise<Model> =>
  dataOf(await taxon.value.api.GET('/v1/models/{name}', { params: { path: { name } }, signal }));

export async function loadVersion(name: string, version: number, signal: AbortSignal): Promise<ModelVersion> {
  const path = { name, version: String(version) };
  return dataOf(await taxon.value.api.GET('/v1/models/{name}/versions/{version}', { params: { path }, signal }));
}

export function ClassifierPage({ name }: { name: string }) {
  const { data, error, reload } = useLoad(
    async (signal) => {
      const model = await loadModel(name, signal);
      const numbers = [...model.versions].sort((a, b) => b - a);
      return { model, versions: await Promise.all(numbers.map((version) => loadVersion(name, version, signal))) };
    },
    [name],
  );
  return (
    <>
      <p class="back">
        <a href={hrefOf('versions')}>← {texts.all}</a>
      </p>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data && <Loaded {...data} reload={reload} />}
    </>
  );
}

interface LoadedProps {
  readonly model: Model;
  readonly versions: readonly ModelVersion[];
  readonly reload: () => void;
}

function Loaded({ model, versions, reload }: LoadedProps) {
  const { name, default: isDefault, activeVersion, precision } = model;
  const [busy, setBusy] = useState(false);
  const run = async (act: Promise<boolean>): Promise<void> => {
    setBusy(true);
    if (await act) reload();
    setBusy(false);
  };
  const remove = async (): Promise<void> => {
    if (await removeClassifier(name)) go('versions');
  };
  return (
    <>
      <div class="page-head">
        <h1>{name}</h1>
        {isDefault && <span class="badge">{texts.isDefault}</span>}
      </div>
      <p role="status">
        <strong>{texts.activeVersion(activeVersion)}</strong>
      </p>
      <p class="muted">{texts.computesIn(precision.name, precision.reason)}</p>
      <div class="row actions">
        <a class="button primary" href={hrefOf('train', 'new', datasetOf(versions), name)}>
          {texts.trainMore}
        </a>
        {versions.length > 1 && (
          <button type="button" disabled={busy} title={texts.rollBackHelp} onClick={() => void run(rollBack(name))}>
            {texts.rollBack}
          </button>
        )}
        {!isDefault && (
          <>
            <button type="button" disabled={busy} onClick={() => void run(makeDefault(name))}>
              {texts.makeDefault}
            </button>
            <Confirmed
              label={texts.removeClassifier}
              title={texts.removeClassifier}
              question={texts.removeClassifierSure(name)}
              act={() => void remove()}
            />
          </>
        )}
      </div>
      <VersionTable name={name} versions={versions} />
      <RolloutCard
        name={name}
        active={activeVersion}
        versions={versions.map(({ version }) => version)}
        reload={reload}
      />
      <AutoRetrainCard name={name} dataset={datasetOf(versions)} reload={reload} />
      <CaptureCard name={name} />
    </>
  );
}

/** That of the newest version which names one. */
const datasetOf = (versions: readonly ModelVersion[]): string =>
  versions.map(({ provenance: { dataset } }) => dataset).find((dataset) => typeof dataset === 'string') ?? '';
