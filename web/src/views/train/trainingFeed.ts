// Trainings that this tab follows, by the stream of their events: one reader for each, which goes on while other views are open.
import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { dataOf, type components, type Training, type TrainingEvent } from 'taxon-client';
import { apiKey, taxon } from '../../session.js';
import { announce } from './announcement.js';

export interface EpochFigures {
  /** Which of the settings that are tried, from 1. */
  readonly candidate: number;
  readonly candidates: number;
  readonly epoch: number;
  /** The most that there may be. */
  readonly epochs: number;
  readonly loss: number;
  /** 0 to 1; absent in trainings of older servers. */
  readonly trainingAccuracy?: number;
  readonly validationLoss: number;
  /** 0 to 1. */
  readonly validationAccuracy: number;
}

type TrainingDetail = components['schemas']['TrainingDetail'];
/** A fit of a search. */
export type Trial = TrainingDetail['trials'][number];

export interface TrainingFeed {
  /** undefined: not yet there. */
  readonly training?: Training;
  readonly error?: unknown;
  /** Stages that have begun, in order, without repetition. */
  readonly stages: readonly string[];
  /** Images of the present stage. */
  readonly images?: { readonly done: number; readonly total: number } | undefined;
  /** What the present stage still takes. */
  readonly etaSeconds?: number | undefined;
  /** When the present stage began, by the server's clock, in milliseconds since 1970. */
  readonly stageBeganAt?: number;
  /** Seconds that it had lasted at the last event. */
  readonly stageAge?: number;
  /** When that event came, by this machine's clock, in milliseconds since 1970. */
  readonly heardAt?: number;
  readonly epochs: readonly EpochFigures[];
  /** In the order in which they ended. */
  readonly trials: readonly Trial[];
  /** The server has dropped the events for their age. */
  readonly removed: boolean;
}

export const hasEnded = ({ state }: Pick<Training, 'state'>): boolean => state !== 'queued' && state !== 'running';

const feeds = new Map<string, Signal<TrainingFeed>>();
/** Those of whoever was signed in before are not for the next one. */
effect(() => {
  if (apiKey.value === undefined) feeds.clear();
});

/** Changes at most this often. */
const shownEveryMs = 80;

/** The same one for each call with this `id`. */
export function feedOf(id: string): ReadonlySignal<TrainingFeed> {
  const known = feeds.get(id);
  if (known) return known;
  const feed = signal<TrainingFeed>({ stages: [], epochs: [], trials: [], removed: false });
  feeds.set(id, feed);
  void follow(id, feed);
  return feed;
}

/** After an error: the next call of feedOf begins anew. */
export const forgetFeed = (id: string): boolean => feeds.delete(id);

async function follow(id: string, feed: Signal<TrainingFeed>): Promise<void> {
  const client = taxon.value;
  const load = async (): Promise<TrainingDetail> =>
    dataOf(await client.api.GET('/v1/admin/trainings/{id}', { params: { path: { id } } }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gathered = feed.value;
  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    feed.value = gathered;
  };
  try {
    const training = await load();
    gathered = { ...gathered, training, trials: training.trials };
    show();
    for await (const event of client.trainingEvents(id)) {
      const before = gathered;
      gathered = withEvent(gathered, event);
      if (event.kind === 'stage' && !hasEnded(training) && before.training?.state === 'queued')
        gathered = { ...gathered, training: { ...training, state: 'running' } };
      timer ??= setTimeout(show, shownEveryMs);
    }
    const ended = await load();
    gathered = { ...gathered, training: ended, trials: ended.trials };
    show();
    if (!hasEnded(training)) announce(ended);
  } catch (error) {
    gathered = { ...gathered, error };
    show();
  }
}

/** One that another server began again comes a second time. */
const withTrial = (trials: readonly Trial[], trial: Trial): readonly Trial[] => [
  ...trials.filter(({ number, share }) => number !== trial.number || share !== trial.share),
  trial,
];

/** One event more, at `now` in milliseconds since 1970. */
export function withEvent(feed: TrainingFeed, event: TrainingEvent, now = Date.now()): TrainingFeed {
  const at = Date.parse(event.data['at']);
  const stageBeganAt = event.kind === 'stage' ? at : (feed.stageBeganAt ?? at);
  return { ...withFigures(feed, event), stageBeganAt, stageAge: (at - stageBeganAt) / 1000, heardAt: now };
}

function withFigures(feed: TrainingFeed, { kind, data }: TrainingEvent): TrainingFeed {
  if (kind === 'removed') return { ...feed, removed: true };
  if (kind === 'stage') {
    const name = String(data['stage']);
    // A training that another server takes over, or that tries another precision, begins some stages again.
    const epochs = name === 'fit' ? [] : feed.epochs;
    const stages = [...feed.stages.filter((stage) => stage !== name), name];
    return { ...feed, images: undefined, etaSeconds: undefined, epochs, stages };
  }
  const eta = typeof data['etaSeconds'] === 'number' ? { etaSeconds: data['etaSeconds'] } : {};
  if (kind === 'progress')
    return { ...feed, ...eta, images: { done: Number(data['done']), total: Number(data['total']) } };
  if (kind === 'trial') return { ...feed, ...eta, trials: withTrial(feed.trials, data as unknown as Trial) };
  if (kind !== 'epoch') return feed;
  const { earlier = [], ...last } = data as unknown as EpochFigures & { readonly earlier?: readonly EpochFigures[] };
  return { ...feed, ...eta, epochs: [...feed.epochs, ...earlier, last] };
}
