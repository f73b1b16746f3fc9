// The search as a stage of a training: what its trials learn from, who fits them, what comes of it.
import { z } from 'zod';
import type { TrainingClaim } from '../../data/trainings/trainingClaim.js';
import { gatherFeatures } from '../embedding/embeddingCache.js';
import { viewKey } from '../embedding/augmentation.js';
import type { EmbeddingTarget } from '../embedding/embedder.js';
import { hyperparametersSchema, type Hyperparameters } from '../fit/hyperparameters.js';
import type { Partition } from '../partition.js';
import { trainingRows, plain, type StageContext } from '../stages.js';
import { Crew } from './crew.js';
import { checkFoldsOf, foldsOf, type Fold } from './folds.js';
import { checkGain, gainCheckSchema, type GainCheck } from './gainCheck.js';
import { lossOf, runSearch, type SearchPlan, type Trial } from './search.js';
import type { SearchSpace } from './searchSpace.js';
import type { SearchData } from './trial.js';

const figuresSchema = z
  .object({ loss: z.number().nullable(), accuracy: z.number().nullable() })
  .meta({ id: 'TrialFigures' });

/** What a search came to, for the figures of a version. */
export const searchFiguresSchema = z
  .object({
    trials: z.int().meta({ description: 'Settings that were tried, those of the request included' }),
    fits: z.int(),
    seconds: z.number(),
    folds: z.int().meta({ description: 'Folds that the figures are means of; 1: of the validation images' }),
    first: figuresSchema.meta({ description: 'Of the settings of the request' }),
    best: figuresSchema.meta({ description: 'Of the settings that the head has' }),
    bestTrial: z.int().meta({ description: 'Their number; 0: nothing was better than the settings of the request' }),
    check: gainCheckSchema
      .nullable()
      .optional()
      .meta({ description: 'null: no trial had a lower loss than the settings of the request' }),
  })
  .meta({ id: 'SearchFigures' });
export type SearchFigures = z.infer<typeof searchFiguresSchema>;

export interface SearchOutcome {
  /** The best settings. */
  readonly hyperparameters: Hyperparameters;
  readonly figures: SearchFigures;
}

export interface SearchRequest extends SearchPlan {
  readonly space: SearchSpace;
  readonly mostViews: number;
  /** What the images were embedded with; trials of other embeddings are not gone on with. */
  readonly embeddedWith: string;
  /** Fits at a time, each in a thread. */
  readonly parallel: number;
  readonly maxHeapMb: number;
}

type SearchClaim = Pick<TrainingClaim, 'trials' | 'recordTrial'>;

/** Goes on where a process that has ended left it. */
export async function searchOnPartition(
  { embedder, reporter, signal, trainer }: StageContext,
  claim: SearchClaim,
  target: EmbeddingTarget,
  partition: Partition,
  request: SearchRequest,
  now: () => number,
): Promise<SearchOutcome> {
  const { chosen, space, embeddedWith, parallel } = request;
  const { data, checkFolds, groups } = await gatherData(embedder.cacheOf(target), target, partition, request);
  const { size, classes } = data;
  const most = countFits(request.trials);
  let fits = 0;
  const crew = new Crew(parallel, request.maxHeapMb);
  try {
    const trials = await runSearch(request, {
      known: (await claim.trials(embeddedWith)).map(toTrial),
      parallel,
      now,
      signal,
      evaluate: (hyperparameters, share, until) =>
        crew.run({ kind: 'trial', data, hyperparameters, share }, { signal: until }),
      propose: (observations, count, round) => {
        const seed = (chosen.seed + round) ^ 0x5ea4c4;
        return trainer.run({ kind: 'propose', chosen, space, observations, count, seed, size, classes }, { signal });
      },
      record: async (trial) => {
        await claim.recordTrial(trial, embeddedWith);
        await reporter.tell('trial', ++fits / most, { ...trial });
      },
    });
    const { taken, check } = await checkGain(trials, groups, parallel, (hyperparameters) =>
      crew.run({ kind: 'heldOutLosses', data: { ...data, folds: checkFolds }, hyperparameters }, { signal }),
    );
    return summariseSearch(trials, taken, check, data.folds.length);
  } finally {
    await crew.close();
  }
}

/** About how many fits so many trials are: a third has two. */
const countFits = (trials: number): number => 1 + trials + Math.ceil(trials / 3);

/** Written by this program alone, so its figures are of one of the kinds. */
const toTrial = (record: Awaited<ReturnType<SearchClaim['trials']>>[number]): Trial =>
  ({ ...record, hyperparameters: hyperparametersSchema.parse(record.hyperparameters) }) as Trial;

function summariseSearch(trials: readonly Trial[], best: Trial, check: GainCheck | null, folds: number): SearchOutcome {
  const [first] = trials;
  const figuresOf = ({ loss, accuracy }: Trial) => ({ loss, accuracy });
  return {
    hyperparameters: best.hyperparameters,
    figures: {
      trials: new Set(trials.map(({ number }) => number)).size,
      fits: trials.length,
      seconds: Math.max(...trials.map(({ elapsed }) => elapsed)),
      folds,
      first: figuresOf(first!),
      best: figuresOf(best),
      bestTrial: Number.isFinite(lossOf(best)) ? best.number : 0,
      check,
    },
  };
}

async function gatherData(
  cache: Parameters<typeof gatherFeatures>[0],
  target: EmbeddingTarget,
  partition: Partition,
  { chosen, mostViews }: SearchRequest,
): Promise<{ data: SearchData; checkFolds: SearchData['folds']; groups: Uint32Array }> {
  const taught = trainingRows(partition.train, { ...chosen, views: mostViews });
  const aside = partition.validation.map((item) => ({ item, view: plain }));
  const rows = [...taught, ...aside];
  const size = target.backbone.embeddingSize;
  const keys = rows.map(({ item, view }) => ({ image: item.sha256, view: viewKey(view) }));
  const classOf = new Map(partition.labels.map((label, i) => [label, i]));
  const numberOf = new Map([...partition.train, ...partition.validation].map((item, number) => [item, number]));
  const rowsOf = new Map<number, number[]>();
  rows.forEach(({ item }, row) => {
    const number = numberOf.get(item)!;
    rowsOf.set(number, [...(rowsOf.get(number) ?? []), row]);
  });
  const views = Uint8Array.from(rows, ({ view }) => view.index);
  const toRows = ({ train, validation }: Fold) => ({
    train: Uint32Array.from(train.flatMap((number) => rowsOf.get(number)!)),
    validation: Uint32Array.from(validation.flatMap((number) => rowsOf.get(number)!).filter((row) => views[row] === 0)),
  });
  const groupOf = new Map([...new Set(rows.map(({ item }) => item.groupKey))].map((key, group) => [key, group]));
  const data = {
    rows: {
      features: await gatherFeatures(cache, size, keys),
      labels: Uint32Array.from(rows, ({ item }) => classOf.get(item.label)!),
    },
    views,
    folds: foldsOf(partition, chosen.seed).map(toRows),
    size,
    classes: partition.labels.length,
  };
  return {
    data,
    checkFolds: checkFoldsOf(partition, chosen.seed).map(toRows),
    groups: Uint32Array.from(rows, ({ item }) => groupOf.get(item.groupKey)!),
  };
}
