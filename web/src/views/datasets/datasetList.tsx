// All datasets; folders dropped here become a new one.
import { useEffect, useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { messageOf, ProblemNote } from '../../components/problem.js';
import { ServerImage } from '../../components/serverImage.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { DropZone, FileChoices } from './upload/dropZone.js';
import type { SourceFile } from './upload/sourceFiles.js';
import { upload } from './upload/upload.js';
import { UploadDialog } from './upload/uploadDialog.js';
import { datasetNameOf } from './upload/uploadPlan.js';
import { UploadPanel } from './upload/uploadPanel.js';

const texts = strings.datasets;

export function DatasetList() {
  const [files, setFiles] = useState<AsyncGenerator<SourceFile>>();
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal })).datasets,
    [],
  );
  const phase = upload.value?.phase;
  useEffect(() => {
    if (phase !== undefined) reload();
  }, [phase]);
  return (
    <DropZone onFiles={setFiles} class="stack">
      <div>
        <h1>{texts.title}</h1>
        <p class="muted">{texts.intro}</p>
      </div>
      <UploadPanel />
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data !== undefined && data.length > 0 && (
        <ul class="dataset-cards">
          {data.map((dataset) => (
            <DatasetCard key={dataset.name} dataset={dataset} />
          ))}
        </ul>
      )}
      {data !== undefined && <NewDataset isFirst={data.length === 0} onFiles={setFiles} />}
      {files !== undefined && (
        <UploadDialog
          files={files}
          dataset={undefined}
          onClose={() => setFiles(undefined)}
          onStarted={(name) => {
            setFiles(undefined);
            go('datasets', name);
          }}
        />
      )}
    </DropZone>
  );
}

const previewCount = 4;

function DatasetCard({ dataset }: { dataset: components['schemas']['Dataset'] }) {
  const { name, images, classes, changedAt } = dataset;
  const { data } = useLoad(
    async (signal) => {
      const params = { path: { name }, query: { limit: previewCount } };
      return dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params, signal })).images;
    },
    [name, images],
  );
  const when = new Date(changedAt).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
  return (
    <li>
      <a class="card dataset-card" href={hrefOf('datasets', name)}>
        <span class="dataset-preview" aria-hidden="true">
          {data?.map(({ id }) => (
            <ServerImage key={id} dataset={name} id={id} size="thumbnail" alt="" />
          ))}
        </span>
        <strong>{name}</strong>
        <span>
          {texts.photos(images)} · {texts.classes(classes)}
        </span>
        <span class="muted">{texts.changed(when)}</span>
      </a>
    </li>
  );
}

interface NewDatasetProps {
  readonly isFirst: boolean;
  readonly onFiles: (files: AsyncGenerator<SourceFile>) => void;
}

function NewDataset({ isFirst, onFiles }: NewDatasetProps) {
  return (
    <section class="card new-dataset">
      <div class="new-dataset-drop">
        <h2>{texts.newDataset}</h2>
        <p>{texts.empty}</p>
        <p class="muted">{isFirst ? texts.emptyExample : texts.dropMore}</p>
        <FileChoices onFiles={onFiles} />
      </div>
      <EmptyDatasetForm />
    </section>
  );
}

function EmptyDatasetForm() {
  const [name, setName] = useState('');
  const [several, setSeveral] = useState(false);
  const [problem, setProblem] = useState<string>();
  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const wanted = datasetNameOf(name);
    try {
      const body = several ? { task: 'multi-label' as const } : undefined;
      const params = { path: { name: wanted } };
      dataOf(await taxon.value.api.PUT('/v1/admin/datasets/{name}', { params, ...(body && { body }) }));
      go('datasets', wanted);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void create(event)}>
      <h3>{texts.createTitle}</h3>
      <div class="row">
        <label>
          {texts.name}
          <input
            name="name"
            required
            autocomplete="off"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <button type="submit">{texts.create}</button>
      </div>
      <label>
        <input type="checkbox" checked={several} onChange={({ currentTarget: { checked } }) => setSeveral(checked)} />
        {texts.severalAllowed}
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </form>
  );
}
