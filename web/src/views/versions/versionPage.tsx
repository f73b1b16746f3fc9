// One version: how well it does, what it mixes up, where it comes from, and what can be done with it.
import { useState } from 'preact/hooks';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { About } from './about.js';
import { activate, removeVersion } from './actions.js';
import { Aliases } from './aliases.js';
import { loadVersion, type ModelVersion } from './classifierPage.js';
import { Confirmed } from './confirmed.js';
import { Downloads } from './downloads.js';
import { figuresOf } from './figures.js';
import { FiguresSection } from './figuresSection.js';
import { Measure } from './measure.js';
import { MultiLabelFigures } from './multiLabelFigures.js';
import { measuredOn } from './predictions.js';
import { Unknown } from './unknown.js';

const texts = strings.versions;

export interface VersionPageProps {
  readonly name: string;
  readonly version: number;
  /** 'cell', label, predicted: its images are open; 'on', dataset, split: measured on these. */
  readonly rest: readonly string[];
}

export function VersionPage({ name, version, rest }: VersionPageProps) {
  const { data, error, reload } = useLoad((signal) => loadVersion(name, version, signal), [name, version]);
  return (
    <>
      <p class="back">
        <a href={hrefOf('versions', name)}>← {name}</a>
      </p>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data && <Loaded version={data} rest={rest} reload={reload} />}
    </>
  );
}

interface LoadedProps {
  readonly version: ModelVersion;
  readonly rest: readonly string[];
  readonly reload: () => void;
}

function Loaded({ version, rest, reload }: LoadedProps) {
  const { name, version: number } = version;
  const figures = figuresOf(version);
  const [what, first, second] = rest;
  const cell =
    what === 'cell' && first !== undefined && second !== undefined ? { label: first, predicted: second } : undefined;
  return (
    <>
      <Head version={version} reload={reload} />
      <div class="stack">
        {figures ? (
          <FiguresSection
            version={version}
            figures={figures}
            source={measuredOn(version)}
            cell={cell}
            onCell={(label, predicted) => go('versions', name, String(number), 'cell', label, predicted)}
            onClose={() => go('versions', name, String(number))}
          />
        ) : version.metrics.multiLabel ? (
          <MultiLabelFigures version={version} figures={version.metrics.multiLabel} source={measuredOn(version)} />
        ) : (
          <p class="note">{texts.importedWithout}</p>
        )}
        {version.task === 'single-label' && (
          <Measure
            version={version}
            dataset={what === 'on' ? first : undefined}
            split={what === 'on' ? second : undefined}
          />
        )}
        <Unknown version={version} reload={reload} />
        <div class="columns">
          <About version={version} />
          <div class="stack">
            <Downloads version={version} />
            <Aliases version={version} reload={reload} />
          </div>
        </div>
      </div>
    </>
  );
}

function Head({ version, reload }: Pick<LoadedProps, 'version' | 'reload'>) {
  const { name, version: number, active } = version;
  const [busy, setBusy] = useState(false);
  const use = async (): Promise<void> => {
    setBusy(true);
    if (await activate(name, number)) reload();
    setBusy(false);
  };
  const remove = async (): Promise<void> => {
    if (await removeVersion(name, number)) go('versions', name);
  };
  return (
    <div class="page-head">
      <h1>{texts.titleOf(name, number)}</h1>
      <span role="status">{active && <span class="badge badge-good">{texts.active}</span>}</span>
      {!active && (
        <>
          <button type="button" class="primary" disabled={busy} onClick={() => void use()}>
            {texts.activate}
          </button>
          <Confirmed
            label={texts.remove}
            title={texts.removeTitle(name, number)}
            question={texts.removeSure}
            act={() => void remove()}
          />
        </>
      )}
    </div>
  );
}
