// What a version makes of its logits: one class of several that exclude one another, or any number of classes, each by itself.
import { sigmoid } from '../sigmoid.js';
import { softmax } from '../softmax.js';
import type { Manifest } from './manifest.js';

/** What decides it. */
export type AnswerFacts = Pick<Manifest, 'labels' | 'temperature' | 'activation' | 'thresholds'>;

/** Where a multi-label version says of a class whether an image has it, unless its manifest says otherwise. */
export const defaultThreshold = 0.5;

export const isMultiLabel = ({ activation }: Pick<Manifest, 'activation'>): boolean => activation === 'sigmoid';

/** Calibrated probabilities by label index. They sum to 1 unless the version is multi-label: then each is a class's own. */
export const probabilitiesOf = (
  version: Pick<AnswerFacts, 'temperature' | 'activation'>,
  logits: Float32Array,
): Float64Array =>
  isMultiLabel(version)
    ? Float64Array.from(logits, (logit) => sigmoid(logit / version.temperature))
    : softmax(logits, version.temperature);

/** The labels of a multi-label version's classes that reach their thresholds, in label order. */
export const labelsAbove = (
  { labels, thresholds }: Pick<AnswerFacts, 'labels' | 'thresholds'>,
  probabilities: Float64Array,
): string[] => labels.filter((_, i) => probabilities[i]! >= (thresholds?.[i] ?? defaultThreshold));
