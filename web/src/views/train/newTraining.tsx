// The form that starts a training.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { messageOf, ProblemNote } from '../../components/problem.js';
import { formatCount } from '../../format.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { MoreSettings } from './moreSettings.js';
import { presets, requestOf, type PresetName } from './settings.js';

const texts = strings.train;

export interface NewTrainingProps {
  /** Chosen to begin with. */
  readonly dataset?: string | undefined;
  readonly model?: string | undefined;
}

export function NewTraining({ dataset: askedDataset, model: askedModel }: NewTrainingProps) {
  const { data, error, reload } = useLoad(async (signal) => {
    const [datasets, models] = await Promise.all([
      taxon.value.api.GET('/v1/admin/datasets', { signal }),
      taxon.value.api.GET('/v1/models', { signal }),
    ]);
    return { datasets: dataOf(datasets).datasets, models: dataOf(models).models };
  }, []);
  const [chosenDataset, chooseDataset] = useState(askedDataset);
  const [typedModel, typeModel] = useState(askedModel);
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);

  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  const { datasets, models } = data;
  const dataset = datasets.find(({ name }) => name === chosenDataset)?.name ?? datasets[0]?.name;
  if (dataset === undefined)
    return (
      <section class="card">
        <h2>{texts.newTitle}</h2>
        <p>{texts.noDatasets}</p>
        <a class="button primary" href={hrefOf('datasets')}>
          {texts.toDatasets}
        </a>
      </section>
    );
  const model = typedModel ?? dataset;
  const existing = models.find(({ name }) => name === model);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      const { id } = await taxon.value.train(requestOf(new FormData(event.currentTarget as HTMLFormElement)));
      go('train', id);
    } catch (refusal) {
      setFailure(messageOf(refusal));
      setBusy(false);
    }
  };

  return (
    <form class="card stack" aria-label={texts.newTitle} onSubmit={(event) => void submit(event)}>
      <h2>{texts.newTitle}</h2>
      <label>
        {texts.dataset}
        <select name="dataset" value={dataset} onChange={({ currentTarget: { value } }) => chooseDataset(value)}>
          {datasets.map(({ name, images, classes }) => (
            <option key={name} value={name}>
              {texts.datasetChoice(name, formatCount(images), classes)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.model}
        <input
          name="model"
          required
          pattern="[a-z0-9][a-z0-9._\-]*"
          maxLength={64}
          title={texts.modelHelp}
          list="train-models"
          aria-describedby="train-model-help"
          autocomplete="off"
          spellcheck={false}
          value={model}
          onInput={({ currentTarget: { value } }) => typeModel(value)}
        />
      </label>
      <p class="help" id="train-model-help" role="status">
        {existing ? texts.modelExists(existing.activeVersion) : texts.modelIsNew}
      </p>
      <datalist id="train-models">
        {models.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Presets />
      <fieldset class="choices">
        <legend>{texts.activateTitle}</legend>
        {Object.entries(texts.activate).map(([value, name]) => (
          <label key={value}>
            <input type="radio" name="activate" value={value} defaultChecked={value === 'if-better'} />
            {name}
          </label>
        ))}
      </fieldset>
      <MoreSettings models={models.map(({ name }) => name)} />
      {failure !== undefined && (
        <p class="note note-bad" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" class="primary start" disabled={busy}>
        {busy ? texts.starting : texts.start}
      </button>
    </form>
  );
}

const Presets = () => (
  <fieldset class="choices">
    <legend>{texts.presetTitle}</legend>
    {(Object.keys(presets) as PresetName[]).map((name) => (
      <label key={name} class="preset">
        <input type="radio" name="preset" value={name} defaultChecked={name === 'quick'} />
        <span>
          <strong>{texts.presets[name].name}</strong>
          <span class="help">{texts.presets[name].help}</span>
        </span>
      </label>
    ))}
  </fieldset>
);
