// torchvision's MobileNetV3, large and small (Howard et al. 2019; torchvision/models/mobilenetv3.py).
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { TorchNetwork } from './builder.js';
import { convNorm, invertedResidual, type BlockStyle } from './invertedResidual.js';

/** Strides of the blocks features.1, features.2, …, and how many of them have a ReLU, where the later ones have a hard swish. */
const large = { strides: [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1], relus: 6 };
const small = { strides: [2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1], relus: 3 };

/** From an image to class scores. Throws AppError invalid_model. */
export function mobileNetV3(weights: Weights): LayersModel {
  const isLarge = weights.has('features.16.0.weight');
  const net = new TorchNetwork(isLarge ? 'mobilenet_v3_large' : 'mobilenet_v3_small', weights);
  const relu = (module: string, from: string): string => net.activation(module, from, 'relu');
  const hardSwish: BlockStyle = {
    epsilon: 1e-3,
    activate: (module, from) => net.activation(module, from, 'hard_swish'),
    squeezed: relu,
    gate: (module, from) => net.activation(module, from, 'hard_sigmoid_6'),
  };
  const { strides, relus } = isLarge ? large : small;
  let x = convNorm(net, 'features.0', net.input(), hardSwish, 2);
  for (const [i, stride] of strides.entries())
    x = invertedResidual(net, `features.${i + 1}`, x, stride, i < relus ? { ...hardSwish, activate: relu } : hardSwish);
  x = net.globalAverage(convNorm(net, `features.${strides.length + 1}`, x, hardSwish));
  const hidden = hardSwish.activate('classifier.0', net.linear('classifier.0', x));
  return net.finish(net.linear('classifier.3', hidden));
}
