// torchvision's Inception-V3 (Szegedy et al. 2015; torchvision/models/inception.py). Its average poolings count the padding, where Keras' do not.
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { TorchNetwork } from './builder.js';

const none = [0, 0] as const;

const unit = (
  net: TorchNetwork,
  module: string,
  from: string,
  options?: { stride?: number; padding?: readonly [number, number] },
): string => net.relu(module, net.norm(`${module}.bn`, net.conv(`${module}.conv`, from, options), 1e-3));

/** One after another, the convolutions that the block calls PREFIX1, PREFIX2 and so on; the last with `options`. */
function chain(
  net: TorchNetwork,
  prefix: string,
  count: number,
  from: string,
  options?: Parameters<typeof unit>[3],
): string {
  let x = from;
  for (let i = 1; i <= count; i++) x = unit(net, `${prefix}${i}`, x, i === count ? options : undefined);
  return x;
}

function pooled(net: TorchNetwork, block: string, from: string): string {
  const padded = net.pad(`${block}.pool`, from, [1, 1]);
  return unit(net, `${block}.branch_pool`, net.pool('AveragePooling2D', `${block}.pool`, padded, 1));
}

const halving = { stride: 2, padding: none };

function blockA(net: TorchNetwork, block: string, x: string): string {
  return net.concat(block, [
    unit(net, `${block}.branch1x1`, x),
    chain(net, `${block}.branch5x5_`, 2, x),
    chain(net, `${block}.branch3x3dbl_`, 3, x),
    pooled(net, block, x),
  ]);
}

function blockC(net: TorchNetwork, block: string, x: string): string {
  return net.concat(block, [
    unit(net, `${block}.branch1x1`, x),
    chain(net, `${block}.branch7x7_`, 3, x),
    chain(net, `${block}.branch7x7dbl_`, 5, x),
    pooled(net, block, x),
  ]);
}

/** The last convolution of a branch side by side, 1 × 3 and 3 × 1. */
const divided = (net: TorchNetwork, prefix: string, from: string): string =>
  net.concat(prefix, [unit(net, `${prefix}a`, from), unit(net, `${prefix}b`, from)]);

function blockE(net: TorchNetwork, block: string, x: string): string {
  return net.concat(block, [
    unit(net, `${block}.branch1x1`, x),
    divided(net, `${block}.branch3x3_2`, unit(net, `${block}.branch3x3_1`, x)),
    divided(net, `${block}.branch3x3dbl_3`, chain(net, `${block}.branch3x3dbl_`, 2, x)),
    pooled(net, block, x),
  ]);
}

function stem(net: TorchNetwork): string {
  let x = unit(net, 'Conv2d_1a_3x3', net.input(299), halving);
  x = unit(net, 'Conv2d_2a_3x3', x, { padding: none });
  x = net.pool('MaxPooling2D', 'maxpool1', unit(net, 'Conv2d_2b_3x3', x), 2);
  x = unit(net, 'Conv2d_4a_3x3', unit(net, 'Conv2d_3b_1x1', x), { padding: none });
  return net.pool('MaxPooling2D', 'maxpool2', x, 2);
}

/** From [299, 299, 3] to class scores; the classifier in the middle, which only a training uses, is left out. Throws AppError invalid_model. */
export function inceptionV3(weights: Weights): LayersModel {
  const net = new TorchNetwork('inception_v3', weights, /^AuxLogits\./);
  let x = stem(net);
  for (const block of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = blockA(net, block, x);
  x = net.concat('Mixed_6a', [
    unit(net, 'Mixed_6a.branch3x3', x, halving),
    chain(net, 'Mixed_6a.branch3x3dbl_', 3, x, halving),
    net.pool('MaxPooling2D', 'Mixed_6a.pool', x, 2),
  ]);
  for (const block of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) x = blockC(net, block, x);
  x = net.concat('Mixed_7a', [
    chain(net, 'Mixed_7a.branch3x3_', 2, x, halving),
    chain(net, 'Mixed_7a.branch7x7x3_', 4, x, halving),
    net.pool('MaxPooling2D', 'Mixed_7a.pool', x, 2),
  ]);
  for (const block of ['Mixed_7b', 'Mixed_7c']) x = blockE(net, block, x);
  return net.finish(net.linear('fc', net.globalAverage(x)));
}
