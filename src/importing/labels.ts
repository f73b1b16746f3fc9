// Class labels from a file or a folder, in the order of the model's outputs.
import { readdir, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';

const labelSchema = z.union([z.string(), z.tuple([z.string(), z.string()]).transform(([, label]) => label)]);
/** A list, or an object from output number to label; Keras' class index pairs each label with a WordNet id. */
const jsonSchema = z.union([
  z.array(labelSchema),
  z.record(z.string().regex(/^\d+$/), labelSchema).transform((byNumber) =>
    Object.keys(byNumber)
      .sort((a, b) => Number(a) - Number(b))
      .map((key) => byNumber[key]!),
  ),
]);

const isRepeated = (label: string, labels: readonly string[]): boolean =>
  labels.indexOf(label) !== labels.lastIndexOf(label);

/** ImageNet has two cranes and two maillots: equal labels get their number, so that each names one class. */
const distinguish = (labels: readonly string[]): string[] =>
  labels.map((label, i) => (isRepeated(label, labels) ? `${label} (${i})` : label));

/**
 * Labels from a text file (one a line), a JSON file (list, or object by output number), or a folder of class folders
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
      : text
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter(Boolean),
  );
}
