// All classifiers, one card each.
import { dataOf, type components } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { useLoad } from '../../load.js';
import { hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.versions;

export function ClassifierList() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/models', { signal })).models,
    [],
  );
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="muted">{texts.intro}</p>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data?.length === 0 && (
        <section class="card">
          <p>{texts.none}</p>
          <a class="button primary" href={hrefOf('train')}>
            {texts.toTrain}
          </a>
        </section>
      )}
      <ul class="classifiers">
        {data?.map((model) => (
          <Classifier key={model.name} model={model} />
        ))}
      </ul>
    </>
  );
}

const Classifier = ({ model }: { model: components['schemas']['Model'] }) => {
  const { name, default: isDefault, activeVersion, versions, labels, precision } = model;
  return (
    <li class="card classifier">
      <h2>
        <a href={hrefOf('versions', name)}>{name}</a> {isDefault && <span class="badge">{texts.isDefault}</span>}
      </h2>
      <p>{texts.activeVersion(activeVersion)}</p>
      <p class="muted">
        {texts.summary(versions.length, labels.length)} · {precision.name}
      </p>
      <p class="muted labels">{labels.join(', ')}</p>
    </li>
  );
};
