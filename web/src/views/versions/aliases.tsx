// The other names of a version.
import { useRef } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { dropAlias, giveAlias } from './actions.js';
import type { ModelVersion } from './classifierPage.js';

const texts = strings.versions;

export function Aliases({ version, reload }: { version: ModelVersion; reload: () => void }) {
  const { name, version: number, aliases } = version;
  const input = useRef<HTMLInputElement>(null);
  const give = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!(await giveAlias(name, number, input.current!.value))) return;
    input.current!.value = '';
    reload();
  };
  const drop = async (alias: string): Promise<void> => {
    if (await dropAlias(name, alias)) reload();
  };
  return (
    <section class="card">
      <h2>{texts.aliases}</h2>
      <p class="muted">{texts.aliasesHelp}</p>
      {aliases.length === 0 && <p>{texts.noAliases}</p>}
      <ul class="aliases">
        {aliases.map((alias) => (
          <li key={alias} class="badge">
            {alias}
            <button type="button" class="plain" aria-label={texts.dropAlias(alias)} onClick={() => void drop(alias)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
      <form class="row alias-form" onSubmit={(event) => void give(event)}>
        <label>
          {texts.alias}
          <input
            ref={input}
            required
            pattern="[a-z][a-z0-9._\-]*"
            maxLength={64}
            title={texts.aliasPattern}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit">{texts.addAlias}</button>
      </form>
    </section>
  );
}
