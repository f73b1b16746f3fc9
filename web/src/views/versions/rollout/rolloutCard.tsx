// A version tried on a share of the requests before it answers all of them.
import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../../../components/problem.js';
import { useLoad } from '../../../load.js';
import { strings } from '../../../strings/index.js';
import { activate } from '../actions.js';
import { endRollout, loadRollout, setShare, type Rollout } from './rolloutActions.js';
import { ShareForm } from './shareForm.js';
import { ShownSoFar, Steps } from './shownSoFar.js';
import './rollout.css';

const texts = strings.rollout;

/** What a rollout has shown is asked for this often while it runs. */
const everyMs = 5_000;
const firstShare = 10;

interface RolloutCardProps {
  readonly name: string;
  readonly active: number;
  /** All of them, the newest first. */
  readonly versions: readonly number[];
  /** Called when the active version may be another one. */
  readonly reload: () => void;
}

export function RolloutCard({ name, active, versions, reload: reloadAll }: RolloutCardProps) {
  const { data, error, reload } = useLoad((signal) => loadRollout(name, signal), [name, active]);
  const isRunning = data?.state === 'running';
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [isRunning, reload]);
  // It may have activated its version meanwhile.
  useEffect(() => {
    if (data?.state === 'promoted' && data.version !== active) reloadAll();
  }, [data?.state]);
  const others = versions.filter((version) => version !== active);
  return (
    <section class="card rollout" aria-labelledby="rollout-title">
      <h2 id="rollout-title">{texts.title}</h2>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data != null && isRunning && <RunningRollout rollout={data} reload={reload} reloadAll={reloadAll} />}
      {data !== undefined && !isRunning && (
        <>
          <p class="muted">{others.length === 0 ? texts.nothingElse : texts.help}</p>
          {others.length > 0 && (
            <ShareForm
              key={others.join()}
              versions={others}
              percent={firstShare}
              action={texts.start}
              onSubmit={(version, percent) =>
                void setShare(name, version, percent, undefined).then((done) => done && reload())
              }
            />
          )}
          {data !== null && <LastRollout rollout={data} />}
        </>
      )}
    </section>
  );
}

interface RunningProps {
  readonly rollout: Rollout;
  readonly reload: () => void;
  readonly reloadAll: () => void;
}

function RunningRollout({ rollout, reload, reloadAll }: RunningProps) {
  const { name, version, percent, keys, waitingFor, versions, steps } = rollout;
  const [busy, setBusy] = useState(false);
  const run = async (act: Promise<boolean>, then: () => void): Promise<void> => {
    setBusy(true);
    if (await act) then();
    setBusy(false);
  };
  return (
    <>
      <p role="status">
        <strong>{texts.now(version, percent)}</strong> {keys.length > 0 && texts.keys(keys.length)}
      </p>
      {waitingFor !== null && <p class="muted">{texts.waitingFor(waitingFor)}</p>}
      <ShareForm
        key={percent}
        versions={[version]}
        percent={percent}
        action={texts.change}
        onSubmit={(same, share) => void run(setShare(name, same, share, rollout), reload)}
      />
      <h3>{texts.soFar}</h3>
      <ShownSoFar versions={versions} />
      <div class="row">
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => void run(activate(name, version), reloadAll)}
        >
          {strings.versions.activate}
        </button>
        <button type="button" disabled={busy} onClick={() => void run(endRollout(name), reload)}>
          {texts.end}
        </button>
      </div>
      <Steps steps={steps} />
    </>
  );
}

function LastRollout({ rollout: { state, version, versions, steps } }: { rollout: Rollout }) {
  return (
    <details>
      <summary>
        {texts.last}: {strings.versions.versionName(version)}, {texts.states[state]}
      </summary>
      <p>{steps.at(-1)?.reason}</p>
      <ShownSoFar versions={versions} />
      <Steps steps={steps} />
    </details>
  );
}
