// Learns from taught images: what a thread of its own computes. Plain data in and out.
import { dot, unit, type LinearScores } from '../../models/linearScores.js';
import { projectUnit } from '../../models/novelty.js';
import { fitLeastSquares, type LeastSquaresFit, type LeastSquaresTask } from './leastSquares.js';

export interface TaughtTask extends LeastSquaresTask {
  /** The first rows: images taught since the last training. The others are of that training. */
  readonly taught: number;
  /** Of a version without images here: what its novelty.json says of its own images (see TaughtGate). */
  readonly own?: { readonly basis: Float32Array; readonly reference: Float32Array } | undefined;
}

export interface TaughtFit extends LeastSquaresFit {
  readonly gate: LinearScores | undefined;
  /** See TaughtHead. */
  readonly similarities: Float32Array;
}

/** Own images for each taught one, where the two are told apart: more of them, and new classes are found too seldom. */
const ownPerTaught = 4;
/** They are the more certain the more there are, and cost time. */
const mostOwn = 400;

export function fitTaught(task: TaughtTask): TaughtFit {
  return {
    ...fitLeastSquares(task),
    gate: task.own && fitGate(task, task.own),
    similarities: similaritiesOf(task),
  };
}

function fitGate({ features, size, taught }: TaughtTask, own: NonNullable<TaughtTask['own']>): LinearScores {
  const rank = own.basis.length / size;
  const count = Math.min(own.reference.length / rank, mostOwn, ownPerTaught * taught);
  const rows = new Float32Array((count + taught) * rank);
  rows.set(own.reference.subarray(0, count * rank));
  for (let i = 0; i < taught; i++)
    rows.set(projectUnit(features.subarray(i * size, (i + 1) * size), own.basis), (count + i) * rank);
  const labels = Uint32Array.from({ length: count + taught }, (_, i) => Number(i >= count));
  const { centre, weights, biases, temperature } = fitLeastSquares({ features: rows, size: rank, labels, classes: 2 });
  return { centre, weights, biases, temperature };
}

function similaritiesOf({ features, size, labels, taught }: TaughtTask): Float32Array {
  const rows = Array.from({ length: taught }, (_, i) => unit(features.subarray(i * size, (i + 1) * size)));
  const nearest = rows.map((row, i) =>
    rows.reduce((most, other, j) => (i !== j && labels[i] === labels[j] ? Math.max(most, dot(row, other)) : most), -1),
  );
  // One that is alone in its class has none.
  return Float32Array.from(nearest.filter((similarity) => similarity > -1)).sort();
}
