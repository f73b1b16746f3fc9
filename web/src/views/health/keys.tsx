// The keys of the server: made, shown once, revoked.
import { useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { Confirm } from '../../components/confirm.js';
import { Loading } from '../../components/loading.js';
import { Moment } from '../../components/moment.js';
import { ProblemNote } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { NewKey } from './newKey.js';

type ApiKey = components['schemas']['ApiKey'];

const texts = strings.health.keys;

export function Keys() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/keys', { signal })).keys,
    [],
  );
  const [ending, setEnding] = useState<ApiKey>();

  const revoke = async ({ id, name }: ApiKey): Promise<void> => {
    dataOf(await taxon.value.api.DELETE('/v1/admin/keys/{id}', { params: { path: { id } } }));
    showToast(texts.revoked(name));
    reload();
  };

  return (
    <section class="card stack" aria-labelledby="keys-title">
      <div>
        <h2 id="keys-title">{texts.title}</h2>
        <p class="muted">{texts.help}</p>
      </div>
      <NewKey onCreated={reload} />
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data && <KeyTable keys={data} onRevoke={setEnding} />}
      {ending && (
        <Confirm
          title={texts.revokeTitle(ending.name)}
          help={texts.revokeHelp}
          action={texts.revoke}
          run={() => revoke(ending)}
          onClose={() => setEnding(undefined)}
        />
      )}
    </section>
  );
}

function KeyTable({ keys, onRevoke }: { keys: readonly ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  if (keys.length === 0) return <p class="muted">{texts.none}</p>;
  return (
    // Scrolls sideways where it is too narrow, and by keyboard too.
    <div class="table-frame" tabindex={0} role="region" aria-label={texts.title}>
      <table>
        <thead>
          <tr>
            <th>{texts.name}</th>
            <th>{texts.scope}</th>
            <th>{texts.starts}</th>
            <th>{texts.made}</th>
            <th>{texts.lastUsed}</th>
            <th>{texts.ends}</th>
            <th class="number">{texts.today}</th>
            <th>
              <span class="visually-hidden">{texts.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>{key.name}</td>
              <td>{key.scopes.map((scope) => texts.scopes[scope]).join(', ')}</td>
              <td>
                <code>{key.prefix}</code>
              </td>
              <td>
                <Moment at={key.createdAt} />
              </td>
              <td>{key.lastUsedAt === null ? texts.unused : <Moment at={key.lastUsedAt} />}</td>
              <td>{key.expiresAt === null ? texts.never : <Moment at={key.expiresAt} />}</td>
              <td class="number">{key.requestsToday}</td>
              <td>
                <button type="button" aria-label={`${texts.revoke} ${key.name}`} onClick={() => onRevoke(key)}>
                  {texts.revoke}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
