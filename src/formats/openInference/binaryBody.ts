// Bodies of inference over HTTP in the protocol's binary form: JSON, and behind it the bytes of tensors, little-endian.
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
import { z } from 'zod';

/** Where the JSON of a body ends and its bytes begin. */
export const jsonLengthHeader = 'inference-header-content-length';

export interface BinaryRequest {
  readonly body: Buffer;
  readonly jsonLength: number;
}

export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A request by the name `id` with one input, whose bytes are copied into it, that asks for one output in the binary form. */
export function encodeRequest(id: string, input: Tensor, bytes: Uint8Array, output: string): BinaryRequest {
  const json = Buffer.from(
    JSON.stringify({
      id,
      inputs: [{ ...input, parameters: { binary_data_size: bytes.length } }],
      outputs: [{ name: output, parameters: { binary_data: true } }],
    }),
  );
  return { body: Buffer.concat([json, bytes]), jsonLength: json.length };
}

const responseSchema = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.int().nonnegative()),
      parameters: z.object({ binary_data_size: z.int().nonnegative().optional() }).loose().nullish(),
      data: z.array(z.unknown()).nullish(),
    }),
  ),
});

/**
 * The FP32 output `name` of a response; `jsonLength` is undefined where the server says none, and the whole is JSON. Throws Error when there is no
 * such output in it, or when its size is not that of its shape.
 */
export function decodeResponse(body: Buffer, jsonLength: number | undefined, name: string): Float32Array {
  const json = body.subarray(0, jsonLength);
  const { outputs } = responseSchema.parse(JSON.parse(json.toString()));
  let at = json.length;
  for (const { name: found, datatype, shape, parameters, data } of outputs) {
    const size = parameters?.binary_data_size;
    if (found === name) {
      checkDatatype(name, datatype);
      const values =
        size === undefined ? Float32Array.from((data ?? []).flat(Infinity) as number[]) : floatsOf(body, at, size);
      return checkLength(name, values, shape);
    }
    at += size ?? 0;
  }
  throw new Error(`there is no output "${name}" in the answer, only ${outputs.map((one) => one.name).join(', ')}`);
}

export function checkDatatype(name: string, datatype: string): void {
  if (datatype !== 'FP32') throw new Error(`the output "${name}" has the datatype ${datatype}, not FP32`);
}

/** Gives `values`. Throws Error when there are not as many as the shape says. */
export function checkLength(name: string, values: Float32Array, shape: readonly number[]): Float32Array {
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (values.length === wanted) return values;
  throw new Error(
    `the output "${name}" has ${values.length} values, which its shape [${shape.join(', ')}] does not take`,
  );
}

/** Copied, because the bytes may begin anywhere. */
export function floatsOf(bytes: Uint8Array, at = 0, size = bytes.length - at): Float32Array {
  if (at + size > bytes.length || size % 4 !== 0) throw new Error(`${size} bytes of an output are not in the answer`);
  return new Float32Array(new Uint8Array(bytes.subarray(at, at + size)).buffer);
}
