// Inception-V3 without its classification layer, as Keras applications lays it out
// (Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision").
import type { Layer, Topology } from '../formats/layersModel.js';

type Padding = 'same' | 'valid';

/** Appends layers, and numbers convolutions as Keras numbers them in a fresh session: from 1, in order of creation. */
class Builder {
  readonly layers: Layer[] = [];
  #convolutions = 0;
  #averagePools = 0;
  #maxPools = 0;

  add(className: string, name: string, inputs: readonly string[], config: Record<string, unknown>): string {
    this.layers.push({ className, name, inputs, config: { name, ...config } });
    return name;
  }

  /** Convolution without bias, batch-norm without scale, ReLU. */
  conv(from: string, filters: number, rows: number, columns: number, stride = 1, padding: Padding = 'same'): string {
    const n = ++this.#convolutions;
    const options = {
      filters,
      kernel_size: [rows, columns],
      strides: [stride, stride],
      padding,
      activation: 'linear',
      use_bias: false,
    };
    const convolved = this.add('Conv2D', `conv2d_${n}`, [from], options);
    const norm = { axis: [3], momentum: 0.99, epsilon: 1e-3, center: true, scale: false };
    const normed = this.add('BatchNormalization', `batch_normalization_${n}`, [convolved], norm);
    return this.add('Activation', `activation_${n}`, [normed], { activation: 'relu' });
  }

  maxPool(from: string): string {
    const options = { pool_size: [3, 3], strides: [2, 2], padding: 'valid' };
    return this.add('MaxPooling2D', `max_pooling2d_${++this.#maxPools}`, [from], options);
  }

  averagePool(from: string): string {
    const options = { pool_size: [3, 3], strides: [1, 1], padding: 'same' };
    return this.add('AveragePooling2D', `average_pooling2d_${++this.#averagePools}`, [from], options);
  }

  concat(name: string, inputs: readonly string[]): string {
    return this.add('Concatenate', name, inputs, { axis: 3 });
  }
}

function buildStem(net: Builder, input: string): string {
  let x = net.conv(input, 32, 3, 3, 2, 'valid');
  x = net.conv(x, 32, 3, 3, 1, 'valid');
  x = net.conv(x, 64, 3, 3);
  x = net.maxPool(x);
  x = net.conv(x, 80, 1, 1, 1, 'valid');
  x = net.conv(x, 192, 3, 3, 1, 'valid');
  return net.maxPool(x);
}

/** 35 × 35 grid. */
function buildBlockA(net: Builder, x: string, name: string, poolFilters: number): string {
  const single = net.conv(x, 64, 1, 1);
  const five = net.conv(net.conv(x, 48, 1, 1), 64, 5, 5);
  const double = net.conv(net.conv(net.conv(x, 64, 1, 1), 96, 3, 3), 96, 3, 3);
  const pooled = net.conv(net.averagePool(x), poolFilters, 1, 1);
  return net.concat(name, [single, five, double, pooled]);
}

/** 35 × 35 to 17 × 17. */
function buildReductionA(net: Builder, x: string): string {
  const three = net.conv(x, 384, 3, 3, 2, 'valid');
  const double = net.conv(net.conv(net.conv(x, 64, 1, 1), 96, 3, 3), 96, 3, 3, 2, 'valid');
  return net.concat('mixed3', [three, double, net.maxPool(x)]);
}

/** 17 × 17 grid, its 7 × 7 convolutions factorised. */
function buildBlockB(net: Builder, x: string, name: string, filters: number): string {
  const single = net.conv(x, 192, 1, 1);
  const seven = net.conv(net.conv(net.conv(x, filters, 1, 1), filters, 1, 7), 192, 7, 1);
  let double = net.conv(net.conv(x, filters, 1, 1), filters, 7, 1);
  double = net.conv(net.conv(double, filters, 1, 7), filters, 7, 1);
  double = net.conv(double, 192, 1, 7);
  const pooled = net.conv(net.averagePool(x), 192, 1, 1);
  return net.concat(name, [single, seven, double, pooled]);
}

/** 17 × 17 to 8 × 8. */
function buildReductionB(net: Builder, x: string): string {
  const three = net.conv(net.conv(x, 192, 1, 1), 320, 3, 3, 2, 'valid');
  const seven = net.conv(net.conv(net.conv(x, 192, 1, 1), 192, 1, 7), 192, 7, 1);
  return net.concat('mixed8', [three, net.conv(seven, 192, 3, 3, 2, 'valid'), net.maxPool(x)]);
}

/** 8 × 8 grid, its 3 × 3 convolutions expanded side by side. Keras gives the inner concatenations these two names. */
function buildBlockC(net: Builder, x: string, index: 0 | 1): string {
  const single = net.conv(x, 320, 1, 1);
  const three = net.conv(x, 384, 1, 1);
  const threeBoth = net.concat(`mixed9_${index}`, [net.conv(three, 384, 1, 3), net.conv(three, 384, 3, 1)]);
  const double = net.conv(net.conv(x, 448, 1, 1), 384, 3, 3);
  const doubleName = index === 0 ? 'concatenate' : 'concatenate_1';
  const doubleBoth = net.concat(doubleName, [net.conv(double, 384, 1, 3), net.conv(double, 384, 3, 1)]);
  const pooled = net.conv(net.averagePool(x), 192, 1, 1);
  return net.concat(`mixed${9 + index}`, [single, threeBoth, doubleBoth, pooled]);
}

export const inceptionV3EmbeddingSize = 2048;

/** From [299, 299, 3] pixels, normalised, to the 2048-value embedding: 94 convolutions, ending in the layer avg_pool. */
export function inceptionV3Topology(): Topology {
  const net = new Builder();
  const input = net.add('InputLayer', 'input_1', [], { batch_input_shape: [null, 299, 299, 3], dtype: 'float32' });
  let x = buildStem(net, input);
  for (const [i, poolFilters] of [32, 64, 64].entries()) x = buildBlockA(net, x, `mixed${i}`, poolFilters);
  x = buildReductionA(net, x);
  for (const [i, filters] of [128, 160, 160, 192].entries()) x = buildBlockB(net, x, `mixed${i + 4}`, filters);
  x = buildReductionB(net, x);
  for (const index of [0, 1] as const) x = buildBlockC(net, x, index);
  const output = net.add('GlobalAveragePooling2D', 'avg_pool', [x], {});
  return { name: 'inception_v3', layers: net.layers, input, output };
}
