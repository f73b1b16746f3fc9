// What an import understood of a TensorFlow SavedModel. It runs whole: its inner values are out of reach, so its scores are the embedding.
import { cp, mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { mainFiles } from '../../models/backboneRecord.js';
import { recordExternal } from '../../models/externalBackbone.js';
import type { ExternalModel } from '../externalModel.js';
import { chooseNormalisation, preprocessingOf, type PixelOptions } from '../modelFacts.js';
import { invalidModel, parseModel } from '../../formats/invalidModel.js';
import { preprocessingSchema, type Preprocessing } from '../../image/preprocessing.js';
import { toHead } from '../tail.js';
import { readSavedModelEnds, type SavedModelEnds } from '../../formats/tensorflow/savedModelFile.js';

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function sizeFor(
  { height, width, input }: SavedModelEnds,
  { size }: PixelOptions,
  path: string,
): Pick<Preprocessing, 'height' | 'width'> {
  if (size !== undefined && [height, width].some((side) => side !== undefined && side !== size))
    throw invalidModel(
      `${path}: input ${input} is fixed to ${height ?? '?'} × ${width ?? '?'}; leave --size out, or save the model for ${size}`,
    );
  return { height: height ?? size ?? 224, width: width ?? size ?? 224 };
}

/**
 * Reads the signature of a SavedModel, given by its folder or its saved_model.pb, and copies it into a folder of `scratch`.
 * `givesProbabilities` is known from a first run: the embedding is then the logarithm of the output, else the output itself.
 * Throws AppError invalid_model.
 */
export async function understandSavedModel(
  given: string,
  scratch: string,
  options: PixelOptions,
  givesProbabilities: boolean,
): Promise<ExternalModel> {
  const from = basename(given) === mainFiles['saved-model'] ? dirname(given) : given;
  const ends = await readSavedModelEnds(from);
  const { input, output, classes } = ends;
  if (classes === 1)
    throw invalidModel(
      `${from}: output ${output} is one value, whose meaning nothing says; save the model as .keras or ONNX instead`,
    );
  const { normalisation, pixels } = chooseNormalisation(undefined, options, from);
  const preprocessing = parseModel(
    preprocessingSchema,
    preprocessingOf(pixels, sizeFor(ends, options, from), options),
    `${from}: its image`,
  );
  const { model, activation } = toHead([], classes, from, givesProbabilities ? undefined : options.activation);
  const head = { head: model, activation };
  const facts = { architecture: basename(from), preprocessing };
  const directory = join(scratch, givesProbabilities ? 'probabilities' : 'scores');
  await mkdir(directory, { recursive: true });
  const names = await filesIn(from);
  for (const name of names) await cp(join(from, name), join(directory, name), { recursive: true });
  const { id } = await recordExternal(
    directory,
    { kind: 'saved-model', ...facts, embeddingSize: classes, ends: { input, output, logarithm: givesProbabilities } },
    names,
  );
  return {
    ...facts,
    normalisation,
    kind: 'saved-model',
    directory,
    backboneId: id,
    ...head,
    cutAt: output,
    whole: undefined,
    givesProbabilities,
    isBinary: false,
    isFloat32: true,
    embeddingSize: classes,
    classes,
  };
}
