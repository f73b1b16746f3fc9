// Probabilities → the output tensors of the Open Inference Protocol.
import { AppError } from '../errors.js';
import { labelSeparator } from '../labelText.js';
import type { Manifest } from '../models/manifest.js';
import { isMultiLabel, labelsAbove } from '../models/versionAnswer.js';
import type { ModelOutcome } from '../serving/classify.js';
import { mostProbable } from '../serving/probabilities.js';

export interface OutputTensor {
  readonly name: string;
  readonly datatype: 'FP32' | 'BYTES';
  readonly shape: readonly number[];
  /** In row-major order: numbers of FP32, texts of BYTES. */
  readonly data: ReadonlyArray<number | string>;
}

export interface RequestedOutput {
  readonly name: string;
  /** Classes to name, most probable first, in place of the probabilities; 0: none. */
  readonly classes: number;
}

export const outputNames = ['probabilities', 'label'] as const;

/**
 * The outputs asked for, in that order; all of them when `requested` is undefined or empty. The protocol has no place for the fault of one image: the
 * first one is thrown. Throws AppError invalid_request.
 */
export function outputsOf(
  { manifest, images }: ModelOutcome,
  requested: readonly RequestedOutput[] | undefined,
): OutputTensor[] {
  const rows = images.map((image) => {
    if (!image.ok) throw image.error;
    return image.probabilities;
  });
  const wanted = requested?.length ? requested : outputNames.map((name) => ({ name, classes: 0 }));
  return wanted.map((output) => outputOf(output, rows, manifest));
}

/** Throws AppError invalid_request for what outputsOf would refuse, so that it is found before the work is done. */
export function checkRequested(requested: readonly RequestedOutput[]): void {
  for (const { name, classes } of requested) {
    if (!outputNames.includes(name as (typeof outputNames)[number]))
      throw new AppError('invalid_request', `there is no output "${name.slice(0, 100)}"; there are ${known}`);
    if (classes > 0 && name !== 'probabilities')
      throw new AppError('invalid_request', `classification is there for the output probabilities, not for ${name}`);
  }
}

const known = outputNames.join(', ');

function outputOf({ name, classes }: RequestedOutput, rows: readonly Float64Array[], manifest: Manifest): OutputTensor {
  const { labels } = manifest;
  if (name === 'label')
    return { name, datatype: 'BYTES', shape: [rows.length], data: rows.map((row) => labelOf(row, manifest)) };
  if (classes === 0)
    return { name, datatype: 'FP32', shape: [rows.length, labels.length], data: rows.flatMap((row) => [...row]) };
  const shown = Math.min(classes, labels.length);
  const data = rows.flatMap((row) => classesOf(row, labels, shown));
  return { name, datatype: 'BYTES', shape: [rows.length, shown], data };
}

/** The most probable class; of a multi-label classifier all that reach their thresholds, with `|` between. */
const labelOf = (row: Float64Array, manifest: Manifest): string =>
  isMultiLabel(manifest) ? labelsAbove(manifest, row).join(labelSeparator) : mostProbable(row, manifest.labels);

/** Triton's form of a class, `probability:index:label`. Ties keep label order. */
const classesOf = (row: Float64Array, labels: readonly string[], count: number): string[] =>
  [...row.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([index, probability]) => `${probability.toFixed(6)}:${index}:${labels[index]!}`);

/** The binary form: little-endian numbers, or texts in UTF-8 after their lengths. */
export function toBinary({ datatype, data }: OutputTensor): Buffer {
  if (datatype === 'FP32') {
    const bytes = Buffer.alloc(data.length * 4);
    data.forEach((value, index) => bytes.writeFloatLE(value as number, index * 4));
    return bytes;
  }
  const parts = data.flatMap((value) => {
    const text = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return [length, text];
  });
  return Buffer.concat(parts);
}
