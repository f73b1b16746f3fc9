// Photos of requests that are kept for review: whether, how many, and where they are looked at.
import { useState } from 'preact/hooks';
import { ProblemNote } from '../../../components/problem.js';
import { useLoad } from '../../../load.js';
import { hrefOf } from '../../../router.js';
import { strings } from '../../../strings/index.js';
import { Confirmed } from '../confirmed.js';
import { keepShare, loadCapture, stopKeeping, type CaptureState } from './captureActions.js';
import './capture.css';

const texts = strings.capture;

/** To choose from, of all photos. */
const shares = [0.01, 0.05, 0.1, 0.25, 0.5, 1];

export function CaptureCard({ name }: { name: string }) {
  const { data, error, reload } = useLoad((signal) => loadCapture(name, signal), [name]);
  return (
    <section class="card capture" aria-labelledby="capture-title">
      <h2 id="capture-title">{texts.title}</h2>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data !== undefined && <Loaded key={`${data.enabled}/${data.share}`} state={data} reload={reload} />}
    </section>
  );
}

function Loaded({ state, reload }: { state: CaptureState; reload: () => void }) {
  const { model, enabled, images, bytes, accepted } = state;
  return (
    <>
      <p role="status">
        <strong>{enabled ? texts.now(state.share, state.uncertainBelow) : texts.off}</strong>{' '}
        {(enabled || images + accepted > 0) && texts.kept(images, bytes, accepted)}
      </p>
      <p class="muted">{texts.help}</p>
      <KeepForm state={state} reload={reload} />
      <div class="row">
        {images > 0 && (
          <a class="button" href={hrefOf('review', 'captured')}>
            {texts.review}
          </a>
        )}
        {(enabled || images > 0) && (
          <Confirmed
            label={texts.stop}
            title={texts.stop}
            question={texts.stopSure(images)}
            act={() => void stopKeeping(model).then((done) => done && reload())}
          />
        )}
      </div>
    </>
  );
}

function KeepForm({ state, reload }: { state: CaptureState; reload: () => void }) {
  const [share, setShare] = useState(state.enabled ? state.share : 0.1);
  const [withoutKey, setWithoutKey] = useState(state.withoutKey);
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void keepShare(state, share, withoutKey).then((done) => done && reload());
      }}
    >
      <label>
        {texts.share}
        <select value={share} onChange={({ currentTarget }) => setShare(Number(currentTarget.value))}>
          {[...new Set([...shares, share])].map((one) => (
            <option key={one} value={one}>
              {texts.percent(one)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={withoutKey}
          onChange={({ currentTarget }) => setWithoutKey(currentTarget.checked)}
        />
        {texts.withoutKey}
      </label>
      <button type="submit">{state.enabled ? texts.change : texts.start}</button>
    </form>
  );
}
