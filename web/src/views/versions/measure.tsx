// A version measured now, on images that the reader chooses: also for versions that came without figures.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { formatCount } from '../../format.js';
import { useLoad } from '../../load.js';
import { go } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';
import { CellPhotos } from './cellPhotos.js';
import { Confusion } from './confusion.js';
import { countFigures } from './figures.js';
import { Headline } from './headline.js';
import { isSplitChoice, PhotosChoice, splitOf, type Dataset, type SplitChoice } from './photosChoice.js';
import { loadPredictions } from './predictions.js';
import type { Cell } from './figuresSection.js';

const texts = strings.versions;

export interface MeasureProps {
  readonly version: ModelVersion;
  /** From the address: measured at once. */
  readonly dataset: string | undefined;
  readonly split: string | undefined;
}

export function Measure(props: MeasureProps) {
  const { data: datasets } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal })).datasets,
    [],
  );
  if (datasets === undefined || datasets.length === 0) return null;
  return <Loaded {...props} datasets={datasets} />;
}

function Loaded({ version, dataset, split, datasets }: MeasureProps & { datasets: readonly Dataset[] }) {
  const { name, version: number } = version;
  const [chosen, choose] = useState<{ dataset: string; split: SplitChoice }>({
    dataset: dataset ?? datasets[0]!.name,
    split: isSplitChoice(split) ? split : 'test',
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    go('versions', name, String(number), 'on', chosen.dataset, chosen.split);
  };
  return (
    <section class="card">
      <h2>{texts.measureTitle}</h2>
      <p class="muted">{texts.measureHelp}</p>
      <form class="row choice-row" onSubmit={submit}>
        <PhotosChoice
          datasets={datasets}
          {...chosen}
          onChange={(newDataset, newSplit) => choose({ dataset: newDataset, split: newSplit })}
        />
        <button type="submit">{texts.measure}</button>
      </form>
      {dataset !== undefined && isSplitChoice(split) && (
        <Result key={`${dataset}/${split}`} version={version} dataset={dataset} split={split} />
      )}
    </section>
  );
}

interface ResultProps {
  readonly version: ModelVersion;
  readonly dataset: string;
  readonly split: SplitChoice;
}

function Result({ version, dataset, split }: ResultProps) {
  const { name, version: number, labels } = version;
  const [count, setCount] = useState(0);
  const [cell, setCell] = useState<Cell>();
  const { data, error, reload } = useLoad(
    (signal) => loadPredictions({ name, version: number, dataset, split: splitOf(split) }, signal, setCount),
    [name, number, dataset, split],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return count === 0 ? <Loading /> : <p role="status">{texts.reading(formatCount(count))}</p>;
  const figures = countFigures(data, labels);
  if (figures === undefined) return <p class="note">{texts.nothingMeasured}</p>;
  return (
    <div class="stack measured">
      <h3>{texts.measuredOn(dataset, texts.splits[split])}</h3>
      <Headline figures={figures} />
      <Confusion figures={figures} onCell={(label, predicted) => setCell({ label, predicted })} />
      {cell && (
        <CellPhotos
          version={version}
          figures={figures}
          source={{ dataset, split: splitOf(split) }}
          cell={cell}
          known={data}
          onClose={() => setCell(undefined)}
        />
      )}
    </div>
  );
}
