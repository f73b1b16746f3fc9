// The lesson of a classifier: every photo of its dataset answers as soon as it is there.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../session.js';

type Dataset = components['schemas']['DatasetStatistics'];
export type ClassCount = components['schemas']['ClassCount'];

/** Photos of a class from which it is worth while to train. */
export const leastPhotos = 3;

export const canTrain = (classes: readonly ClassCount[]): boolean =>
  classes.length >= 2 && classes.every(({ total }) => total >= leastPhotos);

export interface Lesson {
  readonly state: 'waiting' | 'learning' | 'learned' | 'failed';
  readonly error: unknown;
  /** Whether it answers, trained or taught. */
  readonly answers: boolean;
  /** Photos that no training has seen. */
  readonly taught: number;
  readonly learn: () => void;
}

type Told = components['schemas']['Lesson'];

/** `data`: undefined until it is known; `isBusy`: more images are on their way. */
export function useLesson(name: string, data: Dataset | undefined, isBusy: boolean): Lesson {
  const [told, setTold] = useState<Told>();
  const [isLearning, setIsLearning] = useState(false);
  const [error, setError] = useState<unknown>();
  const latest = useRef<AbortController>(undefined);
  const images = data?.images ?? 0;

  const learn = async (): Promise<void> => {
    latest.current?.abort();
    const controller = (latest.current = new AbortController());
    const { signal } = controller;
    setIsLearning(true);
    setError(undefined);
    try {
      const params = { path: { name } };
      setTold(dataOf(await taxon.value.api.PUT('/v1/models/{name}/teach', { params, body: {}, signal })));
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      if (latest.current === controller) setIsLearning(false);
    }
  };
  useEffect(() => () => latest.current?.abort(), []);
  useEffect(() => {
    if (data !== undefined && !isBusy) void learn();
  }, [name, data?.changedAt, images, isBusy]);

  const answers = images > 0 && told !== undefined && (told.answers || told.version !== null);
  return {
    state: isLearning ? 'learning' : error !== undefined ? 'failed' : answers ? 'learned' : 'waiting',
    error,
    answers,
    taught: told?.taught ?? 0,
    learn: () => void learn(),
  };
}
