// The quick lesson: as soon as the classes have a few photos and nobody adds any, the quickest training that there is.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../session.js';
import { trainAndFollow, type TrainingProgress } from '../../training.js';

type Dataset = components['schemas']['DatasetStatistics'];
export type ClassCount = components['schemas']['ClassCount'];

/** Photos of a class from which it is worth while to learn. */
export const leastPhotos = 3;

/** Without being asked: more photos take long to look at. */
const mostPhotosUnasked = 500;

/** After the last photo. */
const pauseMs = 1_500;

/** A single candidate, a few rounds: a linear head on some hundred embeddings has learned by then. */
const quickest = { l2: [0.003], epochs: 8 };

export const canLearn = (classes: readonly ClassCount[]): boolean =>
  classes.length >= 2 && classes.every(({ total }) => total >= leastPhotos);

export interface Lesson {
  readonly state: 'waiting' | 'learning' | 'learned' | 'failed';
  readonly progress: TrainingProgress | undefined;
  readonly error: unknown;
  /** The version that it gave last, of the classifier with the dataset's name. */
  readonly version: number | undefined;
  /** How long it took, if it was in this visit. */
  readonly seconds: number | undefined;
  /** Images that it learned from have changed since. */
  readonly isStale: boolean;
  readonly learn: () => void;
}

interface Outcome {
  readonly version: number;
  readonly seconds: number | undefined;
}

/** `data`: undefined until it is known; `isBusy`: more images are on their way. Learning ends with the component. */
export function useLesson(name: string, data: Dataset | undefined, isBusy: boolean): Lesson {
  const [outcome, setOutcome] = useState<Outcome>();
  const [progress, setProgress] = useState<TrainingProgress>();
  const [error, setError] = useState<unknown>();
  /** Of the images that the last attempt began with. */
  const [attempted, setAttempted] = useState<string>();
  const [isKnown, setIsKnown] = useState(false);
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);

  const classes = data?.classes ?? [];
  const current = JSON.stringify(classes.map(({ label, total }) => [label, total]));
  useEffect(() => {
    if (data === undefined || isKnown) return;
    void versionOf(name, data.changedAt).then((version) => {
      setIsKnown(true);
      if (version === undefined) return;
      setOutcome({ version, seconds: undefined });
      setAttempted(current);
    });
  }, [data === undefined]);

  const learn = async (): Promise<void> => {
    const { signal } = controller.current;
    const startedAt = performance.now();
    setAttempted(current);
    setError(undefined);
    setProgress({ stage: 'queued', done: undefined, total: undefined, secondsLeft: undefined });
    try {
      const request = { dataset: name, model: name, activate: 'manual', hyperparameters: quickest } as const;
      const { version } = await trainAndFollow(request, setProgress, signal);
      setOutcome({ version: version!, seconds: Math.round((performance.now() - startedAt) / 1000) });
      if (outcome?.seconds !== undefined) await removeDraft(name, outcome.version);
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      setProgress(undefined);
    }
  };

  const isReady = isKnown && !isBusy && progress === undefined && canLearn(classes) && current !== attempted;
  const isDue = isReady && data!.images <= mostPhotosUnasked;
  useEffect(() => {
    if (!isDue) return undefined;
    const timer = setTimeout(() => void learn(), pauseMs);
    return () => clearTimeout(timer);
  }, [isDue, current]);

  return {
    state: progress ? 'learning' : error !== undefined ? 'failed' : outcome ? 'learned' : 'waiting',
    progress,
    error,
    version: outcome?.version,
    seconds: outcome?.seconds,
    isStale: isReady,
    learn: () => void learn(),
  };
}

/** What a training has learned from the images as they are now, if it is still there: nothing needs to be learned again. */
async function versionOf(name: string, changedAt: string): Promise<number | undefined> {
  const { data } = await taxon.value.api.GET('/v1/admin/trainings', { params: { query: { model: name } } });
  const last = data?.trainings.find(({ state, dataset }) => state === 'succeeded' && dataset === name);
  if (last?.version == null || Date.parse(last.createdAt) < Date.parse(changedAt)) return undefined;
  const model = await taxon.value.api.GET('/v1/models/{name}', { params: { path: { name } } });
  return model.data?.versions.includes(last.version) ? last.version : undefined;
}

/** A quick version that a later one replaces, unless it is in service. */
async function removeDraft(name: string, version: number): Promise<void> {
  const { activeVersion } = dataOf(await taxon.value.api.GET('/v1/models/{name}', { params: { path: { name } } }));
  if (version === activeVersion) return;
  await taxon.value.api.DELETE('/v1/admin/models/{name}/versions/{version}', {
    params: { path: { name, version } },
  });
}
