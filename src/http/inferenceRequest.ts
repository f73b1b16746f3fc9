// An inference request of the Open Inference Protocol as it comes over HTTP, checked, with its tensors found.
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { InputTensor } from '../openInference/inputs.js';
import { checkRequested, type RequestedOutput } from '../openInference/outputs.js';
import type { InferenceBody } from './inferenceBody.js';

const requestSchema = z.object({
  id: z.string().optional(),
  parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).optional(),
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number()),
      parameters: z
        .looseObject({ binary_data_size: z.int().min(0).optional(), shared_memory_region: z.unknown().optional() })
        .optional(),
      data: z.unknown().optional(),
    }),
  ),
  outputs: z
    .array(
      z.object({
        name: z.string(),
        parameters: z
          .looseObject({
            binary_data: z.boolean().optional(),
            classification: z.int().min(0).optional(),
            shared_memory_region: z.unknown().optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});
type Parsed = z.output<typeof requestSchema>;

export interface InferenceRequest {
  readonly id: string | undefined;
  readonly inputs: readonly InputTensor[];
  /** undefined: all. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether an output goes in the binary form. */
  readonly isBinary: (output: string) => boolean;
}

/** Elements of all arrays outside of the tensors' data, and members of objects: more than any request has. */
const maxValues = 1_000;

/** Throws AppError empty_body, invalid_request. */
export function readInferenceRequest({ json, binary }: InferenceBody): InferenceRequest {
  if (json === undefined) throw new AppError('empty_body', 'send the inputs as JSON, see docs/open-inference.md');
  // Before the schema, which would take seconds to say what is wrong with each of many values.
  if (countValues(json) > maxValues) throw invalid(`body: more than ${maxValues} values outside of data`);
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) throw invalid(describe(parsed.error));
  const { id, parameters, outputs } = parsed.data;
  const requested = outputs?.map(toRequested);
  checkRequested(requested ?? []);
  const isBinaryByDefault = parameters?.binary_data_output ?? false;
  const binaryOutputs = new Map(outputs?.map((output) => [output.name, output.parameters?.binary_data]));
  return {
    id,
    inputs: tensorsOf(parsed.data, binary),
    outputs: requested,
    isBinary: (name) => binaryOutputs.get(name) ?? isBinaryByDefault,
  };
}

/** Stops soon after there are too many. The arrays at `inputs.*.data` are not looked into. */
function countValues(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const [key, member] of Object.entries(value)) {
    count += key === 'data' && depth === 2 && Array.isArray(member) ? 1 : countValues(member, depth + 1);
    if (count > maxValues) break;
  }
  return count;
}

function toRequested({ name, parameters }: NonNullable<Parsed['outputs']>[number]): RequestedOutput {
  if (parameters?.shared_memory_region !== undefined) throw noSharedMemory(name);
  return { name, classes: parameters?.classification ?? 0 };
}

/** In the order of the inputs, the bytes of those that are binary follow one another. */
function tensorsOf({ inputs }: Parsed, binary: Buffer): InputTensor[] {
  let at = 0;
  const tensors = inputs.map(({ name, datatype, shape, parameters, data }) => {
    if (parameters?.shared_memory_region !== undefined) throw noSharedMemory(name);
    const size = parameters?.binary_data_size;
    if (size === undefined) return { name, datatype, shape, content: { values: valuesOf(name, data) } };
    if (data !== undefined) throw invalid(`${name}: it has data and binary_data_size`);
    const raw = binary.subarray(at, at + size);
    at += size;
    return { name, datatype, shape, content: { raw } };
  });
  if (at === binary.length) return tensors;
  throw invalid(`the inputs announce ${at} bytes of tensors (binary_data_size), ${binary.length} follow the JSON`);
}

/** Flat, or nested as the shape is. */
function valuesOf(name: string, data: unknown): readonly unknown[] {
  if (!Array.isArray(data)) throw invalid(`${name}: an array is expected as data`);
  return data.some(Array.isArray) ? (data.flat(Infinity) as unknown[]) : data;
}

const noSharedMemory = (name: string): AppError =>
  invalid(`${name}: there is no shared memory; send the data in the request`);

const invalid = (detail: string): AppError => new AppError('invalid_request', detail);

const maxFaults = 5;

const describe = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, maxFaults)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
    .join('; ');
