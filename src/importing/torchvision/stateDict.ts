// A file of weights alone, saved by PyTorch: which of torchvision's networks they belong to shows in their names.
import { invalidModel } from '../../formats/invalidModel.js';
import type { LayersModel, Weights } from '../../formats/layersModel.js';
import { readCheckpoint } from '../../formats/pytorch/checkpoint.js';
import { readSafetensors } from '../../formats/pytorch/safetensors.js';
import { efficientNet } from './efficientNet.js';
import { inceptionV3 } from './inceptionV3.js';
import { mobileNetV2 } from './mobileNetV2.js';
import { mobileNetV3 } from './mobileNetV3.js';
import { resnet } from './resnet.js';

export type StateDictFormat = 'safetensors' | 'checkpoint';

/** Networks by a tensor that no other of them has. */
const networks: ReadonlyArray<{ readonly mark: string; readonly build: (weights: Weights) => LayersModel }> = [
  { mark: 'layer1.0.conv1.weight', build: resnet },
  { mark: 'features.1.conv.0.0.weight', build: mobileNetV2 },
  { mark: 'features.2.block.0.0.weight', build: mobileNetV3 },
  { mark: 'features.1.0.block.1.fc1.weight', build: efficientNet },
  { mark: 'Mixed_5b.branch1x1.conv.weight', build: inceptionV3 },
];

/** What DataParallel and trainers put before every name. */
const prefixes = /^(module|model|_orig_mod)\./;

const withoutPrefix = (weights: Weights): Weights =>
  weights.size > 0 && [...weights.keys()].every((name) => prefixes.test(name))
    ? withoutPrefix(new Map([...weights].map(([name, weight]) => [name.replace(prefixes, ''), weight])))
    : weights;

/**
 * The network whose weights are in `path`: torchvision's ResNets, MobileNets, EfficientNets or Inception-V3. `advice`: what to do with any other.
 * Throws AppError invalid_model.
 */
export async function readStateDict(path: string, format: StateDictFormat, advice: string): Promise<LayersModel> {
  const stored = format === 'safetensors' ? await readSafetensors(path) : await readCheckpoint(path);
  const weights = withoutPrefix(stored);
  const network = networks.find(({ mark }) => weights.has(mark));
  if (network === undefined) throw invalidModel(advice);
  return network.build(weights);
}
