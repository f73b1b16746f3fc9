// The MobileNet-V2 that taught the starter (teacher.json and teacher.f16.bin of its training folder) as a layers model of ours.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeFloat16 } from '../../src/formats/float16.js';
import type { Layer, LayersModel, Weight } from '../../src/formats/layersModel.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';

export const teacherEmbeddingSize = 1280;
const side = 224;

/** Its pixels are (x - 128) / 128. */
export const teacherPreprocessing: Preprocessing = {
  ...inceptionPreprocessing,
  height: side,
  width: side,
  scale: [1 / 128, 1 / 128, 1 / 128],
  offset: [-1, -1, -1],
};

/** TensorFlow Lite's numbers of the operations that occur. */
const [add, averagePool, convolution, depthwise] = [0, 1, 3, 4];

const tensorSchema = z.object({ shape: z.array(z.int()), offset: z.int(), n: z.int() });
const fileSchema = z.object({
  inp: z.int(),
  ops: z.array(
    z.object({
      code: z.int(),
      I: z.array(z.int()),
      O: z.int(),
      st: z.int().optional(),
      sc: z.number().optional(),
      zp: z.int().optional(),
      w: tensorSchema.optional(),
      b: tensorSchema.optional(),
    }),
  ),
});
type Operation = z.infer<typeof fileSchema>['ops'][number];

/** [out, rows, columns, in] to [rows, columns, in, out]. */
function toHwio({ shape, data }: Weight): Weight {
  const [outputs, rows, columns, inputs] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  const perOutput = rows * columns * inputs;
  for (let out = 0; out < outputs; out++)
    for (let i = 0; i < perOutput; i++) moved[i * outputs + out] = data[out * perOutput + i]!;
  return { shape: [rows, columns, inputs, outputs], data: moved };
}

/** From pixels to the embedding. An activation's range is kept where it begins at 0 (ReLU6); linear bottlenecks are not clipped. */
export async function readTeacher(directory: string): Promise<LayersModel> {
  const { inp, ops } = fileSchema.parse(JSON.parse(await readFile(join(directory, 'teacher.json'), 'utf8')));
  const values = decodeFloat16(
    new Uint16Array(Uint8Array.from(await readFile(join(directory, 'teacher.f16.bin'))).buffer),
  );
  const layers: Layer[] = [
    {
      className: 'InputLayer',
      name: 'input',
      inputs: [],
      config: { name: 'input', batch_input_shape: [null, side, side, 3], dtype: 'float32' },
    },
  ];
  const weights = new Map<string, Weight>();
  const names = new Map([[inp, 'input']]);
  const push = (
    className: string,
    name: string,
    inputs: readonly string[],
    config: Record<string, unknown>,
  ): string => {
    layers.push({ className, name, inputs, config: { name, ...config } });
    return name;
  };
  const weightOf = ({ shape, offset, n }: z.infer<typeof tensorSchema>): Weight => ({
    shape,
    data: values.slice(offset, offset + n),
  });

  const pushConvolution = ({ code, w, b, st }: Operation, name: string, input: string): string => {
    const kernel = weightOf(w!);
    const [, rows, columns, channels] = kernel.shape as [number, number, number, number];
    weights.set(`${name}/bias`, weightOf(b!));
    const common = {
      kernel_size: [rows, columns],
      strides: [st, st],
      padding: 'same',
      use_bias: true,
      activation: 'linear',
    };
    if (code === depthwise) {
      weights.set(`${name}/depthwise_kernel`, { shape: [rows, columns, channels, 1], data: kernel.data });
      return push('DepthwiseConv2D', name, [input], { ...common, depth_multiplier: 1 });
    }
    weights.set(`${name}/kernel`, toHwio(kernel));
    return push('Conv2D', name, [input], { ...common, filters: kernel.shape[0] });
  };

  for (const [index, op] of ops.entries()) {
    const inputs = op.I.filter((id) => names.has(id)).map((id) => names.get(id)!);
    const name = `op_${index}`;
    if (op.code === averagePool) {
      const output = push('GlobalAveragePooling2D', name, inputs, {});
      return { topology: { name: 'teacher', layers, input: 'input', output }, weights };
    }
    if (op.code !== add && op.code !== convolution && op.code !== depthwise)
      throw new Error(`operation ${index} of the teacher has the unknown code ${op.code}`);
    const made = op.code === add ? push('Add', name, inputs, {}) : pushConvolution(op, name, inputs[0]!);
    names.set(op.O, op.zp === 0 ? push('ReLU', `${name}_range`, [made], { max_value: 255 * op.sc! }) : made);
  }
  throw new Error('the teacher has no global pooling');
}
