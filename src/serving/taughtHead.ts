// What a classifier was taught since its last training, blended with what its trained head says.
import { classProbabilities, dot, unit, type LinearScores } from '../models/linearScores.js';
import type { Manifest } from '../models/manifest.js';
import { projectUnit, shareBelow } from '../models/novelty.js';

/** Tells taught classes from a version's own where none of its images are at hand: in the directions of its novelty.json. */
export interface TaughtGate {
  /** [rank, size]. */
  readonly basis: Float32Array;
  /** Of two classes: the version's own, taught. */
  readonly scores: LinearScores;
}

export interface TaughtHead {
  /** The classifier's, with the labels that it has now: the version's first. Version 0: taught alone. */
  readonly manifest: Manifest;
  /** The version that it was learnt beside, and whose backbone makes its embeddings. */
  readonly base: { readonly name: string; readonly version: number; readonly headId: string };
  /** How many labels are the version's; 0: it was taught alone. */
  readonly trained: number;
  readonly scores: LinearScores;
  /** Of each class of the scores, its place among the labels. */
  readonly places: readonly number[];
  readonly gate: TaughtGate | undefined;
  /** Share that the taught images have in what is said of the version's own classes, 0 to 1. */
  readonly trust: number;
  /** Embeddings of the images taught since the last training, of unit length. */
  readonly taught: readonly Float32Array[];
  /** How near each of them lies to the nearest other of its class: cosines, ascending. */
  readonly similarities: Float32Array;
}

/** Fewer images say nothing of what is far from them. */
const leastSimilarities = 5;

/**
 * Probabilities of all labels, from those of the version's [trained] and the embedding. With m for what the taught images say, N for the
 * classes that the version lacks, q for the mass that m (or the gate) gives them, and t for `trust`:
 * p(c) = q m(c) / m(N) for c in N, p(c) = (1 - q) ((1 - t) head(c) + t m(c) / m(not N)) for the others. A mixture, as Khandelwal et al. 2020,
 * "Generalization through Memorization", mix a memory with a model.
 */
export function blendTaught(head: TaughtHead, probabilities: Float64Array, embedding: Float32Array): Float64Array {
  const { scores, places, trained, gate, trust, manifest } = head;
  const said = new Float64Array(manifest.labels.length);
  classProbabilities(scores, embedding).forEach((probability, i) => (said[places[i]!] = probability));
  if (trained === 0) return said;
  const massOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const [ofOwn, ofNew] = [massOf(said.subarray(0, trained)), massOf(said.subarray(trained))];
  const isNew = trained === manifest.labels.length ? 0 : massOfNew(gate, embedding, ofNew);
  const share = ofOwn > 0 ? trust : 0;
  return said.map((value, label) => {
    if (label >= trained) return ofNew > 0 ? (isNew * value) / ofNew : 0;
    return (1 - isNew) * ((1 - share) * probabilities[label]! + (share > 0 ? (share * value) / ofOwn : 0));
  });
}

const massOfNew = (gate: TaughtGate | undefined, embedding: Float32Array, ofNew: number): number =>
  gate === undefined ? ofNew : classProbabilities(gate.scores, projectUnit(embedding, gate.basis))[1]!;

/** As noveltyOf, of the taught images: the share of them that are nearer to another of their class than this one is to any. undefined: too few. */
export function taughtNovelty({ taught, similarities }: TaughtHead, embedding: Float32Array): number | undefined {
  if (similarities.length < leastSimilarities) return undefined;
  const query = unit(embedding);
  return (
    1 -
    shareBelow(
      similarities,
      taught.reduce((most, row) => Math.max(most, dot(row, query)), -1),
    )
  );
}
