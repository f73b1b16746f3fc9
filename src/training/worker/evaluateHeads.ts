// Evaluates and compares heads on embedded images. Runs inside the trainer worker.
import { compareVersions, type Comparison } from '../evaluation/comparison.js';
import { evaluate, type Evaluation } from '../evaluation/evaluation.js';
import { runHead } from './runHead.js';
import { predictionsOf } from '../evaluation/scores.js';
import type { CompareTask, EvaluateTask, LabelledFeatures, NamedHead } from './trainerTask.js';

const indicesOf = (truth: readonly string[], labels: readonly string[]): Uint32Array =>
  Uint32Array.from(truth, (label) => labels.indexOf(label));

const logitsOf = ({ model }: NamedHead, { features, truth }: LabelledFeatures): Promise<Float32Array> =>
  runHead(model, features, truth.length);

export async function evaluateHead({ head, temperature, heldOut, seed }: EvaluateTask): Promise<Evaluation> {
  const { labels } = head;
  const logits = await logitsOf(head, heldOut);
  const truth = indicesOf(heldOut.truth, labels);
  return evaluate({ logits, truth, labels, images: heldOut.images }, temperature, seed);
}

async function namesOf(head: NamedHead, set: LabelledFeatures): Promise<string[]> {
  const predicted = predictionsOf(await logitsOf(head, set), head.labels.length);
  return Array.from(predicted, (index) => head.labels[index]!);
}

export async function compareHeads({
  candidate,
  candidateSet,
  active,
  activeFeatures,
}: CompareTask): Promise<Comparison> {
  const ours = await namesOf(candidate, candidateSet);
  const theirs = await namesOf(active, { ...candidateSet, features: activeFeatures });
  return compareVersions(candidateSet.truth, ours, theirs);
}
