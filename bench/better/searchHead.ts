// A search as a training does it, on the rows of a draw: what it tries, and the head that comes of it.
import type { Partition } from '../../src/training/partition.js';
import { resolveHyperparameters, type Hyperparameters } from '../../src/training/fit/hyperparameters.js';
import { Crew } from '../../src/training/search/crew.js';
import { checkFoldsOf, foldsOf, type Fold } from '../../src/training/search/folds.js';
import { checkGain, type GainCheck } from '../../src/training/search/gainCheck.js';
import { runSearch, type Trial } from '../../src/training/search/search.js';
import { usualSpace, type SearchSpace } from '../../src/training/search/searchSpace.js';
import type { Trainer } from '../../src/training/worker/trainer.js';
import { takeRows, type EmbeddedSet } from './draws.js';

/** No augmented views, for the bench keeps embeddings of images as they are; and heads that two cores fit in seconds. */
const space: SearchSpace = { ...usualSpace, layers: [0, 1], units: [6, 256], epochs: [5, 30], views: [0, 0] };
const maxHeapMb = 512;
/** The trials are all made, however long they take: their number alone bounds the search, so that the same draw gives the same head. */
const longestSeconds = 86_400;

/** The row numbers of `fold`, of which no image has other views. */
const toRows = ({ train, validation }: Fold) => ({
  train: Uint32Array.from(train),
  validation: Uint32Array.from(validation),
});

/**
 * Every fit in order, and the settings that the head is to have: see foldsOf and checkGain. The image numbers of `partition` are rows of
 * `set`; `trials`: settings beside the default preset, which is the first.
 */
export async function searchHead(
  trainer: Trainer,
  set: EmbeddedSet,
  partition: Partition,
  seed: number,
  trials: number,
): Promise<{ taken: Hyperparameters; check: GainCheck | null; trials: readonly Trial[] }> {
  const items = [...partition.train, ...partition.validation];
  const { size, classes } = set;
  const data = {
    rows: takeRows(
      set,
      items.map(({ imageId }) => imageId),
    ),
    views: new Uint8Array(items.length),
    folds: foldsOf(partition, seed).map(toRows),
    size,
    classes,
  };
  const chosen = resolveHyperparameters('default', { seed });
  const parallel = 2;
  const crew = new Crew(parallel, maxHeapMb);
  const { signal } = new AbortController();
  try {
    const fits = await runSearch(
      { chosen, trials, seconds: longestSeconds },
      {
        known: [],
        parallel,
        now: () => performance.now(),
        signal,
        evaluate: (hyperparameters, share) => crew.run({ kind: 'trial', data, hyperparameters, share }, {}),
        propose: (observations, count, round) =>
          trainer.run({ kind: 'propose', chosen, space, observations, count, seed: seed + round, size, classes }),
        record: async () => undefined,
      },
    );
    const checkData = { ...data, folds: checkFoldsOf(partition, seed).map(toRows) };
    // Without near duplicates, as partitionOf has it.
    const groups = Uint32Array.from(items.keys());
    const { taken, check } = await checkGain(fits, groups, parallel, (hyperparameters) =>
      crew.run({ kind: 'heldOutLosses', data: checkData, hyperparameters }, {}),
    );
    return { taken: taken.hyperparameters, check, trials: fits };
  } finally {
    await crew.close();
  }
}
