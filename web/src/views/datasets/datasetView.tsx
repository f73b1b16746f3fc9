// One dataset: its photos, and what is to be done with them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { DatasetHead } from './datasetHead.js';
import { PhotoFilters } from './photoFilters.js';
import { usePhotoList, type Doubts } from './photos/usePhotoList.js';
import { PhotoWorkbench } from './photoWorkbench.js';
import { UnreadableFiles } from './unreadableFiles.js';
import { DropZone } from './upload/dropZone.js';
import type { SourceFile } from './upload/sourceFiles.js';
import { upload } from './upload/upload.js';
import { UploadDialog } from './upload/uploadDialog.js';
import { UploadPanel } from './upload/uploadPanel.js';
import { useModels } from '../../models.js';
import { whereOf } from './where.js';

const texts = strings.datasets;
/** Counts are read again when no photo has been changed for this long. */
const recountMs = 400;
const allDoubts: Doubts = {
  first: false,
  model: undefined,
  onlyDoubted: true,
  predicted: undefined,
  minProbability: 0,
};

export function DatasetView({ name, where: parts }: { name: string; where: readonly string[] }) {
  const [files, setFiles] = useState<AsyncGenerator<SourceFile>>();
  const [round, setRound] = useState(0);
  const [doubts, setDoubts] = useState(allDoubts);
  const statistics = useLoad(
    async (signal) =>
      dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}', { params: { path: { name } }, signal })),
    [name],
  );
  const recount = useLater(statistics.reload);
  const where = whereOf(parts);
  const models = useModels(statistics.data?.classes.map(({ label }) => label));
  const asked = { ...doubts, model: doubts.model ?? models?.[0] };
  const open = usePhotoList(statistics.data, where, asked, round, recount);
  useArrivals(name, () => {
    statistics.reload();
    setRound((now) => now + 1);
  });

  if (statistics.error !== undefined) return <ProblemNote error={statistics.error} retry={statistics.reload} />;
  if (statistics.data === undefined) return <Loading />;
  const isEmpty = statistics.data.images === 0 && where.show === 'all';
  return (
    <DropZone onFiles={setFiles} class="dataset-view">
      <DatasetHead statistics={statistics.data} onFiles={setFiles} />
      <UploadPanel dataset={name} />
      {!isEmpty && (
        <PhotoFilters
          statistics={statistics.data}
          where={where}
          doubts={asked}
          models={models ?? []}
          onDoubts={(change) => setDoubts({ ...doubts, ...change })}
          onChanged={statistics.reload}
        />
      )}
      {isEmpty && <EmptyDataset />}
      {where.show === 'all' && doubts.first && statistics.data.unreadable.count > 0 && (
        <p class="note">
          {texts.unreadableFirst(statistics.data.unreadable.count)}{' '}
          <a href={hrefOf('datasets', name, 'unreadable')}>{texts.seeThem}</a>
        </p>
      )}
      {where.show === 'unreadable' && <UnreadableFiles files={statistics.data.unreadable} />}
      {where.show === 'doubted' && models?.length === 0 && <p class="note">{texts.noClassifier}</p>}
      {open && !isEmpty && <PhotoWorkbench key={where.show} statistics={statistics.data} where={where} open={open} />}
      {files !== undefined && (
        <UploadDialog
          files={files}
          dataset={name}
          onClose={() => setFiles(undefined)}
          onStarted={() => setFiles(undefined)}
        />
      )}
    </DropZone>
  );
}

const EmptyDataset = () => (
  <section class="card empty-dataset">
    <h2>{texts.noPhotosYet}</h2>
    <p>{texts.empty}</p>
    <p class="muted">{texts.emptyExample}</p>
  </section>
);

/** Calls `onArrival` when an upload to this dataset is over. */
function useArrivals(name: string, onArrival: () => void): void {
  const state = upload.value;
  const phase = state?.dataset === name ? state.phase : undefined;
  const before = useRef(phase);
  useEffect(() => {
    if (before.current === 'running' && phase !== 'running') onArrival();
    before.current = phase;
  }, [phase]);
}

/** A function that calls `run` when it has not been called for a while. */
function useLater(run: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(run, recountMs);
  };
}
