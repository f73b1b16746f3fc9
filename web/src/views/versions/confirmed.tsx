// A button for what cannot be undone: it asks first.
import { useState } from 'preact/hooks';
import { Dialog } from '../../components/dialog.js';
import { strings } from '../../strings/index.js';

export interface ConfirmedProps {
  readonly label: string;
  readonly title: string;
  readonly question: string;
  readonly act: () => void;
}

export function Confirmed({ label, title, question, act }: ConfirmedProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        {label}
      </button>
      {asking && (
        <Dialog title={title} onClose={() => setAsking(false)}>
          <p>{question}</p>
          <div class="row">
            <button
              type="button"
              class="danger"
              onClick={() => {
                setAsking(false);
                act();
              }}
            >
              {label}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {strings.versions.keep}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
