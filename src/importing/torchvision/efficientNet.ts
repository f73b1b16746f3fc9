// torchvision's EfficientNets of the first version (Tan & Le 2019; torchvision/models/efficientnet.py).
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { TorchNetwork } from './builder.js';
import { convNorm, invertedResidual, type BlockStyle } from './invertedResidual.js';

/** Of the first block of the stages features.1 to features.7. */
const strides = [1, 2, 2, 2, 1, 2, 1];

/** From an image to class scores. Throws AppError invalid_model. */
export function efficientNet(weights: Weights): LayersModel {
  const net = new TorchNetwork('efficientnet', weights);
  const swish = (module: string, from: string): string => net.activation(module, from, 'swish');
  const style: BlockStyle = {
    // From B5 on, the networks that have three blocks in their last stage, torchvision has the constant of the paper's authors.
    epsilon: net.has('features.7.2.block.0.0.weight') ? 1e-3 : 1e-5,
    activate: swish,
    squeezed: swish,
    gate: (module, from) => net.activation(module, from, 'sigmoid'),
  };
  let x = convNorm(net, 'features.0', net.input(), style, 2);
  for (const [stage, stride] of strides.entries())
    for (let block = 0; net.has(`features.${stage + 1}.${block}.block.0.0.weight`); block++)
      x = invertedResidual(net, `features.${stage + 1}.${block}`, x, block === 0 ? stride : 1, style);
  return net.finish(net.linear('classifier.1', net.globalAverage(convNorm(net, 'features.8', x, style))));
}
