// Makes a key and shows it, this once.
import { useRef, useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { Dialog } from '../../components/dialog.js';
import { messageOf } from '../../components/problem.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

type Scope = components['schemas']['Scope'];

const texts = strings.health.keys;

const dayMs = 86_400_000;
const lifetimes = { never: undefined, days30: 30 * dayMs, days365: 365 * dayMs } as const;
const scopes = Object.keys(texts.scopes) as Scope[];

export function NewKey({ onCreated }: { onCreated: () => void }) {
  const name = useRef<HTMLInputElement>(null);
  const [scope, setScope] = useState<Scope>('classify');
  const [lifetime, setLifetime] = useState<keyof typeof lifetimes>('never');
  const [capture, setCapture] = useState(false);
  const [created, setCreated] = useState<string>();
  const [error, setError] = useState<string>();

  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    const ms = lifetimes[lifetime];
    try {
      const body = {
        name: name.current!.value.trim(),
        scopes: [scope],
        capture,
        expiresAt: ms === undefined ? null : new Date(Date.now() + ms).toISOString(),
      };
      setCreated(dataOf(await taxon.value.api.POST('/v1/admin/keys', { body })).key);
      name.current!.value = '';
      onCreated();
    } catch (failure) {
      setError(messageOf(failure));
    }
  };

  return (
    <>
      <form class="row new-key" onSubmit={(event) => void create(event)}>
        <label>
          {texts.name}
          <input ref={name} required maxlength={100} placeholder={texts.nameExample} autocomplete="off" />
        </label>
        <label>
          {texts.scope}
          <select value={scope} onChange={({ currentTarget }) => setScope(currentTarget.value as Scope)}>
            {scopes.map((value) => (
              <option key={value} value={value}>
                {texts.scopes[value]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.ends}
          <select
            value={lifetime}
            onChange={({ currentTarget }) => setLifetime(currentTarget.value as keyof typeof lifetimes)}
          >
            {Object.entries(texts.after).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={capture}
            onChange={({ currentTarget }) => setCapture(currentTarget.checked)}
          />
          {texts.capture}
        </label>
        <button type="submit" class="primary">
          {texts.create}
        </button>
      </form>
      {error !== undefined && <p role="alert">{error}</p>}
      {created !== undefined && <CreatedKey value={created} onClose={() => setCreated(undefined)} />}
    </>
  );
}

function CreatedKey({ value, onClose }: { value: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  // Without TLS there is no clipboard for pages; the key can still be selected.
  const clipboard = 'clipboard' in navigator ? navigator.clipboard : undefined;
  return (
    <Dialog title={texts.shown} onClose={onClose}>
      <p>{texts.shownHelp}</p>
      <p>
        <code class="new-key-value">{value}</code>
      </p>
      <div class="row">
        {clipboard && (
          <button type="button" onClick={() => void clipboard.writeText(value).then(() => setCopied(true))}>
            {copied ? texts.copied : texts.copy}
          </button>
        )}
        <button type="button" class="primary" onClick={onClose}>
          {texts.done}
        </button>
      </div>
    </Dialog>
  );
}
