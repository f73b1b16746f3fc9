// What an import understood of an .onnx file: its cut, its pixels, and what its metadata says.
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { findArchitecture, layerNamesIn, normalisationOf, type NormalisationName } from '../architectures.js';
import { rangeOfSteps, type ScalingStep } from '../pixelRange.js';
import { mainFiles, type BackboneRecord } from '../../models/backboneRecord.js';
import { writeNewFile } from '../../durableFiles.js';
import { recordExternal } from '../../models/externalBackbone.js';
import type { ExternalModel } from '../externalModel.js';
import { chooseNormalisation, preprocessingOf, type ModelFacts, type PixelOptions } from '../modelFacts.js';
import { invalidModel, parseModel, parseModelJson } from '../../formats/invalidModel.js';
import { manifestSchema } from '../../models/manifest.js';
import { preprocessingSchema, type Preprocessing } from '../../image/preprocessing.js';
import { floatsOf, readConstants, readNodes } from '../../formats/onnx/nodes.js';
import { readOnnxFile } from '../../formats/onnx/onnxFile.js';
import { statedBeside, statedInMetadata, type Stated } from '../statedPixels.js';
import { checkGreyPixels } from '../greyInput.js';
import { cutOnnx } from './onnxCut.js';
import type { ImageInput } from '../../formats/onnx/imageInput.js';
import { elementTypes, encodeModel, type GraphProto, type ModelProto } from '../../formats/onnx/protobuf.js';
import { dimsOf } from '../../formats/onnx/tensors.js';
import { sizeOf } from '../../formats/layersModel.js';

/** What our own exports state in their metadata. */
interface Metadata {
  readonly labels?: readonly string[];
  readonly preprocessing?: Preprocessing;
  readonly license?: string | undefined;
  readonly architecture?: string | undefined;
  readonly thresholds?: readonly number[] | undefined;
}

const entriesOf = ({ metadata_props: entries }: ModelProto): ReadonlyMap<string, string> =>
  new Map(entries.map(({ key, value }) => [key, value]));

/** Only our own exports have both keys; one alone is another exporter's, and is ignored. Throws AppError invalid_model. */
function readMetadata(model: ModelProto, path: string): Metadata {
  const values = entriesOf(model);
  const [labels, preprocessing] = [values.get('labels'), values.get('preprocessing')];
  if (labels === undefined || preprocessing === undefined) return {};
  return {
    labels: parseModel(
      manifestSchema.shape.labels,
      parseModelJson(labels, `${path}: its labels`),
      `${path}: its labels`,
    ),
    preprocessing: parseModel(
      preprocessingSchema,
      parseModelJson(preprocessing, `${path}: its preprocessing`),
      `${path}: its preprocessing`,
    ),
    license: values.get('license'),
    architecture: values.get('architecture'),
    thresholds: readThresholds(values.get('thresholds'), path),
  };
}

/** Of a multi-label version. Throws AppError invalid_model. */
const readThresholds = (text: string | undefined, path: string): readonly number[] | undefined =>
  text === undefined
    ? undefined
    : parseModel(
        manifestSchema.shape.thresholds,
        parseModelJson(text, `${path}: its thresholds`),
        `${path}: its thresholds`,
      );

const moving: ReadonlySet<string> = new Set(['Transpose', 'Cast', 'Identity']);
/** Whose operands may be in either order. */
const sums: ReadonlySet<string> = new Set(['Mul', 'Add']);
/** A constant of more values is no scaling of pixels by channel. */
const maxChannels = 4;

/** What the graph is made for where it begins by scaling its input by constants, before anything is computed from it. */
function rangeOfGraph(graph: GraphProto, input: string): NormalisationName | undefined {
  const constants = readConstants(graph);
  const nodes = readNodes(graph);
  const steps: ScalingStep[] = [];
  for (let value = input; ;) {
    const [only, ...others] = nodes.filter(({ inputs }) => inputs.includes(value));
    if (!only || others.length > 0) return rangeOfSteps(steps);
    const { proto } = only;
    if (!moving.has(proto.op_type)) {
      // A constant that the input is divided or subtracted from is another function.
      const operand =
        floatsOf(proto, 1, constants) ?? (sums.has(proto.op_type) ? floatsOf(proto, 0, constants) : undefined);
      if (!operand || operand.data.length > maxChannels) return rangeOfSteps(steps);
      steps.push({ operation: proto.op_type, operand: [...operand.data] });
    }
    value = only.outputs[0]!;
  }
}

function sizeFor(
  { height, width, name }: ImageInput,
  otherwise: number,
  { size }: PixelOptions,
  path: string,
): Pick<Preprocessing, 'height' | 'width'> {
  const fixed = [height, width].find((side) => side !== undefined && size !== undefined && side !== size);
  if (fixed !== undefined)
    throw invalidModel(
      `${path}: input ${name} is fixed to ${height ?? '?'} × ${width ?? '?'}; leave --size out, or export the model for ${size ?? '?'}`,
    );
  return { height: height ?? size ?? otherwise, width: width ?? size ?? otherwise };
}

type Pixels = Pick<ModelFacts, 'architecture' | 'normalisation' | 'preprocessing'>;

function pixelsFor(
  model: ModelProto,
  input: ImageInput,
  grey: string | undefined,
  classes: number,
  metadata: Metadata,
  stated: Stated,
  options: PixelOptions,
  path: string,
): Pixels {
  const known = findArchitecture(
    layerNamesIn([...model.graph.node, ...model.graph.initializer].map(({ name }) => name)),
  );
  if (input.type === 'uint8') return ownPixels(known, input, metadata, options, path);
  const size = sizeFor(input, stated.size ?? known?.size ?? 224, options, path);
  const { normalisation, pixels } = chooseNormalisation(
    stated.normalisation ?? rangeOfGraph(model.graph, grey ?? input.name) ?? normalisationOf(known, classes),
    options,
    path,
    known,
  );
  return {
    architecture: metadata.architecture ?? known?.name ?? basename(path, extname(path)),
    normalisation,
    preprocessing: parseModel(
      preprocessingSchema,
      preprocessingOf(pixels, size, options, stated.resize),
      `${path}: its image`,
    ),
  };
}

/** Of a file that takes bytes. */
function ownPixels(
  known: ReturnType<typeof findArchitecture>,
  input: ImageInput,
  { preprocessing: own, architecture }: Metadata,
  options: PixelOptions,
  path: string,
): Pixels {
  if (options.normalisation !== undefined || options.mean || options.std)
    throw invalidModel(
      `${path}: input ${input.name} takes bytes, so the model prepares its pixels itself; leave --preprocess out`,
    );
  const size = sizeFor(input, own?.height ?? known?.size ?? 224, options, path);
  const preprocessing = own
    ? { ...own, ...size, resize: options.resize ?? own.resize, kernel: options.kernel ?? own.kernel }
    : preprocessingOf(chooseNormalisation('raw', options, path).pixels, size, options);
  return {
    architecture: architecture ?? known?.name ?? basename(path, extname(path)),
    normalisation: 'own',
    preprocessing: parseModel(preprocessingSchema, preprocessing, `${path}: its image`),
  };
}

const quantizing: ReadonlySet<string> = new Set([
  'QuantizeLinear',
  'DynamicQuantizeLinear',
  'QLinearConv',
  'ConvInteger',
  'MatMulInteger',
]);

/** Whether nothing is kept in 16 bits or computed in 8. */
const isFloat32 = ({ node, initializer }: GraphProto): boolean =>
  initializer.every(({ data_type: type }) => type !== elementTypes.float16) &&
  node.every(({ op_type: operator }) => !quantizing.has(operator));

async function writeGraph(
  directory: string,
  graph: ModelProto,
  facts: Pick<BackboneRecord, 'architecture' | 'embeddingSize' | 'preprocessing'>,
): Promise<{ readonly id: string; readonly directory: string }> {
  await mkdir(directory, { recursive: true });
  await writeNewFile(join(directory, mainFiles.onnx), encodeModel(graph));
  const { id } = await recordExternal(directory, { kind: 'onnx', ...facts }, [mainFiles.onnx]);
  return { id, directory };
}

/**
 * Reads, cuts and writes the parts of an .onnx file into folders of `scratch`. Throws AppError invalid_model naming the file and
 * what in it is not as expected. Whether ONNX Runtime can run the parts is for verifyExternal to find out (../verification.ts).
 */
export async function understandOnnx(
  path: string,
  scratch: string,
  options: PixelOptions = {},
): Promise<ExternalModel> {
  return understandModel(await readOnnxFile(path), path, scratch, options);
}

/** As understandOnnx, of a model in memory that was made of what is at `path`. */
export async function understandModel(
  model: ModelProto,
  path: string,
  scratch: string,
  options: PixelOptions,
): Promise<ExternalModel> {
  const metadata = readMetadata(model, path);
  const { input, grey, labels, backbone, whole, head, embeddingSize, cutAt, givesProbabilities } = cutOnnx(
    model,
    path,
    options,
  );
  const stated = { ...statedInMetadata(entriesOf(model)), ...(await statedBeside(path)) };
  const facts = pixelsFor(model, input, grey, head.classes, metadata, stated, options, path);
  if (grey !== undefined) checkGreyPixels(facts.preprocessing, path);
  const kept = await writeGraph(join(scratch, 'backbone'), backbone, { ...facts, embeddingSize });
  return {
    ...facts,
    kind: 'onnx',
    directory: kept.directory,
    backboneId: kept.id,
    head: head.model,
    cutAt,
    whole: await writeGraph(join(scratch, 'whole'), whole, {
      ...facts,
      embeddingSize: head.isBinary ? 1 : head.classes,
    }),
    givesProbabilities,
    isBinary: head.isBinary,
    isFloat32: isFloat32(model.graph),
    embeddingSize,
    classes: head.classes,
    activation: head.activation,
    thresholds: metadata.thresholds,
    layers: model.graph.node.length,
    parameters: model.graph.initializer.reduce((sum, tensor) => sum + sizeOf(dimsOf(tensor)), 0),
    labels: metadata.labels ?? stated.labels ?? labels,
    license: metadata.license,
  };
}
