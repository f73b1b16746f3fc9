// Asks for a key and tries it before it is kept.
import { useRef, useState } from 'preact/hooks';
import { dataOf, Taxon } from 'taxon-client';
import { signIn } from '../session.js';
import { strings } from '../strings/index.js';
import { messageOf } from './problem.js';

const texts = strings.shell;

export function SignInForm() {
  const input = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const key = input.current!.value.trim();
    if (key === '') return;
    setBusy(true);
    setError(undefined);
    try {
      const session = dataOf(await new Taxon(location.origin, { apiKey: key }).api.GET('/v1/session'));
      if (session.keyId === null) setError(texts.signInRefused);
      else signIn(key);
    } catch (failure) {
      setError(messageOf(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="card sign-in" onSubmit={(event) => void submit(event)}>
      <h2>{texts.signInTitle}</h2>
      <p>{texts.signInHelp}</p>
      <label>
        {texts.key}
        <input ref={input} name="key" type="password" autocomplete="off" required spellcheck={false} />
      </label>
      {error !== undefined && <p role="alert">{error}</p>}
      <button type="submit" class="primary" disabled={busy}>
        {texts.signIn}
      </button>
    </form>
  );
}
