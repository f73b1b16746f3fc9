// How far the upload is, and which photos were not taken.
import { messageOf } from '../../../components/problem.js';
import { hrefOf } from '../../../router.js';
import { strings } from '../../../strings/index.js';
import { cancelUpload, dismissUpload, upload } from './upload.js';

const texts = strings.datasets;
/** Enough to see what is wrong with them. */
const maxListed = 200;

/** `dataset`: the one that is open, to which no link is needed. */
export function UploadPanel({ dataset }: { dataset?: string }) {
  const state = upload.value;
  if (state === undefined) return null;
  const { total, added, known, failures, phase, error } = state;
  const done = added + known + failures.length;
  return (
    <section class="card upload-panel" aria-label={texts.uploadOf(state.dataset)}>
      <div class="row">
        <strong role="status">{texts.phases[phase](state.dataset)}</strong>
        <span class="upload-actions">
          {state.dataset !== dataset && (
            <a class="button" href={hrefOf('datasets', state.dataset)}>
              {texts.open}
            </a>
          )}
          <button type="button" onClick={phase === 'running' ? cancelUpload : dismissUpload}>
            {phase === 'running' ? strings.shell.cancel : strings.shell.close}
          </button>
        </span>
      </div>
      <progress max={total} value={done} aria-label={texts.uploadOf(state.dataset)} />
      <p class="muted">{texts.progress(done, total, added, known)}</p>
      {phase === 'failed' && <p role="alert">{messageOf(error)}</p>}
      {(phase === 'failed' || phase === 'cancelled') && <p>{texts.resume}</p>}
      {failures.length > 0 && (
        <details open={phase !== 'running'}>
          <summary>{texts.failures(failures.length)}</summary>
          <ul class="failures">
            {failures.slice(0, maxListed).map(({ path, reason }) => (
              <li key={path}>
                <strong>{path}</strong> <span>{reason}</span>
              </li>
            ))}
          </ul>
          {failures.length > maxListed && <p class="muted">{texts.andMore(failures.length - maxListed)}</p>}
        </details>
      )}
    </section>
  );
}
