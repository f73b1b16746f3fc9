// backbone.json: which backbone a folder under .backbones/ holds, in which form, and with which files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncDirectory, writeNewFile } from '../durableFiles.js';
import { modelFileName } from '../formats/tensorflow/layersFiles.js';
import { savedModelFileName } from '../formats/tensorflow/savedModelFile.js';
import { parseModel, parseModelJson } from '../formats/invalidModel.js';
import { manifestSchema } from './manifest.js';

export const backboneRecordName = 'backbone.json';

const kindSchema = z.enum(['layers', 'onnx', 'graph', 'saved-model']);

/** In which form a backbone is kept: layers that every engine compiles, or another framework's graph, unchanged. */
export type BackboneKind = z.infer<typeof kindSchema>;

/** The file of each kind that must be there. */
export const mainFiles: Readonly<Record<BackboneKind, string>> = {
  layers: modelFileName,
  onnx: 'model.onnx',
  graph: modelFileName,
  'saved-model': savedModelFileName,
};

/** Which value of a graph the image is, and which the embedding. */
const endsSchema = z.object({
  input: z.string().min(1),
  output: z.string().min(1),
  /** The output is probabilities, and their logarithms are the embedding: a softmax of it then gives them again. */
  logarithm: z.boolean().default(false),
});
export type GraphEnds = z.infer<typeof endsSchema>;

const recordSchema = z.object({
  format: z.literal('taxon-backbone/1'),
  kind: kindSchema.default('layers'),
  ...manifestSchema.shape.backbone.shape,
  preprocessing: manifestSchema.shape.preprocessing,
  /** Of the kinds graph and saved-model. */
  ends: endsSchema.optional(),
  /** Of the kind onnx: it was made for one image, and gives wrong answers or none for two. */
  oneAtATime: z.boolean().optional(),
  files: manifestSchema.shape.files,
});
export type BackboneRecord = z.infer<typeof recordSchema>;

/** The record in `directory`; undefined when there is none, as in a full version's. Throws AppError invalid_model. */
export async function readBackboneRecord(directory: string): Promise<BackboneRecord | undefined> {
  const path = join(directory, backboneRecordName);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseModel(recordSchema, parseModelJson(text, path), path);
}

/** Ends the writing of a folder: the record, flushed to the disk with the folder. */
export async function writeBackboneRecord(directory: string, record: BackboneRecord): Promise<void> {
  await writeNewFile(join(directory, backboneRecordName), `${JSON.stringify(record, null, 2)}\n`);
  await syncDirectory(directory);
}
