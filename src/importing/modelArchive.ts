// A zip that holds a model beside its labels, as Teachable Machine hands it out: unpacked, and the model in it found.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidModel } from '../formats/invalidModel.js';
import { modelFileName } from '../formats/tensorflow/layersFiles.js';
import { openZip } from '../formats/zipEntries.js';
import { mainFiles } from '../models/backboneRecord.js';

/** Files that are a model of a known format, or of one that is recognised to be refused with advice. */
const modelEnding = /\.(h5|hdf5|keras|onnx|taxon|tflite|pt|pth|pt2|safetensors|mlmodel)$/;

/** macOS adds a second entry for each file. */
const isLeftOver = (name: string): boolean => name.startsWith('__MACOSX/') || basename(name).startsWith('._');

/** The names of models among the names in a zip; of one in several files, that which names the others. */
export function modelsIn(names: readonly string[]): string[] {
  const found = names.filter((name) => !isLeftOver(name) && !name.endsWith('/'));
  const whole = found.filter((name) => [modelFileName, mainFiles['saved-model']].includes(basename(name)));
  return whole.length > 0 ? whole : found.filter((name) => modelEnding.test(name));
}

/** Unpacks the zip `path` into the empty folder `scratch`; gives the path of the model in it. Throws AppError invalid_model when there is not exactly one. */
export async function unpackModel(path: string, scratch: string): Promise<string> {
  const zip = await openZip(path);
  try {
    const [model, ...others] = modelsIn(zip.names);
    if (model === undefined || others.length > 0)
      throw invalidModel(
        `${path} holds ${model === undefined ? 'no model' : `several models (${[model, ...others].join(', ')})`}; unpack it and import the one that you want`,
      );
    for (const name of zip.names.filter((candidate) => !isLeftOver(candidate) && !candidate.endsWith('/'))) {
      const target = join(scratch, name);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await zip.open(name), createWriteStream(target, { flags: 'wx' }));
    }
    return join(scratch, model);
  } finally {
    zip.close();
  }
}
