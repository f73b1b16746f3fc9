// Whether an endpoint's model is the backbone that it is taken for: drawn images go through it and through the local files, and the results are compared.
import { drawBlanks } from '../../image/drawnImages.js';
import { servedName, type ServedOutput } from '../../models/servedBackbone.js';
import { loadedIdOf, type BackboneArtifact, type Engine } from '../engine.js';
import { takesOneImage } from '../oneAtATime.js';
import type { ModelDescription } from './transport.js';

/** A backbone with what a served one must give. */
export interface CheckedBackbone {
  /** See loadedIdOf. */
  readonly id: string;
  /** Its name at the endpoints. */
  readonly model: string;
  readonly output: ServedOutput;
  readonly height: number;
  readonly width: number;
  /** Most images in one request. */
  readonly imagesPerRequest: number;
  /** Of one image. */
  readonly valuesPerImage: number;
  readonly drawn: Drawn;
}

interface Drawn {
  readonly count: number;
  /** uint8, [count, height, width, 3] */
  readonly pixels: Uint8Array;
  /** [count, valuesPerImage] of the local files. */
  readonly values: Float32Array;
}

/** Of the drawn images: a coloured gradient, noise, squares and clouds. They differ in their channels, their order and their rows. */
const drawnKinds: ReadonlySet<number> = new Set([1, 2, 4, 5]);

/**
 * What a served one may differ by, as a share of an image's whole vector. TF32 and float16 stay a few times below it; int8, and other weights,
 * are far above.
 */
const tolerance = 0.01;

/** Compiles the backbone's own files and runs them here, once. Throws AppError invalid_model when they cannot be compiled. */
export async function prepare(
  artifact: BackboneArtifact,
  local: Pick<Engine, 'loadBackbone' | 'run' | 'unloadBackbone'>,
  imagesPerRequest: number,
): Promise<CheckedBackbone> {
  const id = loadedIdOf(artifact);
  const { height, width } = artifact.preprocessing;
  const images = [...drawBlanks({ height, width })].filter((_, kind) => drawnKinds.has(kind));
  const pixels = Uint8Array.from(Buffer.concat(images));
  const count = images.length;
  await local.loadBackbone(artifact);
  try {
    const { embeddings } = await local.run({ backboneId: id, pixels: pixels.slice(), count, headIds: [] });
    const output = artifact.output ?? 'embedding';
    return {
      id,
      model: servedName(artifact.id, output),
      output,
      height,
      width,
      imagesPerRequest: (await takesOneImage(artifact)) ? 1 : imagesPerRequest,
      valuesPerImage: embeddings.length / count,
      drawn: { count, pixels, values: embeddings },
    };
  } finally {
    await local.unloadBackbone(id);
  }
}

/** Why the values of a served model for the drawn images are not those of the backbone; undefined when they are. */
export function differenceFrom({ drawn, valuesPerImage }: CheckedBackbone, values: Float32Array): string | undefined {
  let most = 0;
  for (let image = 0; image < drawn.count; image++) {
    const [from, to] = [image * valuesPerImage, (image + 1) * valuesPerImage];
    most = Math.max(most, relativeDistance(values.subarray(from, to), drawn.values.subarray(from, to)));
  }
  if (most <= tolerance) return undefined;
  return `it gives other values for the drawn images than the backbone here, by ${(100 * most).toPrecision(2)} % of their length where ${100 * tolerance} % are allowed; its weights, its precision or its pixels are not those of this backbone`;
}

/** ‖a − b‖ ÷ ‖b‖ */
function relativeDistance(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let length = 0;
  for (const [i, value] of b.entries()) {
    difference += (a[i]! - value) ** 2;
    length += value ** 2;
  }
  if (difference === 0) return 0;
  return Math.sqrt(difference / length);
}

/** Why a model with these tensors is not the backbone; undefined when it may be. A server that names no tensors is judged by its values alone. */
export function mismatch(
  { output, height, width, valuesPerImage }: CheckedBackbone,
  { inputs, outputs }: ModelDescription,
): string | undefined {
  if (inputs.length === 0 && outputs.length === 0) return undefined;
  const [input] = inputs;
  if (inputs.length !== 1 || input === undefined) return `it has ${inputs.length} inputs, not one`;
  const wanted = [-1, height, width, 3];
  if (input.name !== 'pixels' || input.datatype !== 'UINT8' || !fits(input.shape, wanted))
    return `its input is ${input.name}, ${input.datatype} [${input.shape.join(', ')}], not pixels, UINT8 [${wanted.join(', ')}]`;
  const found = outputs.find(({ name }) => name === output);
  if (found === undefined)
    return `it has no output ${output}, only ${outputs.map(({ name }) => name).join(', ') || 'none'}`;
  if (found.datatype === 'FP32' && fits(found.shape, [-1, valuesPerImage])) return undefined;
  return `its output ${output} is ${found.datatype} [${found.shape.join(', ')}], not FP32 [-1, ${valuesPerImage}]`;
}

/** -1 on either side is any size. */
const fits = (shape: readonly number[], wanted: readonly number[]): boolean =>
  shape.length === wanted.length &&
  shape.every((size, axis) => size === -1 || wanted[axis] === -1 || size === wanted[axis]);
