// Asks before something that cannot be undone.
import { useState } from 'preact/hooks';
import { strings } from '../strings/index.js';
import { Dialog } from './dialog.js';
import { messageOf } from './problem.js';

export interface ConfirmProps {
  readonly title: string;
  readonly help: string;
  /** What the button says that does it. */
  readonly action: string;
  /** The dialog closes once it has resolved; what it throws is shown. */
  readonly run: () => Promise<unknown>;
  readonly onClose: () => void;
}

export function Confirm({ title, help, action, run, onClose }: ConfirmProps) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await run();
      onClose();
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{help}</p>
      {error !== undefined && <p role="alert">{error}</p>}
      <div class="row">
        <button type="button" class="danger" disabled={busy} onClick={() => void confirm()}>
          {action}
        </button>
        <button type="button" onClick={onClose}>
          {strings.shell.cancel}
        </button>
      </div>
    </Dialog>
  );
}
