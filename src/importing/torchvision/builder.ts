// Layers from the modules of a PyTorch network: what each computes, its weights taken from a state dict by the module's name.
import { invalidModel } from '../../formats/invalidModel.js';
import type { Layer, LayersModel, Weight, Weights } from '../../formats/layersModel.js';

type Pair = readonly [number, number];

/** [out, in, rows, columns] as Keras' [rows, columns, in, out]. */
function toKernel({ shape, data }: Weight): Weight {
  const [outputs, inputs, rows, columns] = shape as [number, number, number, number];
  const kernel = new Float32Array(data.length);
  for (let o = 0, from = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let place = 0; place < rows * columns; place++) kernel[(place * inputs + i) * outputs + o] = data[from++]!;
  return { shape: [rows, columns, inputs, outputs], data: kernel };
}

/** Takes weights by name, and in the end says of those that were left over. */
export class TorchNetwork {
  readonly #layers: Layer[] = [];
  readonly #weights = new Map<string, Weight>();
  /** Channels of what each layer gives. */
  readonly #channels = new Map<string, number>();
  readonly #taken = new Set<string>();

  /** `ignored`: names of tensors that only a training uses. */
  constructor(
    private readonly name: string,
    private readonly stored: Weights,
    private readonly ignored: RegExp = /^$/,
  ) {}

  #take(name: string, rank: number): Weight {
    const weight = this.stored.get(name);
    this.#taken.add(name);
    if (weight?.shape.length === rank) return weight;
    throw invalidModel(
      `${name} is ${weight ? `of shape [${weight.shape.join(', ')}]` : 'missing'}: these are not the weights of torchvision's ${this.name}, or not all of them`,
    );
  }

  #add(className: string, module: string, inputs: readonly string[], config: object, channels: number): string {
    const name = module.replaceAll('.', '_');
    this.#layers.push({ className, name, inputs, config: { name, ...config } });
    this.#channels.set(name, channels);
    return name;
  }

  channelsOf(layer: string): number {
    return this.#channels.get(layer)!;
  }

  has(tensor: string): boolean {
    return this.stored.has(tensor);
  }

  shapeOf(tensor: string): readonly number[] {
    return this.stored.get(tensor)?.shape ?? [];
  }

  /** An image; without `side`, of any size. */
  input(side: number | null = null): string {
    return this.#add('InputLayer', 'input', [], { batch_input_shape: [null, side, side, 3], dtype: 'float32' }, 3);
  }

  /** Zeros on both sides of rows and columns. */
  pad(module: string, from: string, [rows, columns]: Pair): string {
    const padding = [
      [rows, rows],
      [columns, columns],
    ];
    return this.#add('ZeroPadding2D', `${module}_pad`, [from], { padding }, this.channelsOf(from));
  }

  /** nn.Conv2d with padding by half its kernel, or `padding`; groups follow from the shape of its weights. */
  conv(module: string, from: string, { stride = 1, padding }: { stride?: number; padding?: Pair } = {}): string {
    const weight = this.#take(`${module}.weight`, 4);
    const [outputs, perGroup, rows, columns] = weight.shape as [number, number, number, number];
    const pad: Pair = padding ?? [(rows - 1) / 2, (columns - 1) / 2];
    const halves = stride === 1 && pad[0] * 2 === rows - 1 && pad[1] * 2 === columns - 1;
    const padded = halves || (pad[0] === 0 && pad[1] === 0) ? from : this.pad(module, from, pad);
    const inputs = this.channelsOf(from);
    const depthwise = perGroup === 1 && inputs === outputs && inputs > 1;
    const bias = this.stored.has(`${module}.bias`) ? this.#take(`${module}.bias`, 1) : undefined;
    const options = {
      kernel_size: [rows, columns],
      strides: [stride, stride],
      padding: halves ? 'same' : 'valid',
      activation: 'linear',
      use_bias: bias !== undefined,
      ...(depthwise ? { depth_multiplier: 1 } : { filters: outputs, groups: inputs / perGroup }),
    };
    const layer = this.#add(depthwise ? 'DepthwiseConv2D' : 'Conv2D', module, [padded], options, outputs);
    const kernel = toKernel(weight);
    if (depthwise)
      this.#weights.set(`${layer}/depthwise_kernel`, { shape: [rows, columns, outputs, 1], data: kernel.data });
    else this.#weights.set(`${layer}/kernel`, kernel);
    if (bias) this.#weights.set(`${layer}/bias`, bias);
    return layer;
  }

  /** nn.BatchNorm2d as a network is evaluated. */
  norm(module: string, from: string, epsilon = 1e-5): string {
    const config = { axis: [3], momentum: 0.9, epsilon, center: true, scale: true };
    const layer = this.#add('BatchNormalization', module, [from], config, this.channelsOf(from));
    const variables = {
      gamma: 'weight',
      beta: 'bias',
      moving_mean: 'running_mean',
      moving_variance: 'running_var',
    };
    for (const [variable, tensor] of Object.entries(variables))
      this.#weights.set(`${layer}/${variable}`, this.#take(`${module}.${tensor}`, 1));
    return layer;
  }

  /** One of Keras' activations, or of those that an import writes as layers. */
  activation(module: string, from: string, activation: string): string {
    return this.#add('Activation', `${module}_${activation}`, [from], { activation }, this.channelsOf(from));
  }

  relu(module: string, from: string): string {
    return this.activation(module, from, 'relu');
  }

  relu6(module: string, from: string): string {
    return this.#add('ReLU', `${module}_relu6`, [from], { max_value: 6 }, this.channelsOf(from));
  }

  add(module: string, one: string, other: string): string {
    return this.#add('Add', `${module}_add`, [one, other], {}, this.channelsOf(one));
  }

  multiply(module: string, image: string, pixel: string): string {
    return this.#add('Multiply', `${module}_multiply`, [image, pixel], {}, this.channelsOf(image));
  }

  /** The average of each channel, as an image of one pixel. */
  averagePixel(module: string, from: string): string {
    const channels = this.channelsOf(from);
    const averages = this.#add('GlobalAveragePooling2D', `${module}_average`, [from], {}, channels);
    return this.#add('Reshape', `${module}_pixel`, [averages], { target_shape: [1, 1, channels] }, channels);
  }

  concat(module: string, inputs: readonly string[]): string {
    const channels = inputs.reduce((sum, input) => sum + this.channelsOf(input), 0);
    return this.#add('Concatenate', module, inputs, { axis: 3 }, channels);
  }

  /** A pooling of 3 × 3 without padding of its own. */
  pool(className: 'MaxPooling2D' | 'AveragePooling2D', module: string, from: string, stride: number): string {
    const options = { pool_size: [3, 3], strides: [stride, stride], padding: 'valid' };
    return this.#add(className, module, [from], options, this.channelsOf(from));
  }

  globalAverage(from: string): string {
    return this.#add('GlobalAveragePooling2D', 'avgpool', [from], {}, this.channelsOf(from));
  }

  /** nn.Linear: [out, in] becomes Keras' [in, out]. */
  linear(module: string, from: string): string {
    const { shape, data } = this.#take(`${module}.weight`, 2);
    const [outputs, inputs] = shape as [number, number];
    const layer = this.#add('Dense', module, [from], { units: outputs, activation: 'linear', use_bias: true }, outputs);
    const kernel = Float32Array.from(data, (_, i) => data[(i % outputs) * inputs + Math.floor(i / outputs)]!);
    this.#weights.set(`${layer}/kernel`, { shape: [inputs, outputs], data: kernel });
    this.#weights.set(`${layer}/bias`, this.#take(`${module}.bias`, 1));
    return layer;
  }

  /** The network up to `output`. Throws AppError invalid_model when a tensor had no place in it. */
  finish(output: string): LayersModel {
    const left = [...this.stored.keys()].find((name) => !this.#taken.has(name) && !this.ignored.test(name));
    if (left !== undefined)
      throw invalidModel(
        `${left} has no place in torchvision's ${this.name}: the network was changed; export it to ONNX`,
      );
    const topology = { name: this.name, layers: this.#layers, input: 'input', output };
    return { topology, weights: this.#weights };
  }
}
