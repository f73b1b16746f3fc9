// What one of our own exports as tfjs, .h5 or .keras says of itself, where its format has a place for such notes.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { parseModel, parseModelJson } from '../formats/invalidModel.js';
import { textAttribute, withHdf5 } from '../formats/keras/hdf5.js';
import { modelFileName } from '../formats/tensorflow/layersFiles.js';
import { openZip } from '../formats/zipEntries.js';
import { statementName, statementSchema, type Statement } from '../models/exportStatement.js';
import type { LayersFormat } from './modelFormat.js';
import type { Stated } from './statedPixels.js';

const notesSchema = z.object({ [statementName]: z.unknown() });
const modelJsonSchema = z.object({ userDefinedMetadata: notesSchema });

async function noteInTfjs(path: string): Promise<unknown> {
  const file = basename(path) === modelFileName ? path : join(path, modelFileName);
  return modelJsonSchema.safeParse(parseModelJson(await readFile(file, 'utf8'), file)).data?.userDefinedMetadata[
    statementName
  ];
}

async function noteInKeras(path: string): Promise<unknown> {
  const zip = await openZip(path);
  try {
    if (!zip.names.includes('metadata.json')) return undefined;
    const metadata = parseModelJson(await text(await zip.open('metadata.json')), `${path}: metadata.json`);
    return notesSchema.safeParse(metadata).data?.[statementName];
  } finally {
    zip.close();
  }
}

async function noteInHdf5(path: string): Promise<unknown> {
  const note = await withHdf5(path, ({ root }) => textAttribute(root, statementName));
  return note === undefined ? undefined : parseModelJson(note, `${path}: its attribute ${statementName}`);
}

/** Formats that we write. */
const readNote: Partial<Record<LayersFormat, (path: string) => Promise<unknown>>> = {
  'tfjs-layers': noteInTfjs,
  keras: noteInKeras,
  'keras-hdf5': noteInHdf5,
};

/** Undefined where the file is not our export. Throws AppError invalid_model where its statement is damaged. */
export async function readStatement(path: string, format: LayersFormat): Promise<Statement | undefined> {
  const note = await readNote[format]?.(path);
  return note === undefined ? undefined : parseModel(statementSchema, note, `${path}: what it states of itself`);
}

/** The statement as what exporters say of pixels. The image's size is in the model. */
export const statedByOwn = ({ preprocessing }: Statement): Stated => {
  const { channels, scale, offset, resize, kernel, cropFraction } = preprocessing;
  return { normalisation: { channels, scale, offset }, resize: { resize, kernel, cropFraction } };
};
