// The trainer's files, weights.json and weights.f16.bin, as an Inception-V3 without head.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeFloat16 } from '../../src/formats/float16.js';
import { inceptionV3Topology } from '../../src/importing/inceptionV3.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { sizeOf } from '../../src/formats/layersModel.js';

const entriesSchema = z.array(
  z.object({ name: z.string(), shape: z.array(z.int().positive()), offset: z.int().nonnegative() }),
);

/** Reads little-endian float16 tensors, each at its byte offset. */
export async function readTrainedBackbone(directory: string): Promise<LayersModel> {
  const entries = entriesSchema.parse(JSON.parse(await readFile(join(directory, 'weights.json'), 'utf8')));
  const file = await readFile(join(directory, 'weights.f16.bin'));
  const values = decodeFloat16(new Uint16Array(Uint8Array.from(file).buffer));
  const weights = entries.map(({ name, shape, offset }) => {
    const data = values.slice(offset / 2, offset / 2 + sizeOf(shape));
    return [name, { shape, data }] as const;
  });
  return { topology: inceptionV3Topology(), weights: new Map(weights) };
}
