// Heads as the server fits them, on the rows of a draw.
import { createHash } from 'node:crypto';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { divideIntoParts } from '../../src/training/calibrationParts.js';
import { accuracyOf, negativeLogLikelihood } from '../../src/training/evaluation/scores.js';
import { headToLayersModel } from '../../src/training/fit/headModel.js';
import { l2Candidates, type Hyperparameters } from '../../src/training/fit/hyperparameters.js';
import { partitionSnapshot, type Partition } from '../../src/training/partition.js';
import type { Trainer } from '../../src/training/worker/trainer.js';
import { takeRows, type Draw } from './draws.js';

/** The rows to learn from as a dataset whose images have no splits: a part of them becomes validation, the rows measured on its test images. */
export function partitionOf({ set, train, test }: Draw): Partition {
  const item = (row: number, split: 'train' | 'test'): SnapshotItem => {
    const sha256 = createHash('sha256').update(String(row)).digest('hex');
    return { imageId: row, sha256, groupKey: sha256, label: String(set.labels[row]), split };
  };
  return partitionSnapshot([...train.map((row) => item(row, 'train')), ...test.map((row) => item(row, 'test'))]);
}

export interface Head {
  readonly model: LayersModel;
  readonly temperature: number;
}

/** The head that the server fits with these hyper-parameters. `refit`: as after a search. */
export async function fitHead(
  { set }: Draw,
  trainer: Trainer,
  { train, validation }: Partition,
  chosen: Hyperparameters,
  refit: boolean,
): Promise<Head> {
  const rowsOf = (items: readonly SnapshotItem[]): number[] => items.map(({ imageId }) => imageId);
  const divided = divideIntoParts([...train, ...validation]);
  const partsOf = (items: readonly SnapshotItem[]): Uint8Array => Uint8Array.from(items, (item) => divided.get(item)!);
  const { size, classes } = set;
  const { head, calibration } = await trainer.run({
    kind: 'fit',
    data: { train: takeRows(set, rowsOf(train)), validation: takeRows(set, rowsOf(validation)), size, classes },
    candidates: l2Candidates(chosen),
    parts: {
      train: partsOf(train),
      unaltered: new Uint8Array(train.length).fill(1),
      validation: partsOf(validation),
    },
    learnsFromValidation: true,
    refit,
  });
  return { model: headToLayersModel(head.layers, size), temperature: calibration.temperature };
}

/** On the rows of the draw that are measured. */
export async function measureHead(
  { set, test }: Draw,
  trainer: Trainer,
  { model, temperature }: Head,
): Promise<{ accuracy: number; loss: number }> {
  const { features, labels, classes } = takeRows(set, test);
  const logits = await trainer.run({ kind: 'predict', model, features, count: test.length });
  return {
    accuracy: accuracyOf(logits, labels, classes),
    loss: negativeLogLikelihood(logits, labels, classes, temperature),
  };
}
