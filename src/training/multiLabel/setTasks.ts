// What the trainer worker is asked of multi-label heads, beside their fit: plain data both ways.
import type { KnownImage } from '../evaluation/evaluation.js';
import type { NamedHead } from '../worker/trainerTask.js';
import { runHead } from '../worker/runHead.js';
import { compareSets, evaluateSets, type LabelSetComparison, type LabelSetEvaluation } from './labelSetEvaluation.js';

/** Embedded images of known labels: `features` is [count, size], `truth` [count, classes], 1 where an image has the label. */
export interface LabelledSets {
  readonly features: Float32Array;
  readonly truth: Uint8Array;
  readonly images: readonly KnownImage[];
}

export interface SetEvaluationTask {
  readonly kind: 'evaluateSets';
  readonly head: NamedHead;
  readonly thresholds: readonly number[];
  readonly heldOut: LabelledSets;
  readonly seed: number;
}

/** Both heads on the same images; each has its own features, for their backbones may differ. */
export interface SetComparisonTask {
  readonly kind: 'compareSets';
  readonly candidate: NamedHead;
  readonly candidateSet: LabelledSets;
  readonly active: NamedHead;
  readonly activeFeatures: Float32Array;
  readonly seed: number;
}

/** Runs inside the trainer worker. */
export async function evaluateSetHead({
  head,
  thresholds,
  heldOut,
  seed,
}: SetEvaluationTask): Promise<LabelSetEvaluation> {
  const { features, truth, images } = heldOut;
  const logits = await runHead(head.model, features, images.length);
  return evaluateSets({ logits, truth, labels: head.labels, images }, thresholds, seed);
}

/** Runs inside the trainer worker. The classes are the candidate's; one that the active head lacks is equally unlikely for all images. */
export async function compareSetHeads({
  candidate,
  candidateSet: { features, truth, images },
  active,
  activeFeatures,
  seed,
}: SetComparisonTask): Promise<LabelSetComparison> {
  const classes = candidate.labels.length;
  const ours = await runHead(candidate.model, features, images.length);
  const logits = await runHead(active.model, activeFeatures, images.length);
  const places = candidate.labels.map((label) => active.labels.indexOf(label));
  const theirs = Float32Array.from(ours, (_, i) => {
    const place = places[i % classes]!;
    return place < 0 ? -Infinity : logits[Math.floor(i / classes) * active.labels.length + place]!;
  });
  return compareSets({ scores: ours, truth, classes }, { scores: theirs, truth, classes }, seed);
}
