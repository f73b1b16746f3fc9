// Fits one dense head on embeddings: epochs, schedule, early stopping. Runs inside the trainer worker: plain data in, plain data out.
// tfjs-layers' own fit is not used: it shuffles with Math.random and repeats one dropout mask when seeded.
import { Adam, LearningRate } from './optimizer.js';
import type { FitOptions } from './hyperparameters.js';
import { initialParameters, logitsOf, lossAndGradients, type Parameters, type Widths } from './network.js';
import { createRandom, shuffledIndices, type Random } from '../random.js';
import { takeBatch, weightsOfClasses, type Rows } from './rows.js';
import { accuracyOf, negativeLogLikelihood } from '../evaluation/scores.js';
import { foldStandardisation, type Standardisation } from './standardisation.js';

export interface FitData {
  readonly train: Rows;
  readonly validation: Rows;
  /** Values of one embedding. */
  readonly size: number;
  readonly classes: number;
}

/** One dense layer: `kernel` is [inputs, units] in row-major order; the last layer's activation is linear (logits). */
export interface DenseLayer {
  readonly units: number;
  readonly activation: FitOptions['activation'] | 'linear';
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** The most that there may be. */
  readonly epochs: number;
  readonly loss: number;
  /** Of the rows as they were learnt from, as `loss` is: by Adam before each step and with dropout. */
  readonly trainingAccuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

export interface FittedHead {
  readonly layers: readonly DenseLayer[];
  /** Learning rate of each epoch up to the best. */
  readonly rates: readonly number[];
  readonly bestEpoch: number;
  readonly epochsRun: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

/** The loss became NaN or infinite: its message is for the user. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

interface Fit {
  readonly data: Omit<FitData, 'validation'>;
  readonly options: FitOptions;
  readonly widths: Widths;
  readonly parameters: Parameters;
  readonly adam: Adam;
  readonly classWeights: Float32Array;
  readonly random: Random;
}

function createFit(data: Fit['data'], options: FitOptions): Fit {
  const random = createRandom(options.seed);
  const widths = [data.size, ...options.hiddenLayers, data.classes];
  const parameters = initialParameters(widths, random);
  const adam = new Adam(parameters.map((values) => values.length));
  const classWeights = weightsOfClasses(data.train.labels, data.classes, options.classWeights);
  return { data, options, widths, parameters, adam, classWeights, random };
}

/** One pass over the training rows in a new order; the mean loss, and the share that was right. */
function runEpoch(
  { data, options, widths, parameters, adam, classWeights, random }: Fit,
  rate: number,
): { loss: number; accuracy: number } {
  const order = shuffledIndices(data.train.labels.length, random);
  let total = 0;
  let right = 0;
  for (let start = 0; start < order.length; start += options.batchSize) {
    const picked = order.subarray(start, start + options.batchSize);
    const batch = takeBatch(data.train, data.size, picked, classWeights, options.labelSmoothing);
    const { loss, gradients, logits } = lossAndGradients(parameters, widths, batch, options, random);
    adam.step(parameters, gradients, rate);
    total += loss * picked.length;
    right += accuracyOf(logits, labelsOf(data.train, picked), data.classes) * picked.length;
  }
  return { loss: total / order.length, accuracy: right / order.length };
}

const labelsOf = ({ labels }: Rows, picked: Uint32Array): Uint32Array => picked.map((row) => labels[row]!);

/** Loss without smoothing, class weights or penalty, so that candidates can be compared. */
function validate(
  { data: { classes }, options, widths, parameters }: Fit,
  validation: Rows,
): { loss: number; accuracy: number } {
  const logits = logitsOf(parameters, widths, validation, options);
  return {
    loss: negativeLogLikelihood(logits, validation.labels, classes),
    accuracy: accuracyOf(logits, validation.labels, classes),
  };
}

function toLayers(parameters: Parameters, { widths, options }: Fit, input: Standardisation | undefined): DenseLayer[] {
  const depth = widths.length - 1;
  const layers = widths.slice(1).map((units, i) => ({
    units,
    activation: i === depth - 1 ? ('linear' as const) : options.activation,
    kernel: parameters[i]!,
    bias: parameters[depth + i]!,
  }));
  if (input) layers[0] = { ...layers[0]!, ...foldStandardisation(layers[0]!, input) };
  return layers;
}

function assertFinite(loss: number, epoch: number, { learningRate }: FitOptions): void {
  if (Number.isFinite(loss)) return;
  throw new DivergedError(`the loss became ${loss} in epoch ${epoch}: lower the learning rate (it is ${learningRate})`);
}

/**
 * Trains a head as `fitHead` does, for exactly one epoch at each of `rates`: no rows are needed to stop it, nor to find a plateau.
 * With the rates of a fit on much the same rows it gives a head like that fit's. Throws DivergedError.
 */
export function refitHead(
  data: Omit<FitData, 'validation'>,
  input: Standardisation | undefined,
  options: FitOptions,
  rates: readonly number[],
): DenseLayer[] {
  const fit = createFit(data, options);
  for (const [epoch, rate] of rates.entries()) assertFinite(runEpoch(fit, rate).loss, epoch + 1, options);
  return toLayers(fit.parameters, fit, input);
}

/**
 * Trains one head; stops early on the validation loss and gives back the best weights. Same input, same result, bit for bit.
 * `input` is the standardisation that the rows have been through, folded into the first layer. Throws DivergedError.
 */
export function fitHead(
  data: FitData,
  input: Standardisation | undefined,
  options: FitOptions,
  onEpoch: (report: EpochReport) => void = () => undefined,
): FittedHead {
  const fit = createFit(data, options);
  const schedule = new LearningRate(options);
  const rates: number[] = [];
  let best = { parameters: fit.parameters, epoch: 0, loss: Infinity, accuracy: 0 };
  let epoch = 0;
  while (epoch < options.epochs && epoch - best.epoch < options.patience) {
    rates.push(schedule.at(epoch));
    const { loss, accuracy: trainingAccuracy } = runEpoch(fit, rates[epoch++]!);
    const validation = validate(fit, data.validation);
    assertFinite(loss, epoch, options);
    assertFinite(validation.loss, epoch, options);
    onEpoch({
      epoch,
      epochs: options.epochs,
      loss,
      trainingAccuracy,
      validationLoss: validation.loss,
      validationAccuracy: validation.accuracy,
    });
    schedule.observe(validation.loss);
    if (validation.loss < best.loss)
      best = { parameters: fit.parameters.map((values) => values.slice()), epoch, ...validation };
  }
  return {
    layers: toLayers(best.parameters, fit, input),
    rates: rates.slice(0, best.epoch),
    bestEpoch: best.epoch,
    epochsRun: epoch,
    validationLoss: best.loss,
    validationAccuracy: best.accuracy,
  };
}
