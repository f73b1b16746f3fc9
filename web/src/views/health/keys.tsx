// The keys of the server.
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.health;

export function Keys() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/keys', { signal })),
    [],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  return (
    <section class="card">
      <h2>{texts.keys}</h2>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th>{texts.name}</th>
              <th>{texts.scope}</th>
            </tr>
          </thead>
          <tbody>
            {data.keys.map((key) => (
              <tr key={key.id}>
                <td>{key.name}</td>
                <td>{key.scopes.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
