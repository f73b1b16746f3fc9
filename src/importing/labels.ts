// Class labels from a file or a folder, in the order of the model's outputs.
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';

const labelSchema = z.union([z.string(), z.tuple([z.string(), z.string()]).transform(([, label]) => label)]);
const byNumberSchema = z.record(z.string().regex(/^\d+$/), labelSchema).transform((byNumber) =>
  Object.keys(byNumber)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => byNumber[key]!),
);
const toNumberSchema = z
  .record(z.string(), z.int().nonnegative())
  .refine((numbers) => {
    const sorted = Object.values(numbers).sort((a, b) => a - b);
    return sorted.every((number, i) => number === i);
  }, 'the labels must have the numbers from 0 on, each once')
  .transform((numbers) => Object.keys(numbers).sort((a, b) => numbers[a]! - numbers[b]!));

/**
 * A list; an object from output number to label (Keras' class index pairs each label with a WordNet id) or from label to output number
 * (Keras' class_indices); or such a one inside Hugging Face's config.json, Teachable Machine's metadata.json or Lobe's signature.json.
 */
const jsonSchema = z.union([
  z.array(labelSchema),
  z.object({ id2label: byNumberSchema }).transform(({ id2label }) => id2label),
  z.object({ labels: z.array(z.string()) }).transform(({ labels }) => labels),
  z.object({ classes: z.object({ Label: z.array(z.string()) }) }).transform(({ classes }) => classes.Label),
  byNumberSchema,
  toNumberSchema,
]);

const isRepeated = (label: string, labels: readonly string[]): boolean =>
  labels.indexOf(label) !== labels.lastIndexOf(label);

/** ImageNet has two cranes and two maillots: equal labels get their number, so that each names one class. */
const distinguish = (labels: readonly string[]): string[] =>
  labels.map((label, i) => (isRepeated(label, labels) ? `${label} (${i})` : label));

/** Teachable Machine writes "0 Orange": numbers from 0 on before every label are not part of it. */
function withoutNumbers(lines: readonly string[]): string[] {
  const parts = lines.map((line) => /^(\d+)[:\s]\s*(\S.*)$/.exec(line));
  return parts.every((part, i) => part !== null && Number(part[1]) === i) ? parts.map((part) => part![2]!) : [...lines];
}

/** The names under which labels lie beside a model, the most certain first. */
const namesBeside = ['labels.txt', 'classes.txt', 'metadata.json', 'signature.json', 'config.json'];

/** Labels from a file that lies beside the model at `path`, or in it where that is a folder; undefined where there is none with as many labels as `classes`. */
export async function findLabelsBeside(
  path: string,
  classes: number,
): Promise<{ readonly file: string; readonly labels: string[] } | undefined> {
  const isFolder = (await stat(path)).isDirectory();
  for (const name of namesBeside) {
    const file = join(isFolder ? path : dirname(path), name);
    const labels = await readLabels(file).catch(() => undefined);
    if (labels?.length === classes) return { file, labels };
  }
  return undefined;
}

/**
 * Labels from a text file (one a line, also with their numbers before them), a JSON file (see jsonSchema), or a folder of class folders
 * (sorted by name, as Keras and this project number them). Throws AppError invalid_model.
 */
export async function readLabels(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read: expected a file of labels or a folder of class folders`, cause);
  });
  if (found.isDirectory()) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  }
  const text = await readFile(path, 'utf8');
  const isJson = /^\s*[[{]/.test(text);
  return distinguish(
    isJson
      ? parseModel(jsonSchema, parseModelJson(text, path), path)
      : withoutNumbers(
          text
            .split(/\r?\n/)
            .map((line) => line.trim())
            .filter(Boolean),
        ),
  );
}
