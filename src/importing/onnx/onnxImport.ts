// What an import understood of an .onnx file: its cut, its pixels, and what its metadata says.
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { findArchitecture, layerNamesIn, type NormalisationName } from '../architectures.js';
import { mainFiles, type BackboneRecord } from '../../models/backboneRecord.js';
import { writeNewFile } from '../../durableFiles.js';
import { recordExternal } from '../../models/externalBackbone.js';
import type { ExternalModel } from '../externalModel.js';
import { preprocessingOf, type ModelFacts, type PixelOptions } from '../modelFacts.js';
import { invalidModel, parseModel, parseModelJson } from '../../formats/invalidModel.js';
import { manifestSchema } from '../../models/manifest.js';
import { preprocessingSchema, type Preprocessing } from '../../image/preprocessing.js';
import { readConstants, readNodes } from '../../formats/onnx/nodes.js';
import { readOnnxFile } from '../../formats/onnx/onnxFile.js';
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
}

/** Only our own exports have both keys; one alone is another exporter's, and is ignored. Throws AppError invalid_model. */
function readMetadata({ metadata_props: entries }: ModelProto, path: string): Metadata {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
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
  };
}

const arithmetic: ReadonlySet<string> = new Set(['Mul', 'Div', 'Sub', 'Add']);
const moving: ReadonlySet<string> = new Set(['Transpose', 'Cast', 'Identity']);

/** Whether the graph begins by scaling its input by constants, before anything is computed from it. */
function normalisesItself(graph: GraphProto, input: string): boolean {
  const constants = readConstants(graph);
  const nodes = readNodes(graph);
  for (let value = input; ;) {
    const next = nodes.filter(({ inputs }) => inputs.includes(value));
    const [only] = next;
    if (next.length !== 1 || !only) return false;
    if (arithmetic.has(only.proto.op_type)) return only.inputs.some((name) => constants.has(name));
    if (!moving.has(only.proto.op_type)) return false;
    value = only.outputs[0]!;
  }
}

/**
 * The convention when the user names none: that of the network where its layers' names identify it, else that of the
 * framework.
 */
function suggestNormalisation(
  { graph, producer_name: producer }: ModelProto,
  { name }: ImageInput,
  known: NormalisationName | undefined,
): NormalisationName {
  if (normalisesItself(graph, name)) return 'raw';
  return known ?? (producer === 'pytorch' ? 'torch' : 'inception');
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
  metadata: Metadata,
  options: PixelOptions,
  path: string,
): Pixels {
  const known = findArchitecture(
    layerNamesIn([...model.graph.node, ...model.graph.initializer].map(({ name }) => name)),
  );
  const own = input.type === 'uint8' ? metadata.preprocessing : undefined;
  const size = sizeFor(input, own?.height ?? known?.size ?? 224, options, path);
  const suggested = input.type === 'uint8' ? 'raw' : suggestNormalisation(model, input, known?.normalisation);
  if (input.type === 'uint8' && options.normalisation !== undefined)
    throw invalidModel(
      `${path}: input ${input.name} takes bytes, so the model prepares its pixels itself; leave --preprocess out`,
    );
  const normalisation = options.normalisation ?? suggested;
  const preprocessing = own
    ? { ...own, ...size, resize: options.resize ?? own.resize, kernel: options.kernel ?? own.kernel }
    : preprocessingOf(normalisation, size, options);
  return {
    architecture: metadata.architecture ?? known?.name ?? basename(path, extname(path)),
    normalisation: input.type === 'uint8' ? 'own' : normalisation,
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
  const model = await readOnnxFile(path);
  const metadata = readMetadata(model, path);
  const { input, backbone, whole, head, embeddingSize, cutAt, givesProbabilities } = cutOnnx(model, path);
  const facts = pixelsFor(model, input, metadata, options, path);
  const kept = await writeGraph(join(scratch, 'backbone'), backbone, { ...facts, embeddingSize });
  return {
    ...facts,
    kind: 'onnx',
    directory: kept.directory,
    backboneId: kept.id,
    head: head.model,
    cutAt,
    whole: await writeGraph(join(scratch, 'whole'), whole, { ...facts, embeddingSize: head.classes }),
    givesProbabilities,
    isFloat32: isFloat32(model.graph),
    embeddingSize,
    classes: head.classes,
    layers: model.graph.node.length,
    parameters: model.graph.initializer.reduce((sum, tensor) => sum + sizeOf(dimsOf(tensor)), 0),
    labels: metadata.labels,
    license: metadata.license,
  };
}
