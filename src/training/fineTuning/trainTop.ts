// Trains the top of a backbone together with its head on cached feature maps: epochs, schedule, early stopping. On tfjs' current backend.
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import type { HeadCalibration } from '../worker/trainerTask.js';
import { accuracyOf, negativeLogLikelihood } from '../evaluation/scores.js';
import { fitTemperature, fitWhereItHelps } from '../evaluation/temperature.js';
import type { FitOptions } from '../fit/hyperparameters.js';
import { takeTargets, weightsOfClasses } from '../fit/rows.js';
import { createRandom, shuffledIndices, type Random } from '../random.js';

export type TopOptions = Pick<FitOptions, 'labelSmoothing' | 'classWeights' | 'seed'> & {
  /** Of Adam, at the start; it falls to zero by a cosine over the epochs. */
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly patience: number;
};

/** The rows of the feature maps: first the validation images, then each training image with its views. */
export interface TopData {
  readonly validation: Uint32Array;
  /** Part of each validation image, near duplicates in one. */
  readonly validationParts: Uint8Array;
  readonly train: Uint32Array;
  /** Maps of each training image. */
  readonly views: number;
  readonly classes: number;
}

export interface TopEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

interface Validated {
  readonly loss: number;
  readonly accuracy: number;
}

/** What the training gave. The models have the weights of the best epoch; 0 is the start. */
export interface TopFit {
  readonly bestEpoch: number;
  readonly epochs: readonly TopEpoch[];
  /** Of the frozen backbone's head, before the first step. */
  readonly start: Validated;
  readonly best: Validated;
  readonly calibration: HeadCalibration;
}

/** Feature maps by row, [rows.length, …shape]. */
export interface FeatureMaps {
  readonly shape: readonly [number, number, number];
  read(rows: Uint32Array): Float32Array;
}

export interface TopModels {
  /** Feature map → embedding. */
  readonly top: layers.LayersModel;
  /** Embedding → logits. */
  readonly head: layers.LayersModel;
}

export interface TopProgress {
  /** Of all epochs that there may be. */
  readonly share: number;
  readonly epoch?: TopEpoch;
}

/** tfjs' Adam with a rate that changes. */
class ScheduledAdam extends tf.AdamOptimizer {
  constructor() {
    super(0, 0.9, 0.999, 1e-7);
  }

  setRate(rate: number): void {
    this.learningRate = rate;
  }
}

/** Kernels and biases. Batch-norms that could not be folded keep their statistics, scale and shift. */
function variablesOf({ top, head }: TopModels): tf.Variable[] {
  const trained = [...top.layers, ...head.layers].filter((layer) => layer.getClassName() !== 'BatchNormalization');
  const values = trained.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read()));
  return values.filter((value): value is tf.Variable => value instanceof tf.Variable);
}

const logitsFor = ({ top, head }: TopModels, maps: tf.Tensor): tf.Tensor2D =>
  head.apply(top.apply(maps)) as tf.Tensor2D;

const toTensor = (maps: FeatureMaps, rows: Uint32Array): tf.Tensor4D =>
  tf.tensor4d(maps.read(rows), [rows.length, ...maps.shape]);

/** Lets messages through, such as the one that the server has ended. */
const breathe = (): Promise<void> => setImmediate();

/** Logits [rows, classes] of the first maps, those of the validation images. */
async function validationLogits(
  models: TopModels,
  maps: FeatureMaps,
  data: TopData,
  batchSize: number,
): Promise<Float32Array> {
  const count = data.validation.length;
  const logits = new Float32Array(count * data.classes);
  for (let start = 0; start < count; start += batchSize) {
    const rows = Uint32Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
    tf.tidy(() => logits.set(logitsFor(models, toTensor(maps, rows)).dataSync(), start * data.classes));
    await breathe();
  }
  return logits;
}

interface Training {
  readonly models: TopModels;
  readonly maps: FeatureMaps;
  readonly data: TopData;
  readonly options: TopOptions;
  readonly variables: tf.Variable[];
  readonly adam: ScheduledAdam;
  readonly classWeights: Float32Array;
  readonly random: Random;
}

/** One pass over the training images in a new order, of each one view; the mean loss. */
async function runEpoch(training: Training, onBatch: (share: number) => void): Promise<number> {
  const { data, options, random } = training;
  const order = shuffledIndices(data.train.length, random);
  let total = 0;
  for (let start = 0; start < order.length; start += options.batchSize) {
    const picked = order.subarray(start, start + options.batchSize);
    total += step(training, picked) * picked.length;
    onBatch((start + picked.length) / order.length);
    await breathe();
  }
  return total / order.length;
}

function step(
  { models, maps, data, options, variables, adam, classWeights, random }: Training,
  picked: Uint32Array,
): number {
  const rows = picked.map((image) => data.validation.length + image * data.views + random.below(data.views));
  const targets = takeTargets(data.train, picked, classWeights, options.labelSmoothing);
  return tf.tidy(() => {
    const input = toTensor(maps, rows);
    const wanted = tf.tensor2d(targets, [picked.length, data.classes]);
    const cost = (): tf.Scalar =>
      tf.mul(tf.sum(tf.mul(wanted, tf.logSoftmax(logitsFor(models, input)))), -1 / picked.length);
    const { value, grads } = tf.variableGrads(cost, variables);
    adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    return value.dataSync()[0]!;
  });
}

/**
 * The loss at the temperature that suits the logits, as the version's will: they grow from epoch to epoch, and at temperature 1 that alone
 * makes an epoch that gets more right look worse than the frozen head, which a penalty had held back.
 */
function measure(logits: Float32Array, { validation, classes }: TopData): Validated {
  const temperature = fitTemperature({ logits, truth: validation, classes });
  return {
    loss: negativeLogLikelihood(logits, validation, classes, temperature),
    accuracy: accuracyOf(logits, validation, classes),
  };
}

/**
 * Trains from the weights that the models have, and leaves them with those of the epoch with the lowest validation loss: the start, when
 * none is better. The same input gives the same result on the same machine. Throws Error when the loss becomes infinite or NaN.
 */
export async function trainTop(
  models: TopModels,
  maps: FeatureMaps,
  data: TopData,
  options: TopOptions,
  onProgress: (progress: TopProgress) => void = () => undefined,
): Promise<TopFit> {
  const variables = variablesOf(models);
  const training: Training = {
    models,
    maps,
    data,
    options,
    variables,
    adam: new ScheduledAdam(),
    classWeights: weightsOfClasses(data.train, data.classes, options.classWeights),
    random: createRandom(options.seed),
  };
  const copyWeights = (): Float32Array[] => variables.map((variable) => variable.dataSync<'float32'>().slice());
  let logits = await validationLogits(models, maps, data, options.batchSize);
  const start = measure(logits, data);
  let best = { epoch: 0, logits, weights: copyWeights(), ...start };
  const epochs: TopEpoch[] = [];
  while (epochs.length < options.epochs && epochs.length - best.epoch < options.patience) {
    const before = epochs.length;
    training.adam.setRate((options.learningRate * (1 + Math.cos((Math.PI * before) / options.epochs))) / 2);
    const loss = await runEpoch(training, (share) => onProgress({ share: (before + share) / options.epochs }));
    logits = await validationLogits(models, maps, data, options.batchSize);
    const validated = measure(logits, data);
    if (!Number.isFinite(loss) || !Number.isFinite(validated.loss))
      throw new Error(
        `the loss became ${loss} in epoch ${before + 1}: lower the learning rate (it is ${options.learningRate})`,
      );
    const epoch = {
      epoch: before + 1,
      epochs: options.epochs,
      loss,
      validationLoss: validated.loss,
      validationAccuracy: validated.accuracy,
    };
    epochs.push(epoch);
    onProgress({ share: epoch.epoch / options.epochs, epoch });
    if (validated.loss < best.loss) best = { epoch: epoch.epoch, logits, weights: copyWeights(), ...validated };
  }
  training.adam.dispose();
  variables.forEach((variable, i) => tf.tidy(() => variable.assign(tf.tensor(best.weights[i]!, variable.shape))));
  const unseen = { logits: best.logits, truth: data.validation, classes: data.classes };
  return {
    bestEpoch: best.epoch,
    epochs,
    start,
    best: { loss: best.loss, accuracy: best.accuracy },
    calibration: { method: 'validation', ...fitWhereItHelps(unseen, data.validationParts) },
  };
}
