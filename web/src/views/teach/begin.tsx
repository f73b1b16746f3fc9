// Names the classifier to teach, or goes on with one.
import { useRef, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.teach;

/** What the server takes for the name of a dataset and of a classifier. */
const namePattern = '[a-z0-9][a-z0-9.\\-_]{0,63}';

export function Begin() {
  const input = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<unknown>();
  const begin = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const name = input.current!.value;
    try {
      dataOf(await taxon.value.api.PUT('/v1/admin/datasets/{name}', { params: { path: { name } } }));
      go('teach', name);
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="teach-intro">{texts.intro}</p>
      <div class="columns">
        <form class="card stack" onSubmit={(event) => void begin(event)}>
          <label>
            {texts.nameLabel}
            <input
              ref={input}
              name="name"
              required
              pattern={namePattern}
              title={texts.nameHelp}
              autocomplete="off"
              autocapitalize="none"
              aria-describedby="teach-name-help"
              onInput={({ currentTarget }) => {
                currentTarget.value = currentTarget.value.toLowerCase().replaceAll(/\s+/g, '-');
              }}
            />
          </label>
          <p class="muted" id="teach-name-help">
            {texts.nameHelp}
          </p>
          {error !== undefined && <ProblemNote error={error} />}
          <div>
            <button type="submit" class="primary">
              {texts.begin}
            </button>
          </div>
        </form>
        <Known />
      </div>
    </>
  );
}

/** The datasets that are there; nothing where there are none. */
function Known() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal })),
    [],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  if (data.datasets.length === 0) return null;
  return (
    <section class="card">
      <h2>{texts.goOn}</h2>
      <ul class="teach-known">
        {data.datasets.map(({ name, images }) => (
          <li key={name}>
            <a href={hrefOf('teach', name)}>{name}</a> <span class="muted">{texts.photos(images)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
