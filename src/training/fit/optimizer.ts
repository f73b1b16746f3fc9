// Steps of the fit: Adam on plain arrays, and the learning rate of each epoch.
import type { FitOptions } from './hyperparameters.js';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

/**
 * Adam (Kingma and Ba 2015). On a 2048 × 1024 kernel one pass here is many times quicker than tfjs' optimizer, which
 * allocates ten tensors of that size a step.
 */
export class Adam {
  readonly #first: Float32Array[];
  readonly #second: Float32Array[];
  #steps = 0;

  /** `sizes`: the number of values of each parameter, in the order in which step receives them. */
  constructor(sizes: readonly number[]) {
    this.#first = sizes.map((size) => new Float32Array(size));
    this.#second = sizes.map((size) => new Float32Array(size));
  }

  /** Moves `parameters` in place along `gradients` at `rate`. */
  step(parameters: readonly Float32Array[], gradients: readonly Float32Array[], rate: number): void {
    this.#steps++;
    // Both bias corrections in one factor, as the paper's section 2 suggests.
    const corrected = (rate * Math.sqrt(1 - beta2 ** this.#steps)) / (1 - beta1 ** this.#steps);
    parameters.forEach((values, i) => {
      update(values, gradients[i]!, this.#first[i]!, this.#second[i]!, corrected);
    });
  }
}

function update(
  values: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  rate: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const slope = gradient[i]!;
    const m = beta1 * first[i]! + (1 - beta1) * slope;
    const v = beta2 * second[i]! + (1 - beta2) * slope * slope;
    first[i] = m;
    second[i] = v;
    values[i] = values[i]! - (rate * m) / (Math.sqrt(v) + epsilon);
  }
}

/** Epochs without a better validation loss before the rate is halved. */
const plateauEpochs = 3;

/** Constant, cosine (Loshchilov and Hutter 2017, without restarts) or halved on a plateau. */
export class LearningRate {
  readonly #options: Pick<FitOptions, 'learningRate' | 'schedule' | 'epochs'>;
  #best = Infinity;
  #waited = 0;
  #factor = 1;

  constructor(options: Pick<FitOptions, 'learningRate' | 'schedule' | 'epochs'>) {
    this.#options = options;
  }

  /** The rate of the epoch with this number, counted from 0. */
  at(epoch: number): number {
    const { learningRate, schedule, epochs } = this.#options;
    switch (schedule) {
      case 'constant':
        return learningRate;
      case 'cosine':
        return (learningRate * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
      case 'plateau':
        return learningRate * this.#factor;
    }
  }

  /** To be called with the validation loss of the epoch that has ended. */
  observe(validationLoss: number): void {
    if (validationLoss < this.#best) {
      this.#best = validationLoss;
      this.#waited = 0;
    } else if (++this.#waited >= plateauEpochs) {
      this.#factor /= 2;
      this.#waited = 0;
    }
  }
}
