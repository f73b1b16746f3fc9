// torchvision's ResNets of every depth and width, ResNeXt too (He et al. 2015; torchvision/models/resnet.py).
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { TorchNetwork } from './builder.js';

/** conv1 is the narrowing convolution; torchvision strides the second one, of 3 × 3 ("v1.5"). */
function bottleneck(net: TorchNetwork, block: string, from: string, stride: number): string {
  const narrow = net.relu(`${block}.1`, net.norm(`${block}.bn1`, net.conv(`${block}.conv1`, from)));
  const middle = net.relu(`${block}.2`, net.norm(`${block}.bn2`, net.conv(`${block}.conv2`, narrow, { stride })));
  return net.norm(`${block}.bn3`, net.conv(`${block}.conv3`, middle));
}

function basic(net: TorchNetwork, block: string, from: string, stride: number): string {
  const first = net.relu(`${block}.1`, net.norm(`${block}.bn1`, net.conv(`${block}.conv1`, from, { stride })));
  return net.norm(`${block}.bn2`, net.conv(`${block}.conv2`, first));
}

function residual(net: TorchNetwork, block: string, from: string, stride: number): string {
  const isDeep = net.has(`${block}.conv3.weight`);
  const changed = (isDeep ? bottleneck : basic)(net, block, from, stride);
  const projected = net.has(`${block}.downsample.0.weight`)
    ? net.norm(`${block}.downsample.1`, net.conv(`${block}.downsample.0`, from, { stride }))
    : from;
  return net.relu(block, net.add(block, changed, projected));
}

/** From an image to class scores. Throws AppError invalid_model. */
export function resnet(weights: Weights): LayersModel {
  const net = new TorchNetwork('resnet', weights);
  let x = net.relu('stem', net.norm('bn1', net.conv('conv1', net.input(), { stride: 2 })));
  // Behind a ReLU, padding by zeros is padding by the least value.
  x = net.pool('MaxPooling2D', 'maxpool', net.pad('maxpool', x, [1, 1]), 2);
  for (const stage of [1, 2, 3, 4])
    for (let block = 0; net.has(`layer${stage}.${block}.conv1.weight`); block++)
      x = residual(net, `layer${stage}.${block}`, x, block === 0 && stage > 1 ? 2 : 1);
  return net.finish(net.linear('fc', net.globalAverage(x)));
}
