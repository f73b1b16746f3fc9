// Two versions of a classifier beside each other: which images each has right, and in which classes it wins.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../../components/loading.js';
import { ProblemNote } from '../../../components/problem.js';
import { formatCount } from '../../../format.js';
import { useLoad } from '../../../load.js';
import { go, hrefOf } from '../../../router.js';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { loadModel, loadVersion, type ModelVersion } from '../classifierPage.js';
import { PhotosChoice, splitOf, type Dataset, type SplitChoice } from '../photosChoice.js';
import { loadPredictions, measuredOn } from '../predictions.js';
import { compare } from './comparison.js';
import { ComparisonResult } from './comparisonResult.js';

const texts = strings.versions;

interface Versions {
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

export function ComparePage({ name, a, b }: Versions) {
  const { data, error, reload } = useLoad(
    async (signal) => {
      const [model, versionA, versionB, datasets] = await Promise.all([
        loadModel(name, signal),
        loadVersion(name, a, signal),
        loadVersion(name, b, signal),
        taxon.value.api.GET('/v1/admin/datasets', { signal }),
      ]);
      // The images of the newer one's training, where they are here.
      const [newer, older] = a > b ? [versionA, versionB] : [versionB, versionA];
      const source = measuredOn(newer) ?? measuredOn(older);
      return {
        numbers: model.versions,
        versions: [versionA, versionB] as const,
        datasets: dataOf(datasets).datasets,
        source,
      };
    },
    [name, a, b],
  );
  return (
    <>
      <p class="back">
        <a href={hrefOf('versions', name)}>← {name}</a>
      </p>
      <h1>{texts.compareTitle(name, a, b)}</h1>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data && data.datasets.length === 0 && <p class="note">{texts.compareNoDataset}</p>}
      {data && data.datasets.length > 0 && (
        <Loaded
          name={name}
          a={a}
          b={b}
          numbers={data.numbers}
          versions={data.versions}
          datasets={data.datasets}
          first={{ dataset: data.source?.dataset, split: data.source?.split }}
        />
      )}
    </>
  );
}

interface LoadedProps extends Versions {
  readonly numbers: readonly number[];
  readonly versions: readonly [ModelVersion, ModelVersion];
  readonly datasets: readonly Dataset[];
  /** What is looked at to begin with. */
  readonly first: { readonly dataset: string | undefined; readonly split: SplitChoice | undefined };
}

function Loaded({ name, a, b, numbers, versions, datasets, first }: LoadedProps) {
  const known = datasets.find((dataset) => dataset.name === first.dataset)?.name;
  const [{ dataset, split }, choose] = useState<{ dataset: string; split: SplitChoice }>({
    dataset: known ?? datasets[0]!.name,
    split: first.split ?? 'test',
  });
  const to = (newA: number, newB: number): void => go('versions', name, 'compare', String(newA), String(newB));
  return (
    <div class="stack">
      <div class="card row choice-row">
        <VersionChoice label={texts.firstVersion} value={a} numbers={numbers} onChange={(value) => to(value, b)} />
        <span class="against">{texts.against}</span>
        <VersionChoice label={texts.secondVersion} value={b} numbers={numbers} onChange={(value) => to(a, value)} />
        <PhotosChoice
          datasets={datasets}
          dataset={dataset}
          split={split}
          onChange={(newDataset, newSplit) => choose({ dataset: newDataset, split: newSplit })}
        />
      </div>
      {versions
        .filter(({ provenance }) => provenance['dataset'] !== dataset || split === 'train' || split === 'all')
        .map(({ version }) => (
          <p key={version} class="note note-warn">
            {texts.learntWarning(version)}
          </p>
        ))}
      <Result key={`${a}/${b}/${dataset}/${split}`} name={name} a={a} b={b} dataset={dataset} split={split} />
    </div>
  );
}

interface VersionChoiceProps {
  readonly label: string;
  readonly value: number;
  readonly numbers: readonly number[];
  readonly onChange: (version: number) => void;
}

const VersionChoice = ({ label, value, numbers, onChange }: VersionChoiceProps) => (
  <label>
    {label}
    <select value={value} onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}>
      {numbers.map((number) => (
        <option key={number} value={number}>
          {number}
        </option>
      ))}
    </select>
  </label>
);

function Result({ name, a, b, dataset, split }: Versions & { dataset: string; split: SplitChoice }) {
  const [count, setCount] = useState(0);
  const { data, error, reload } = useLoad(
    async (signal) => {
      const asked = { name, dataset, split: splitOf(split) };
      const [ofA, ofB] = await Promise.all([
        loadPredictions({ ...asked, version: a }, signal, setCount),
        loadPredictions({ ...asked, version: b }, signal),
      ]);
      return { comparison: compare(ofA, ofB) };
    },
    [name, a, b, dataset, split],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return count === 0 ? <Loading /> : <p role="status">{texts.reading(formatCount(count))}</p>;
  if (data.comparison === undefined) return <p class="note">{texts.nothingMeasured}</p>;
  return <ComparisonResult comparison={data.comparison} dataset={dataset} a={a} b={b} />;
}
