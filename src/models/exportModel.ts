// A version as other programs take it: ONNX, tfjs layers model, Keras HDF5, Keras 3 archive, TFLite, Core ML, or a bundle for another Taxon.
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findActivationRanges } from './backboneRanges.js';
import { exportBundle } from './bundle.js';
import { mainFiles, type BackboneRecord } from './backboneRecord.js';
import { resolveBackbone } from './backbones.js';
import { replaceFile } from '../durableFiles.js';
import { readExternal } from './externalBackbone.js';
import { writeCoreMl } from '../formats/coreml/classifier.js';
import type { WeightPrecision } from '../formats/coreml/network.js';
import { invalidModel } from '../formats/invalidModel.js';
import { writeKerasArchive } from '../formats/keras/writeArchive.js';
import { writeKerasHdf5 } from '../formats/keras/writeHdf5.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel, Weight } from '../formats/layersModel.js';
import { compileTflite } from './exportTflite.js';
import { statementName, statementOf } from './exportStatement.js';
import { loadHead } from './loadHead.js';
import { readBackbone } from './modelParts.js';
import type { ModelsDirs } from './modelsDirs.js';
import { compilePixels } from '../formats/onnx/compiler/compile.js';
import { decodeOnnx, readOnnxFile } from '../formats/onnx/onnxFile.js';
import { wrapOnnx } from '../formats/onnx/wrap.js';
import { joinModels } from '../formats/globalPoolingCut.js';
import { isMultiLabel } from './versionAnswer.js';
import { listVersions, type Version } from './versions.js';

export const exportFormats = [
  'onnx',
  'tfjs',
  'h5',
  'keras',
  'tflite',
  'tflite-float16',
  'tflite-int8',
  'coreml',
  'coreml-float16',
  'taxon',
] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the name of an exported version ends in: Xcode knows a Core ML file by it. */
export const fileEndings: Readonly<Record<ExportFormat, string>> = {
  onnx: 'onnx',
  tfjs: 'tfjs',
  h5: 'h5',
  keras: 'keras',
  tflite: 'tflite',
  'tflite-float16': 'float16.tflite',
  'tflite-int8': 'int8.tflite',
  coreml: 'mlmodel',
  'coreml-float16': 'float16.mlmodel',
  taxon: 'taxon',
};

const divided = ({ shape, data }: Weight, divisor: number): Weight => ({
  shape,
  data: data.map((value) => value / divisor),
});

/** The head with its logits divided by the temperature, so that a plain softmax, or sigmoid, gives the calibrated probabilities. */
function applyTemperature(head: LayersModel, temperature: number): LayersModel {
  if (temperature === 1) return head;
  const last = head.topology.layers.at(-1)!;
  if (last.className !== 'Dense')
    throw invalidModel(
      `layer ${last.name} (${last.className}) ends the head; a temperature can only be folded into a Dense layer`,
    );
  const names = [`${last.name}/kernel`, `${last.name}/bias`].filter((name) => head.weights.has(name));
  return {
    ...head,
    weights: new Map([
      ...head.weights,
      ...names.map((name) => [name, divided(head.weights.get(name)!, temperature)] as const),
    ]),
  };
}

/** The two parts of a version, its head calibrated; `external` where the backbone is another framework's graph. */
async function readParts(
  dirs: ModelsDirs,
  { directory, manifest }: Version,
): Promise<{ directory: string; external: BackboneRecord | undefined; head: LayersModel }> {
  const { id } = manifest.backbone;
  const backbone = await resolveBackbone(dirs, id, (await listVersions(dirs)).versions);
  const { model } = await loadHead(directory, manifest);
  return {
    directory: backbone.directory,
    external: await readExternal(id, backbone.directory, manifest.preprocessing),
    head: applyTemperature(model, manifest.temperature),
  };
}

/** The whole version, from normalised pixels to calibrated probabilities. Throws AppError invalid_model. */
export async function readWholeModel(dirs: ModelsDirs, version: Version): Promise<LayersModel> {
  const { directory, external, head } = await readParts(dirs, version);
  if (!external) return joinModels(await readBackbone(directory), head, version.manifest.activation);
  const { name, version: number } = version.manifest;
  throw invalidModel(
    `${name} version ${number} has a backbone of the kind ${external.kind}, which has no layers to write in this format; export it as ${external.kind === 'onnx' ? 'onnx or taxon' : 'taxon'}`,
  );
}

/** The whole version as an ONNX file. Throws AppError invalid_model. */
async function compileVersion(dirs: ModelsDirs, version: Version): Promise<Uint8Array> {
  const {
    name,
    version: number,
    labels,
    preprocessing,
    license,
    backbone: { architecture },
    activation,
    thresholds,
  } = version.manifest;
  const metadata = {
    labels: JSON.stringify(labels),
    preprocessing: JSON.stringify(preprocessing),
    name,
    version: String(number),
    license,
    architecture,
    ...(thresholds && { thresholds: JSON.stringify(thresholds) }),
  };
  const { directory, external, head } = await readParts(dirs, version);
  if (external?.kind !== 'onnx')
    return compilePixels(await readWholeModel(dirs, version), preprocessing, 'probabilities', metadata).bytes;
  const model = await readOnnxFile(join(directory, mainFiles.onnx));
  return wrapOnnx(model, preprocessing, {
    outputName: 'probabilities',
    embeddingSize: external.embeddingSize,
    head,
    activation,
    metadata,
  }).bytes;
}

const tflitePrecisions = { tflite: 'float32', 'tflite-float16': 'float16', 'tflite-int8': 'int8' } as const;

/** The whole version as a .tflite file. Throws AppError invalid_model. */
async function compileForTflite(
  dirs: ModelsDirs,
  version: Version,
  format: keyof typeof tflitePrecisions,
): Promise<Uint8Array> {
  const { manifest } = version;
  const { directory, external, head } = await readParts(dirs, version);
  if (external && external.kind !== 'onnx')
    throw invalidModel(
      `${manifest.name} version ${manifest.version} has a backbone of the kind ${external.kind}, which cannot be written for TFLite; export it as taxon`,
    );
  const ranges = await findActivationRanges(dirs, manifest.backbone.id, directory);
  return compileTflite({ manifest, directory, head, ranges }, tflitePrecisions[format]);
}

/** The whole version as a Core ML file. Throws AppError invalid_model. */
async function compileCoreMl(dirs: ModelsDirs, version: Version, precision: WeightPrecision): Promise<Uint8Array> {
  const { manifest } = version;
  const { labels, thresholds, preprocessing, backbone } = manifest;
  const metadata = {
    preprocessing: JSON.stringify(preprocessing),
    architecture: backbone.architecture,
    ...(thresholds && {
      thresholds: JSON.stringify(Object.fromEntries(labels.map((label, i) => [label, thresholds[i]]))),
    }),
  };
  const graph = decodeOnnx(await compileVersion(dirs, version), `${manifest.name} version ${manifest.version}`);
  return writeCoreMl(graph, { ...manifest, isMultiLabel: isMultiLabel(manifest), metadata }, precision);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Writes a version to `out`, which must not exist: a file, or for tfjs a folder.
 * tfjs, h5, keras: layers from normalised pixels to probabilities, with labels, preprocessing and license where the format has a place for notes.
 * onnx: `pixels` uint8 [N, height, width, 3] → `probabilities` float32 [N, classes], with labels, and those of a multi-label version with thresholds, in the metadata.
 * coreml: `image` → `classLabel` and `classLabelProbs`, an .mlmodel of layers, or of an ONNX graph of operators that Core ML has.
 * Throws AppError invalid_model.
 */
export async function exportVersion(
  dirs: ModelsDirs,
  version: Version,
  format: ExportFormat,
  out: string,
): Promise<void> {
  if (await exists(out)) throw invalidModel(`${out} exists already; choose another place with --out`);
  const statement = statementOf(version.manifest);
  switch (format) {
    case 'taxon':
      return exportBundle(dirs, version, out);
    case 'tfjs': {
      const model = await readWholeModel(dirs, version);
      await mkdir(out, { recursive: true });
      await writeLayersModel(out, model, { userDefinedMetadata: { [statementName]: statement } });
      return;
    }
    case 'h5':
      return writeKerasHdf5(out, await readWholeModel(dirs, version), { [statementName]: JSON.stringify(statement) });
    case 'keras':
      return writeKerasArchive(out, await readWholeModel(dirs, version), { [statementName]: statement });
    case 'tflite':
    case 'tflite-float16':
    case 'tflite-int8':
      return replaceFile(out, await compileForTflite(dirs, version, format));
    case 'onnx':
      return replaceFile(out, await compileVersion(dirs, version));
    case 'coreml':
      return replaceFile(out, await compileCoreMl(dirs, version, 'float32'));
    case 'coreml-float16':
      return replaceFile(out, await compileCoreMl(dirs, version, 'float16'));
  }
}
