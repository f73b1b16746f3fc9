// A classifier that trains itself again: whether it does, what it waits for, what it decided.
import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../../../components/problem.js';
import { formatTime } from '../../../format.js';
import { useLoad } from '../../../load.js';
import { hrefOf } from '../../../router.js';
import { strings } from '../../../strings/index.js';
import {
  loadAutoRetrain,
  loadDatasets,
  turnOff,
  turnOn,
  type AutoRetrain,
  type Settings,
} from './autoRetrainActions.js';
import { SettingsForm } from './settingsForm.js';
import './autoRetrain.css';

const texts = strings.autoRetrain;

/** What it does is asked for this often while it is on. */
const everyMs = 5_000;
/** Decisions that are shown. */
const maxSteps = 10;

interface AutoRetrainCardProps {
  readonly name: string;
  /** That of its last training, if it is known. */
  readonly dataset: string;
  /** Called when there may be another version. */
  readonly reload: () => void;
}

export function AutoRetrainCard({ name, dataset, reload: reloadAll }: AutoRetrainCardProps) {
  const { data, error, reload } = useLoad((signal) => loadAutoRetrain(name, signal), [name]);
  const datasets = useLoad(loadDatasets, []);
  const isOn = data !== undefined && data.settings !== null;
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [isOn, reload]);
  const [first, setFirst] = useState<string>();
  const last = data?.steps[0]?.at;
  useEffect(() => {
    if (first === undefined) setFirst(last);
    else if (last !== first) {
      setFirst(last);
      reloadAll();
    }
  }, [last]);
  const failure = error ?? datasets.error;
  const change = async (act: Promise<boolean>): Promise<void> => {
    if (await act) reload();
  };
  const form = (settings: Settings | undefined) => (
    <SettingsForm
      key={JSON.stringify(settings)}
      datasets={datasets.data ?? []}
      dataset={dataset}
      settings={settings}
      onSubmit={(wanted) => void change(turnOn(name, wanted))}
    />
  );
  return (
    <section class="card auto-retrain" aria-labelledby="auto-retrain-title">
      <h2 id="auto-retrain-title">{texts.title}</h2>
      {failure !== undefined && <ProblemNote error={failure} retry={reload} />}
      {data !== undefined && datasets.data !== undefined && !isOn && (
        <>
          <p class="muted">{texts.help}</p>
          {datasets.data.length === 0 ? (
            <p>
              {texts.noDatasets} <a href={hrefOf('datasets')}>{texts.toDatasets}</a>
            </p>
          ) : (
            form(undefined)
          )}
        </>
      )}
      {data !== undefined && datasets.data !== undefined && isOn && (
        <>
          <Status shown={data} />
          <div>
            <button type="button" onClick={() => void change(turnOff(name))}>
              {texts.turnOff}
            </button>
          </div>
          <Decisions steps={data.steps} />
          <details>
            <summary>{texts.settings}</summary>
            {form(data.settings as unknown as Settings)}
          </details>
        </>
      )}
    </section>
  );
}

function Status({ shown: { settings, corrections, stage, nextRunAt, training } }: { shown: AutoRetrain }) {
  const { dataset, afterCorrections } = settings as unknown as Settings;
  return (
    <div role="status">
      <p>
        <strong>{texts.isOn(dataset)}</strong>
      </p>
      <p>
        {afterCorrections === undefined ? texts.changed(corrections) : texts.changedOf(corrections, afterCorrections)}
        {nextRunAt !== null && ` ${texts.nextTime(formatTime(nextRunAt))}`}
      </p>
      {stage !== 'idle' && (
        <p>
          {texts.stages[stage]} {training !== null && <a href={hrefOf('train', training)}>{texts.toTraining}</a>}
        </p>
      )}
    </div>
  );
}

const Decisions = ({ steps }: Pick<AutoRetrain, 'steps'>) => (
  <details open>
    <summary>{texts.steps}</summary>
    <ol class="steps">
      {steps.slice(0, maxSteps).map(({ at, kind, reason }) => (
        <li key={`${at} ${kind}`}>
          <strong>{texts.kinds[kind]}</strong> <span class="muted">{formatTime(at)}</span>
          <div>{reason}</div>
        </li>
      ))}
    </ol>
  </details>
);
