// A version as other programs take it: ONNX, tfjs layers model, Keras HDF5, Keras 3 archive, or a bundle for another Taxon.
import { mkdir, stat } from 'node:fs/promises';
import { exportBundle } from './bundle.js';
import { resolveBackbone } from './backbones.js';
import { replaceFile } from '../durableFiles.js';
import { invalidModel } from './invalidModel.js';
import { writeKerasArchive } from './keras/writeArchive.js';
import { writeKerasHdf5 } from './keras/writeHdf5.js';
import { writeLayersModel } from './layersFiles.js';
import type { LayersModel, Weight } from './layersModel.js';
import { loadHead } from './loadHead.js';
import { readBackbone } from './modelParts.js';
import { compilePixels } from './onnx/compile.js';
import { joinModels } from './split.js';
import { listVersions, type Version } from './versions.js';

export const exportFormats = ['onnx', 'tfjs', 'h5', 'keras', 'taxon'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const divided = ({ shape, data }: Weight, divisor: number): Weight => ({ shape, data: data.map((value) => value / divisor) });

/** The head with its logits divided by the temperature, so that a plain softmax gives the calibrated probabilities. */
function applyTemperature(head: LayersModel, temperature: number): LayersModel {
  if (temperature === 1) return head;
  const last = head.topology.layers.at(-1)!;
  if (last.className !== 'Dense') throw invalidModel(`layer ${last.name} (${last.className}) ends the head; a temperature can only be folded into a Dense layer`);
  const names = [`${last.name}/kernel`, `${last.name}/bias`].filter((name) => head.weights.has(name));
  return { ...head, weights: new Map([...head.weights, ...names.map((name) => [name, divided(head.weights.get(name)!, temperature)] as const)]) };
}

/** The whole version, from normalised pixels to calibrated probabilities. Throws AppError invalid_model. */
export async function readWholeModel(modelsDir: string, { directory, manifest }: Version): Promise<LayersModel> {
  const { versions } = await listVersions(modelsDir);
  const backbone = await resolveBackbone(modelsDir, manifest.backbone.id, versions);
  const { model: head } = await loadHead(directory, manifest);
  return joinModels(await readBackbone(backbone.directory), applyTemperature(head, manifest.temperature));
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

/**
 * Writes a version to `out`, which must not exist: a file, or for tfjs a folder.
 * onnx: `pixels` uint8 [N, height, width, 3] → `probabilities` float32 [N, classes], with labels in the metadata.
 * Throws AppError invalid_model.
 */
export async function exportVersion(modelsDir: string, version: Version, format: ExportFormat, out: string): Promise<void> {
  if (await exists(out)) throw invalidModel(`${out} exists already; choose another place with --out`);
  const { manifest } = version;
  switch (format) {
    case 'taxon':
      return exportBundle(modelsDir, version, out);
    case 'tfjs':
      await mkdir(out, { recursive: true });
      return writeLayersModel(out, await readWholeModel(modelsDir, version));
    case 'h5':
      return writeKerasHdf5(out, await readWholeModel(modelsDir, version));
    case 'keras':
      return writeKerasArchive(out, await readWholeModel(modelsDir, version));
    case 'onnx': {
      const metadata = { labels: JSON.stringify(manifest.labels), preprocessing: JSON.stringify(manifest.preprocessing), name: manifest.name, version: String(manifest.version), licence: manifest.licence };
      return replaceFile(out, compilePixels(await readWholeModel(modelsDir, version), manifest.preprocessing, 'probabilities', metadata).bytes);
    }
  }
}
