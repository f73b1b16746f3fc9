// Which hyper-parameters to try next: those with the highest expected improvement for their cost. Runs inside the trainer worker.
import { createRandom, type Random } from '../random.js';
import type { Hyperparameters } from '../fit/hyperparameters.js';
import { fitGaussianProcess, GaussianProcess, type Prediction } from './gaussianProcess.js';
import { axisNames, costOf, Space, type Point, type SearchSpace } from './searchSpace.js';

/** What a fit of some hyper-parameters gave, with a share of their epochs. */
export interface Observation {
  readonly hyperparameters: Hyperparameters;
  readonly share: number;
  /** Infinity: the fit failed. */
  readonly loss: number;
}

export interface ProposalTask {
  readonly kind: 'propose';
  readonly chosen: Hyperparameters;
  readonly space: SearchSpace;
  /** None: the proposals are drawn at random. */
  readonly observations: readonly Observation[];
  /** How many to propose. */
  readonly count: number;
  readonly seed: number;
  /** Values of one embedding. */
  readonly size: number;
  readonly classes: number;
}

/** Losses beyond so many times the lowest one are all as bad, or they would be all that the process sees. */
const worstRatio = 3;
const randomDraws = 300;
const drawsNearBest = 200;
/** Places whose surroundings are looked at. */
const bestPlaces = 3;
/** Standard deviation of a step from one of them, along an axis. */
const stepDeviation = 0.12;

/** The same task gives the same proposals. */
export function propose(task: ProposalTask): Hyperparameters[] {
  const random = createRandom(task.seed);
  const space = new Space(task.chosen, task.space);
  return task.observations.length === 0 ? drawFirst(task, space, random) : improve(task, space, random);
}

const drawPoint = (random: Random): Point => axisNames.map(() => random.next());

/** The cheaper half of twice as many: the first ones are to say much in little time. */
function drawFirst({ count, size, classes }: ProposalTask, space: Space, random: Random): Hyperparameters[] {
  const drawn = Array.from({ length: 2 * count }, () => space.decode(drawPoint(random)));
  return drawn.sort((a, b) => costOf(a, size, classes) - costOf(b, size, classes)).slice(0, count);
}

/**
 * One after the other, each as if those before had given what the process expects of them (the "Kriging believer" of Ginsbourger,
 * Le Riche and Carraro 2010). The share of the epochs is a feature like others, so that short fits speak of long ones
 * (Kandasamy et al. 2017, "Multi-fidelity Bayesian Optimisation with Continuous Approximations").
 */
function improve(task: ProposalTask, space: Space, random: Random): Hyperparameters[] {
  const { observations, count, size, classes, chosen } = task;
  const scaled = scaleLosses(observations);
  const places = observations.map(({ hyperparameters, share }) => space.featuresOf(hyperparameters, share));
  const { kernel } = fitGaussianProcess(places, scaled);
  const finished = observations.flatMap(({ share }, i) => (share === 1 ? [scaled[i]!] : []));
  const best = Math.min(...(finished.length > 0 ? finished : scaled));
  const values = [...scaled];
  const proposals: Hyperparameters[] = [];
  while (proposals.length < count) {
    const process = new GaussianProcess(kernel, places, values);
    let [winner, highest, expected] = [undefined as Hyperparameters | undefined, -Infinity, 0];
    for (const candidate of drawCandidates(observations, space, random)) {
      const prediction = process.predict(space.featuresOf(candidate, 1));
      const dearness = costOf(candidate, size, classes) / costOf(chosen, size, classes);
      // By Snoek, Larochelle and Adams 2012, section 3.2; the root, so that what costs much is tried when it promises much.
      const value = expectedImprovement(prediction, best) / Math.sqrt(1 + dearness);
      if (value > highest) [winner, highest, expected] = [candidate, value, prediction.mean];
    }
    proposals.push(winner!);
    places.push(space.featuresOf(winner!, 1));
    values.push(expected);
  }
  return proposals;
}

/** Logarithms with mean 0 and variance 1. */
function scaleLosses(observations: readonly Observation[]): number[] {
  const lowest = Math.min(...observations.map(({ loss }) => loss));
  const worst = Number.isFinite(lowest) ? worstRatio * lowest : 1;
  const values = observations.map(({ loss }) => Math.log(Math.max(Math.min(loss, worst), Number.MIN_VALUE)));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + 1e-12));
}

function drawCandidates(observations: readonly Observation[], space: Space, random: Random): Hyperparameters[] {
  const best = [...observations].sort((a, b) => b.share - a.share || a.loss - b.loss).slice(0, bestPlaces);
  const near = Array.from({ length: drawsNearBest }, (_, i) =>
    stepFrom(space.encode(best[i % best.length]!.hyperparameters), random),
  );
  const far = Array.from({ length: randomDraws }, () => drawPoint(random));
  return [...near, ...far].map((point) => space.decode(point));
}

/** Along about a third of the axes. */
const stepFrom = (point: Point, random: Random): Point =>
  point.map((position) => {
    if (random.next() > 1 / 3) return position;
    return Math.min(1, Math.max(0, position + stepDeviation * drawNormal(random)));
  });

/** Box and Muller 1958. */
const drawNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** How much lower than `best` a value may be expected to be (Jones, Schonlau and Welch 1998, equation 15). */
export function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  if (deviation === 0) return Math.max(0, best - mean);
  const z = (best - mean) / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return (best - mean) * normalDistribution(z) + deviation * density;
}

/** Φ(z), by Abramowitz and Stegun 7.1.26: within 1.5e-7. */
function normalDistribution(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-x * x)) / 2;
  return z >= 0 ? 1 - tail : tail;
}
