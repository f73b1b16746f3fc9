// The call in one of three languages, to copy.
import { useState } from 'preact/hooks';
import { Dialog } from '../../components/dialog.js';
import { showToast } from '../../components/toasts.js';
import { apiKey } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { Choice } from './choice.js';
import { keyVariable, languages, snippetOf, type Language } from './snippets.js';

const texts = strings.try;

export interface CodeDialogProps {
  readonly choice: Choice;
  readonly fileName: string;
  readonly onClose: () => void;
}

export function CodeDialog({ choice, fileName, onClose }: CodeDialogProps) {
  const [language, setLanguage] = useState<Language>('curl');
  const needsKey = apiKey.value !== undefined;
  const code = snippetOf(language, { origin: location.origin, choice, fileName, needsKey });
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    onClose();
    showToast(texts.copied);
  };
  return (
    <Dialog title={texts.codeTitle} onClose={onClose}>
      <div class="stack">
        <fieldset class="row languages">
          <legend class="visually-hidden">{texts.codeTitle}</legend>
          {languages.map((name) => (
            <label key={name}>
              <input type="radio" name="language" checked={name === language} onChange={() => setLanguage(name)} />
              {texts.languages[name]}
            </label>
          ))}
        </fieldset>
        <pre class="code" tabindex={0}>
          {code}
        </pre>
        <p class="muted">
          {texts.clientHint[language]} {needsKey && texts.keyHint(keyVariable)}
        </p>
        <button type="button" class="primary" onClick={() => void copy()}>
          {texts.copy}
        </button>
      </div>
    </Dialog>
  );
}
