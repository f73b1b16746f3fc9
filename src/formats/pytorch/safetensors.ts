// A safetensors file: the length of a header, the header as JSON, the tensors' bytes (github.com/huggingface/safetensors, "Format").
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../invalidModel.js';
import { sizeOf, type Weights } from '../layersModel.js';
import { bytesPerValue, decodeFloats, type FloatType } from './tensorBytes.js';

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());

const isFloat = (type: string): type is FloatType => type in bytesPerValue;

/** The tensors of floats by name; those of whole numbers, which are counters, are left out. Throws AppError invalid_model. */
export async function readSafetensors(path: string): Promise<Weights> {
  const bytes = await readFile(path);
  const length = bytes.length < 8 ? NaN : Number(bytes.readBigUInt64LE(0));
  const begin = 8 + length;
  if (!(begin <= bytes.length)) throw invalidModel(`${path} is shorter than its header says; download it again`);
  const header = parseModel(headerSchema, parseModelJson(bytes.toString('utf8', 8, begin), path), path);
  const weights = new Map<string, { shape: number[]; data: Float32Array }>();
  let claimed = 0;
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = parseModel(tensorSchema, value, `${path}: ${name}`);
    if (!isFloat(dtype)) continue;
    const [from, to] = [begin + data_offsets[0], begin + data_offsets[1]];
    if (to - from !== sizeOf(shape) * bytesPerValue[dtype] || to > bytes.length)
      throw invalidModel(`${path}: ${name} has not the bytes that its shape [${shape.join(', ')}] needs`);
    claimed += to - from;
    if (claimed > bytes.length) throw invalidModel(`${path}: its tensors overlap`);
    weights.set(name, { shape, data: decodeFloats(bytes.subarray(from, to), dtype) });
  }
  return weights;
}
