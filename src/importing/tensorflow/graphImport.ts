// What an import understood of a tfjs graph model. The files stay as they are; the engine runs them up to the cut.
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { findArchitecture, layerNamesIn, normalisationOf, type NormalisationName } from '../architectures.js';
import { rangeOfSteps, type ScalingStep } from '../pixelRange.js';
import type { BackboneRecord, GraphEnds } from '../../models/backboneRecord.js';
import { findStretches, joinPairs } from '../../formats/graphFlow.js';
import { recordExternal } from '../../models/externalBackbone.js';
import type { ExternalModel } from '../externalModel.js';
import { chooseNormalisation, preprocessingOf, type PixelOptions } from '../modelFacts.js';
import { invalidModel, parseModel } from '../../formats/invalidModel.js';
import { modelFileName } from '../../formats/tensorflow/layersFiles.js';
import { preprocessingSchema } from '../../image/preprocessing.js';
import { sizeOf } from '../../formats/layersModel.js';
import { embeddingSizeOf, endsInProbabilities, findCut, toHead } from '../tail.js';
import {
  nodeNameOf,
  readGraphConstants,
  readGraphFile,
  type GraphConstant,
  type GraphFile,
  type GraphNode,
} from '../../formats/tensorflow/graphFile.js';
import { graphTail, isBiased } from './graphTail.js';

const operation = ({ json }: GraphNode): string => json.op;

/** The only image that the graph takes and the only value that it gives. Throws AppError invalid_model, beginning with `path`. */
function findEnds(
  { nodes, signature }: GraphFile,
  path: string,
): { readonly placeholder: GraphNode; readonly output: string } {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const placeholders = nodes.filter((node) => operation(node) === 'Placeholder');
  const named = Object.values(signature?.outputs ?? {}).map(({ name }) => nodeNameOf(name));
  const outputs =
    named.length > 0
      ? named
      : nodes.filter((node) => node.inputs.length > 0 && !used.has(node.json.name)).map(({ json }) => json.name);
  if (placeholders.length !== 1)
    throw invalidModel(
      `${path} has ${placeholders.length} inputs (${placeholders.map(({ json }) => json.name).join(', ')}); expected one, the image`,
    );
  if (outputs.length !== 1)
    throw invalidModel(
      `${path} has ${outputs.length} outputs (${outputs.join(', ')}); expected one, the class scores: convert the model without the others`,
    );
  return { placeholder: placeholders[0]!, output: outputs[0]! };
}

/** Height and width where the graph fixes them, else undefined. Throws AppError invalid_model when the input is no float32 image. */
function imageSides({ json: { name, attr } }: GraphNode, path: string): (number | undefined)[] {
  const type = attr['dtype']?.type ?? 'none';
  const sides = (attr['shape']?.shape?.dim ?? []).map(({ size }) => size);
  if ((type === 'DT_FLOAT' || type === 1) && sides.length === 4 && sides[3] === 3)
    return sides.slice(1, 3).map((side) => (side > 0 ? side : undefined));
  throw invalidModel(
    `${path}: input ${name} has shape [${sides.join(', ')}] of ${type}; expected [N, height, width, 3] of DT_FLOAT`,
  );
}

/** A constant of more values is no scaling of pixels by channel. */
const maxChannels = 4;

/** What the graph is made for where it begins by scaling its input by constants. */
function rangeOfGraph(
  nodes: readonly GraphNode[],
  input: string,
  constants: ReadonlyMap<string, GraphConstant>,
): NormalisationName | undefined {
  const steps: ScalingStep[] = [];
  for (let value = input; ;) {
    const [only, ...others] = nodes.filter(({ inputs }) => inputs.includes(value));
    if (!only || others.length > 0) return rangeOfSteps(steps);
    if (operation(only) !== 'Identity') {
      const position = only.inputs.findIndex((name) => constants.has(name));
      const { data } = constants.get(only.inputs[position] ?? '') ?? { data: [] };
      // A constant that the input is divided or subtracted from is another function.
      const isReversed = position === 0 && /Sub|Div/.test(operation(only));
      if (data.length === 0 || data.length > maxChannels || isReversed) return rangeOfSteps(steps);
      steps.push({ operation: operation(only), operand: [...data] });
    }
    value = only.json.name;
  }
}

function pixelsFor(
  file: GraphFile,
  placeholder: GraphNode,
  constants: ReadonlyMap<string, GraphConstant>,
  classes: number,
  options: PixelOptions,
  path: string,
): Pick<ExternalModel, 'architecture' | 'normalisation' | 'preprocessing'> {
  const known = findArchitecture(layerNamesIn(file.nodes.map(({ json }) => json.name)));
  const [height, width] = imageSides(placeholder, path);
  const { size = known?.size ?? 224 } = options;
  if (options.size !== undefined && [height, width].some((side) => side !== undefined && side !== options.size))
    throw invalidModel(
      `${path}: input ${placeholder.json.name} is fixed to ${height ?? '?'} × ${width ?? '?'}; leave --size out, or convert the model for ${size}`,
    );
  const { normalisation, pixels } = chooseNormalisation(
    rangeOfGraph(file.nodes, placeholder.json.name, constants) ?? normalisationOf(known, classes),
    options,
    path,
    known,
  );
  const preprocessing = parseModel(
    preprocessingSchema,
    preprocessingOf(pixels, { height: height ?? size, width: width ?? size }, options),
    `${path}: its image`,
  );
  return { architecture: known?.name ?? basename(dirname(path)), normalisation, preprocessing };
}

async function copyGraph(
  { directory: from, groups }: GraphFile,
  to: string,
  facts: Pick<BackboneRecord, 'architecture' | 'embeddingSize' | 'preprocessing'>,
  ends: GraphEnds,
): Promise<{ readonly id: string; readonly directory: string }> {
  const names = [modelFileName, ...groups.flatMap(({ paths }) => paths)];
  await mkdir(to, { recursive: true });
  for (const name of names) await copyFile(join(from, name), join(to, name));
  const { id } = await recordExternal(to, { kind: 'graph', ...facts, ends }, names);
  return { id, directory: to };
}

/** Throws AppError invalid_model when there is no dense layer to take it from. */
function sizeOfEmbedding(steps: Parameters<typeof embeddingSizeOf>[0], path: string): number {
  const size = embeddingSizeOf(steps);
  if (size !== undefined) return size;
  throw invalidModel(
    `${path} ends in no dense layer (MatMul) whose weights are constants; Taxon cannot tell how many classes it has: convert it again with tensorflowjs_converter, which freezes them`,
  );
}

/**
 * Reads and cuts a graph model, given by its folder or its model.json, and copies it into folders of `scratch`.
 * Throws AppError invalid_model naming the file and what in it is not as expected.
 */
export async function understandGraph(
  given: string,
  scratch: string,
  options: PixelOptions = {},
): Promise<ExternalModel> {
  const directory = basename(given) === modelFileName ? dirname(given) : given;
  const path = resolve(directory, modelFileName);
  const file = await readGraphFile(directory);
  const { placeholder, output } = findEnds(file, path);
  const input = placeholder.json.name;
  const stretches = joinPairs(findStretches(file.nodes, input, output), isBiased);
  if (stretches.length === 0)
    throw invalidModel(`${path}: output ${output} does not depend on input ${input}; the file is damaged`);
  const constants = await readGraphConstants(file);
  const cut = findCut(stretches, graphTail(constants));
  if (!cut)
    throw invalidModel(
      `${path} has no global pooling (Mean over height and width) that every path goes through, and ends in no dense layer (MatMul) either; Taxon cuts models there`,
    );
  const embeddingSize = sizeOfEmbedding(cut.steps, path);
  const { model: head, classes, isBinary, activation } = toHead(cut.steps, embeddingSize, path, options.activation);
  const facts = pixelsFor(file, placeholder, constants, classes, options, path);
  const kept = await copyGraph(
    file,
    join(scratch, 'backbone'),
    { ...facts, embeddingSize },
    { input, output: cut.value, logarithm: false },
  );
  return {
    ...facts,
    kind: 'graph',
    directory: kept.directory,
    backboneId: kept.id,
    head,
    cutAt: cut.value,
    whole: await copyGraph(
      file,
      join(scratch, 'whole'),
      { ...facts, embeddingSize: isBinary ? 1 : classes },
      { input, output, logarithm: false },
    ),
    givesProbabilities: endsInProbabilities(cut.steps),
    isBinary,
    isFloat32: true,
    embeddingSize,
    classes,
    activation,
    layers: file.nodes.length,
    parameters: file.groups.flatMap(({ weights }) => weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  };
}
