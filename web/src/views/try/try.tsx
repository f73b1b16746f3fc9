// Try: one photo, and what one classifier says about it, or two side by side. Address: '#/try/MODEL/VERSION/MODEL/VERSION'.
import { useEffect, useState } from 'preact/hooks';
import { dataOf, TaxonError, type Classification } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { SignInForm } from '../../components/signInForm.js';
import { useLoad, type Loaded } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { apiKey, taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { addressOf, anotherThan, choicesOf, type Choice, type Model } from './choice.js';
import { explain, type Explanation } from './explanation.js';
import { Pane } from './pane.js';
import { usePhoto, type Photo } from './photo.js';
import { Samples } from './samples.js';
import { Stage } from './stage.js';
import './try.css';

const texts = strings.try;

export default function Try({ rest }: { rest: readonly string[] }) {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/models', { signal })),
    [apiKey.value],
  );
  // AUTH=required: nobody may even ask which classifiers there are.
  if (error instanceof TaxonError && error.status === 401) return <SignInForm />;
  return (
    <>
      <h1>{texts.title}</h1>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data && (data.models.length > 0 ? <Bench models={data.models} rest={rest} /> : <NoModels />)}
    </>
  );
}

const NoModels = () => (
  <p class="note">
    {texts.noModels} <a href={hrefOf('teach')}>{texts.teachOne}</a>
  </p>
);

function Bench({ models, rest }: { models: readonly Model[]; rest: readonly string[] }) {
  const [photo, setPhoto] = usePhoto();
  // A phone shows the samples below the answer.
  useEffect(() => scrollTo({ top: 0 }), [photo]);
  const choices = choicesOf(rest, models);
  const [first, second] = choices as [Choice, Choice?];
  const answers = [useAnswer(photo, first), useAnswer(photo, second)] as const;
  const other = anotherThan(first, models);
  const [why, setWhy] = useState<Asked>();
  const explanation = useExplanation(photo, why && choices[why.at], why?.label);
  const setFile = (file: File): void => {
    setWhy(undefined);
    setPhoto(file);
  };
  const change = (at: number, choice: Choice): void => go('try', ...addressOf(choices.with(at, choice)));
  return (
    <div class={photo ? 'bench bench-answered' : 'bench'}>
      <div class="stack bench-photo">
        <Stage photo={photo} onFile={setFile} explanation={explanation.loading ? undefined : explanation.data} />
        <Samples labels={models.find(({ name }) => name === first.model)!.labels} onFile={setFile} />
      </div>
      <div class="stack">
        <div class="columns panes">
          {choices.map((choice, at) => (
            <Pane
              key={at}
              title={second ? [texts.firstAnswer, texts.secondAnswer][at]! : texts.answer}
              models={models}
              choice={choice}
              onChoice={(changed) => change(at, changed)}
              photo={photo}
              answer={answers[at]!}
              explanation={why?.at === at ? explanation : undefined}
              onExplain={(wanted) => setWhy(wanted && { at, label: wanted.label })}
              onRemove={at === 1 ? () => go('try', ...addressOf([first])) : undefined}
            />
          ))}
        </div>
        {second && <Verdict answers={answers} />}
        {!second && other && (
          <button type="button" class="compare" onClick={() => go('try', ...addressOf([first, other]))}>
            {texts.compare}
          </button>
        )}
        {photo && <p class="muted small">{texts.calibrated}</p>}
      </div>
    </div>
  );
}

/** Which answer is to be explained, and for which class; undefined: the most probable one. */
interface Asked {
  readonly at: number;
  readonly label: string | undefined;
}

/** Of nothing, as long as nobody has asked why. */
const useExplanation = (
  photo: Photo | undefined,
  choice: Choice | undefined,
  label: string | undefined,
): Loaded<Explanation | undefined> =>
  useLoad(
    async (signal) => (photo && choice ? explain(photo.file, choice, label, signal) : undefined),
    [photo, choice?.model, choice?.version, label, apiKey.value],
  );

/** Of nothing, as long as there is no photo or nobody to ask. */
const useAnswer = (photo: Photo | undefined, choice: Choice | undefined): Loaded<Classification | undefined> =>
  useLoad(
    async (signal) => {
      if (!photo || !choice) return undefined;
      const { model, version } = choice;
      return taxon.value.classify(photo.file, { model, ...(version && { version }), shrink: true, signal });
    },
    [photo, choice?.model, choice?.version, apiKey.value],
  );

function Verdict({ answers }: { answers: ReadonlyArray<Loaded<Classification | undefined>> }) {
  const [first, second] = answers.map(({ data }) => data?.predictions[0]?.label);
  if (first === undefined || second === undefined) return null;
  return (
    <p class="note" role="status">
      {first === second ? texts.agree : texts.differ(first, second)}
    </p>
  );
}
