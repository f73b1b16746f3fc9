// The training with the default settings, what it is worth, and the step into service.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf, type Training } from 'taxon-client';
import { percent } from '../../components/bars.js';
import { ProblemNote } from '../../components/problem.js';
import { hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { trainAndFollow, type TrainingProgress } from '../../training.js';
import { Progress } from './progress.js';

const texts = strings.teach;

export interface RealTrainingProps {
  /** Of the dataset and of the classifier. */
  readonly name: string;
  readonly photos: number;
  readonly onTrained: (version: number) => void;
}

export function RealTraining({ name, photos, onTrained }: RealTrainingProps) {
  const [progress, setProgress] = useState<TrainingProgress>();
  const [training, setTraining] = useState<Training>();
  const [error, setError] = useState<unknown>();
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);
  const train = async (): Promise<void> => {
    const { signal } = controller.current;
    setError(undefined);
    setTraining(undefined);
    try {
      const trained = await trainAndFollow({ dataset: name, model: name, activate: 'manual' }, setProgress, signal);
      setTraining(trained);
      onTrained(trained.version!);
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <section class="card">
      <h2>{texts.steps.real}</h2>
      <p class="muted">{texts.realHelp(photos)}</p>
      {error !== undefined && <ProblemNote error={error} />}
      {progress && <Progress progress={progress} />}
      {training && <Result key={training.id} name={name} training={training} />}
      <button
        type="button"
        class={training ? '' : 'primary'}
        disabled={progress !== undefined}
        onClick={() => void train()}
      >
        {training ? texts.realAgain : texts.realStart}
      </button>
    </section>
  );
}

function Result({ name, training }: { name: string; training: Training }) {
  const version = training.version!;
  const [isActive, setIsActive] = useState(false);
  useEffect(() => {
    // The first of a new classifier answers in any case.
    void taxon.value.api.GET('/v1/models/{name}', { params: { path: { name } } }).then(({ data }) => {
      if (data?.activeVersion === version) setIsActive(true);
    });
  }, [name, version]);
  const [error, setError] = useState<unknown>();
  const activate = async (): Promise<void> => {
    setError(undefined);
    try {
      const params = { path: { name } };
      dataOf(await taxon.value.api.POST('/v1/admin/models/{name}/activate', { params, body: { version } }));
      setIsActive(true);
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <div class="note real-result" role="status">
      <Figures metrics={training.metrics} />
      {error !== undefined && <ProblemNote error={error} />}
      {isActive ? (
        <p>
          <strong>{texts.inService(version)}</strong> <a href={hrefOf('try', name, 'active')}>{texts.tryIt}</a>
        </p>
      ) : (
        <>
          <button type="button" class="primary" onClick={() => void activate()}>
            {texts.activate(version)}
          </button>
          <p class="muted">{texts.activateHelp}</p>
        </>
      )}
    </div>
  );
}

function Figures({ metrics }: Pick<Training, 'metrics'>) {
  const { accuracy, accuracyInterval, images } = (metrics ?? {}) as NonNullable<Training['metrics']> & {
    readonly images?: { readonly heldOut: number };
  };
  if (accuracy === undefined || accuracyInterval === undefined || images === undefined) return null;
  const { low, high } = accuracyInterval;
  return (
    <p>
      {texts.realRight(percent(accuracy), percent(low), percent(high), images.heldOut)} {texts.realMore}
    </p>
  );
}
