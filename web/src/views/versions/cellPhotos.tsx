// The images of one cell of the confusion matrix, as the version sees them now.
import { Dialog } from '../../components/dialog.js';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';
import type { Figures } from './figures.js';
import type { Cell } from './figuresSection.js';
import { PhotoGrid } from './photoGrid.js';
import { loadPredictions, type MeasuredOn, type Prediction } from './predictions.js';

const texts = strings.versions;

export interface CellPhotosProps {
  readonly version: ModelVersion;
  readonly figures: Figures;
  readonly source: MeasuredOn | undefined;
  readonly cell: Cell;
  /** What the version says of all images of `source`, where that is known already. */
  readonly known?: readonly Prediction[];
  readonly onClose: () => void;
}

export function CellPhotos({ version, figures, source, cell: { label, predicted }, known, onClose }: CellPhotosProps) {
  const { labels, confusion } = figures;
  const count = confusion[labels.indexOf(label)]?.[labels.indexOf(predicted)] ?? 0;
  return (
    <Dialog wide title={texts.cell(label, predicted, count)} onClose={onClose}>
      {source ? (
        <Photos version={version} source={source} label={label} predicted={predicted} count={count} known={known} />
      ) : (
        <p>{texts.cellForeign}</p>
      )}
    </Dialog>
  );
}

interface PhotosProps extends Cell {
  readonly version: ModelVersion;
  readonly source: MeasuredOn;
  readonly count: number;
  readonly known: readonly Prediction[] | undefined;
}

function Photos({ version: { name, version }, source, label, predicted, count, known }: PhotosProps) {
  const { data, error, reload } = useLoad(
    async (signal) =>
      (known ?? (await loadPredictions({ name, version, ...source, label }, signal))).filter(
        (prediction) => prediction.label === label && prediction.predicted === predicted,
      ),
    [name, version, label, predicted],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  return (
    <>
      {data.length === 0 && <p>{texts.cellEmpty}</p>}
      {data.length > 0 && data.length !== count && <p class="note">{texts.cellChanged}</p>}
      <PhotoGrid
        dataset={source.dataset}
        photos={data.map((prediction) => ({ prediction, caption: captionOf(prediction.probability) }))}
      />
    </>
  );
}

const captionOf = (probability: number | null): string =>
  probability === null ? texts.unreadable : texts.sure(`${Math.round(probability * 100)} %`);
