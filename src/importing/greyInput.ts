// Networks that take grey images: colours become grey inside the model, so that everything else of Taxon goes on with three channels.
import { invalidModel } from '../formats/invalidModel.js';
import type { LayersModel, Layer } from '../formats/layersModel.js';
import type { Normalisation } from './architectures.js';

/** Shares of red, green and blue in grey, as Pillow's mode L and TensorFlow's decoders have them (ITU-R BT.601). */
export const greyShares = [0.299, 0.587, 0.114] as const;

/** Throws AppError invalid_model, beginning with `path`, where the channels are prepared differently: grey of them would be another grey. */
export function checkGreyPixels({ channels, scale, offset }: Normalisation, path: string): void {
  const isSame = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
  if (channels !== 'rgb' || !isSame(scale) || !isSame(offset))
    throw invalidModel(
      `${path} takes grey images, whose only channel is prepared in one way: say it with --preprocess unit, inception or raw, or with --mean and --std of three equal numbers`,
    );
}

const isGrey = (shape: unknown): shape is unknown[] =>
  Array.isArray(shape) && (shape.length === 3 || (shape.length === 4 && shape[3] === 1));

/** A Keras model of grey images, [N, height, width, 1] or [N, height, width], as one of images in colour; undefined for any other. */
export function withColour({ topology, weights }: LayersModel): LayersModel | undefined {
  const input = topology.layers.find(({ name }) => name === topology.input)!;
  const shape = input.config['batch_input_shape'];
  if (!isGrey(shape)) return undefined;
  const name = `${input.name}_grey`;
  const inColour: Layer = {
    ...input,
    config: { ...input.config, batch_input_shape: [null, shape[1], shape[2], 3] },
  };
  const grey: Layer = {
    className: 'Conv2D',
    name,
    inputs: [input.name],
    config: { name, filters: 1, kernel_size: [1, 1], use_bias: false },
  };
  const rest = topology.layers
    .filter((layer) => layer !== input)
    .map((layer) => ({ ...layer, inputs: layer.inputs.map((from) => (from === input.name ? name : from)) }));
  return {
    topology: { ...topology, layers: [inColour, grey, ...rest] },
    weights: new Map([[`${name}/kernel`, { shape: [1, 1, 3, 1], data: Float32Array.from(greyShares) }], ...weights]),
  };
}
