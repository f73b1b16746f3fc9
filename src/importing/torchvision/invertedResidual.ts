// The block that torchvision's MobileNetV3 and EfficientNets are made of, with the layers in `block.0`, `block.1`, …
import type { TorchNetwork } from './builder.js';

type Activate = (module: string, from: string) => string;

export interface BlockStyle {
  readonly epsilon: number;
  readonly activate: Activate;
  /** Of the squeeze and the excitation (Hu et al. 2017). */
  readonly squeezed: Activate;
  readonly gate: Activate;
}

/** A convolution, its batch-norm and what follows them. */
export const convNorm = (
  net: TorchNetwork,
  module: string,
  from: string,
  { epsilon, activate }: Pick<BlockStyle, 'epsilon'> & Partial<Pick<BlockStyle, 'activate'>>,
  stride = 1,
): string => {
  const normed = net.norm(`${module}.1`, net.conv(`${module}.0`, from, { stride }), epsilon);
  return activate ? activate(module, normed) : normed;
};

/** Each channel times a number that the averages of all channels decide. */
function excite(net: TorchNetwork, module: string, from: string, { squeezed, gate }: BlockStyle): string {
  const averages = net.averagePixel(module, from);
  const narrow = squeezed(`${module}.fc1`, net.conv(`${module}.fc1`, averages));
  return net.multiply(module, from, gate(`${module}.fc2`, net.conv(`${module}.fc2`, narrow)));
}

/** Expanded where there is a convolution for it, filtered by channel, excited where there are weights for it, projected. */
export function invertedResidual(
  net: TorchNetwork,
  module: string,
  from: string,
  stride: number,
  style: BlockStyle,
): string {
  const layer = (index: number): string => `${module}.block.${index}`;
  // The kernel of a convolution by channel has one channel.
  const filter = net.shapeOf(`${layer(0)}.0.weight`)[1] === 1 ? 0 : 1;
  const expanded = filter === 1 ? convNorm(net, layer(0), from, style) : from;
  const filtered = convNorm(net, layer(filter), expanded, style, stride);
  const excites = net.has(`${layer(filter + 1)}.fc1.weight`);
  const excited = excites ? excite(net, layer(filter + 1), filtered, style) : filtered;
  const { epsilon } = style;
  const projected = convNorm(net, layer(filter + (excites ? 2 : 1)), excited, { epsilon });
  const same = stride === 1 && net.channelsOf(from) === net.channelsOf(projected);
  return same ? net.add(module, from, projected) : projected;
}
