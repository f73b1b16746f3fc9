// torchvision's MobileNetV2 (Sandler et al. 2018; torchvision/models/mobilenetv2.py).
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { TorchNetwork } from './builder.js';

/** Of the blocks features.1 to features.17. */
const strides = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

const convNormRelu = (net: TorchNetwork, module: string, from: string, stride = 1): string =>
  net.relu6(module, net.norm(`${module}.1`, net.conv(`${module}.0`, from, { stride })));

/** Expanded, except in the first block; filtered by channel; projected. */
function invertedResidual(net: TorchNetwork, block: string, from: string, stride: number): string {
  const expands = net.has(`${block}.conv.2.weight`) && net.has(`${block}.conv.3.weight`);
  const expanded = expands ? convNormRelu(net, `${block}.conv.0`, from) : from;
  const filter = expands ? 1 : 0;
  const filtered = convNormRelu(net, `${block}.conv.${filter}`, expanded, stride);
  const projected = net.norm(`${block}.conv.${filter + 2}`, net.conv(`${block}.conv.${filter + 1}`, filtered));
  const same = stride === 1 && net.channelsOf(from) === net.channelsOf(projected);
  return same ? net.add(block, from, projected) : projected;
}

/** From an image to class scores. Throws AppError invalid_model. */
export function mobileNetV2(weights: Weights): LayersModel {
  const net = new TorchNetwork('mobilenet_v2', weights);
  let x = convNormRelu(net, 'features.0', net.input(), 2);
  for (const [i, stride] of strides.entries()) x = invertedResidual(net, `features.${i + 1}`, x, stride);
  x = convNormRelu(net, 'features.18', x);
  return net.finish(net.linear('classifier.1', net.globalAverage(x)));
}
