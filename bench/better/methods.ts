// The methods of bench/better.ts: each learns from the rows of a draw and is measured on the others. Another one is another entry.
import { createHash } from 'node:crypto';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import { divideIntoParts } from '../../src/training/calibrationParts.js';
import { accuracyOf } from '../../src/training/evaluation/scores.js';
import { headToLayersModel } from '../../src/training/fit/headModel.js';
import {
  l2Candidates,
  resolveHyperparameters,
  type HyperparameterOverrides,
} from '../../src/training/fit/hyperparameters.js';
import { partitionSnapshot } from '../../src/training/partition.js';
import { Trainer } from '../../src/training/worker/trainer.js';
import { takeRows, type Draw } from './draws.js';
import { startScikitLearn, type Measured, type ScikitLearn } from './scikitLearn.js';
import { cacheFolder } from './sets.js';

interface Tools {
  readonly trainer: Trainer;
  readonly scikitLearn: ScikitLearn;
}

export interface Method {
  readonly name: string;
  readonly title: string;
  /** Of scikit-learn: the default preset is to be no worse. */
  readonly isPeer: boolean;
  readonly measure: (draw: Draw, tools: Tools) => Promise<Measured>;
}

/** The rows to learn from as a dataset whose images have no splits: a part of them becomes validation, the rows measured on its test images. */
function partitionOf({ set, train, test }: Draw): ReturnType<typeof partitionSnapshot> {
  const item = (row: number, split: 'train' | 'test'): SnapshotItem => {
    const sha256 = createHash('sha256').update(String(row)).digest('hex');
    return { imageId: row, sha256, groupKey: sha256, label: String(set.labels[row]), split };
  };
  return partitionSnapshot([...train.map((row) => item(row, 'train')), ...test.map((row) => item(row, 'test'))]);
}

/** A head as the server fits it; its seconds are of the processor, whatever else it does. */
const ofPreset =
  (overrides: HyperparameterOverrides) =>
  async (draw: Draw, { trainer }: Tools): Promise<Measured> => {
    const { train, validation } = partitionOf(draw);
    const rowsOf = (items: readonly SnapshotItem[]): number[] => items.map(({ imageId }) => imageId);
    const divided = divideIntoParts([...train, ...validation]);
    const partsOf = (items: readonly SnapshotItem[]): Uint8Array =>
      Uint8Array.from(items, (item) => divided.get(item)!);
    const { size, classes } = draw.set;
    const before = process.cpuUsage();
    const { head } = await trainer.run({
      kind: 'fit',
      data: {
        train: takeRows(draw.set, rowsOf(train)),
        validation: takeRows(draw.set, rowsOf(validation)),
        size,
        classes,
      },
      candidates: l2Candidates(resolveHyperparameters('default', overrides)),
      parts: {
        train: partsOf(train),
        unaltered: new Uint8Array(train.length).fill(1),
        validation: partsOf(validation),
      },
      learnsFromValidation: true,
    });
    const { user, system } = process.cpuUsage(before);
    const measured = takeRows(draw.set, draw.test);
    const model = headToLayersModel(head.layers, size);
    const logits = await trainer.run({ kind: 'predict', model, features: measured.features, count: draw.test.length });
    return { accuracy: accuracyOf(logits, measured.labels, classes), seconds: (user + system) / 1e6 };
  };

const ofScikitLearn =
  (name: string) =>
  async ({ set, train, test, seed }: Draw, { scikitLearn }: Tools): Promise<Measured> =>
    scikitLearn.measure(name, { set: set.name, train, test, seed });

export const methods: readonly Method[] = [
  { name: 'adam', title: 'default by Adam', isPeer: false, measure: ofPreset({ solver: 'adam' }) },
  { name: 'default', title: 'default', isPeer: false, measure: ofPreset({}) },
  { name: 'lr', title: 'logistic regression', isPeer: true, measure: ofScikitLearn('lr') },
  { name: 'svm', title: 'linear SVM', isPeer: true, measure: ofScikitLearn('svm') },
  { name: 'knn', title: 'kNN', isPeer: true, measure: ofScikitLearn('knn') },
];

export interface OpenMethods {
  /** Of each method, by its name. */
  measure(draw: Draw): Promise<Record<string, Measured>>;
  close(): void;
}

export async function openMethods(chosen: readonly Method[]): Promise<OpenMethods> {
  const trainer = new Trainer();
  const scikitLearn = await startScikitLearn(cacheFolder);
  return {
    async measure(draw) {
      const measured: Record<string, Measured> = {};
      for (const { name, measure } of chosen) measured[name] = await measure(draw, { trainer, scikitLearn });
      return measured;
    },
    close() {
      scikitLearn.close();
      void trainer.close();
    },
  };
}
