// The learning rate of each epoch: constant, cosine (Loshchilov and Hutter 2017, without restarts) or halved on a plateau.
import type { FitOptions } from './hyperparameters.js';

const plateauEpochs = 3;

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

  /** Tells the validation loss of the epoch that has ended. */
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
