// The starter's last layer: regularisation chosen on validation, temperature fitted there, final fit on train and validation together.
import type { LayersModel } from '../../src/models/layersModel.js';
import { fitTemperature } from '../../src/training/calibration.js';
import { accuracyOf, negativeLogLikelihood } from '../../src/training/scores.js';
import { foldStandardisation, measureStandardisation, standardiseRows } from '../../src/training/standardisation.js';
import { fitLogistic, predict, type Coefficients, type LabelledRows } from './logisticRegression.js';

/** From strong to weak: each solution is the next one's start. */
const penalties = [1, 0.3, 0.1, 0.03, 0.01];

export interface FittedHead {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly temperature: number;
  readonly l2: number;
  readonly validationAccuracy: number;
}

interface Candidate {
  readonly l2: number;
  readonly logits: Float32Array;
  readonly loss: number;
  readonly coefficients: Coefficients;
}

/** The penalty with the smallest validation loss, which moves more smoothly than accuracy does on few photos. */
function choosePenalty(train: LabelledRows, validation: LabelledRows, classes: number): Candidate {
  let best: Candidate | undefined;
  let coefficients: Coefficients | undefined;
  for (const l2 of penalties) {
    coefficients = fitLogistic(train, classes, l2, coefficients);
    const logits = predict(validation.features, coefficients, classes);
    const loss = negativeLogLikelihood(logits, validation.labels, classes, fitTemperature(logits, validation.labels, classes));
    console.log(`l2 ${l2}: validation loss ${loss.toFixed(4)}, accuracy ${accuracyOf(logits, validation.labels, classes).toFixed(4)}`);
    if (!best || loss < best.loss) best = { l2, logits, loss, coefficients };
  }
  return best!;
}

const joinRows = (a: LabelledRows, b: LabelledRows): LabelledRows => ({
  features: concatenate(a.features, b.features),
  labels: Uint32Array.from([...a.labels, ...b.labels]),
});

function concatenate(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Features are raw embeddings of `size` values; so is what the returned layer takes. */
export function fitStarterHead(train: LabelledRows, validation: LabelledRows, size: number, classes: number): FittedHead {
  const scale = measureStandardisation(train.features, size);
  const standardised = ({ features, labels }: LabelledRows): LabelledRows => ({ features: standardiseRows(features, scale), labels });
  const [first, second] = [standardised(train), standardised(validation)];
  const chosen = choosePenalty(first, second, classes);
  const coefficients = fitLogistic(joinRows(first, second), classes, chosen.l2, chosen.coefficients);
  const layer = { kernel: Float32Array.from(coefficients.subarray(0, size * classes)), bias: Float32Array.from(coefficients.subarray(size * classes)) };
  return {
    ...foldStandardisation(layer, scale),
    temperature: fitTemperature(chosen.logits, second.labels, classes),
    l2: chosen.l2,
    validationAccuracy: accuracyOf(chosen.logits, second.labels, classes),
  };
}

/** The head as layers, from embedding to logits. */
export function headModel({ kernel, bias }: FittedHead, size: number): LayersModel {
  const classes = bias.length;
  return {
    topology: {
      name: 'head',
      layers: [
        { className: 'InputLayer', name: 'embedding', inputs: [], config: { name: 'embedding', batch_input_shape: [null, size], dtype: 'float32' } },
        { className: 'Dense', name: 'predictions', inputs: ['embedding'], config: { name: 'predictions', units: classes, activation: 'linear', use_bias: true } },
      ],
      input: 'embedding',
      output: 'predictions',
    },
    weights: new Map([
      ['predictions/kernel', { shape: [size, classes], data: kernel }],
      ['predictions/bias', { shape: [classes], data: bias }],
    ]),
  };
}
