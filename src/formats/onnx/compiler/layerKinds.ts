// The layer classes that can be compiled, by Keras' class name. A new class is one emitter and one line here; one with weights
// also has its variables in formats/keras/variables.ts.
import type { LayerKind } from './layerContract.js';
import { conv2d, depthwiseConv2d, separableConv2d } from './layers/convolutions.js';
import { dense } from './layers/dense.js';
import {
  activation,
  add,
  average,
  concatenate,
  elu,
  identity,
  leakyRelu,
  maximum,
  minimum,
  multiply,
  prelu,
  relu,
  scaledResidual,
  softmax,
  subtract,
} from './layers/elementwise.js';
import { batchNormalization, layerNormalization, normalization, rescaling } from './layers/norms.js';
import { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './layers/pools.js';
import { cropping2d, flatten, reshape, zeroPadding2d } from './layers/shapes.js';

export const layerKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Activation', activation],
  ['Add', add],
  ['AlphaDropout', identity],
  ['Average', average],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Concatenate', concatenate],
  ['Conv2D', conv2d],
  ['Cropping2D', cropping2d],
  ['CustomScaleLayer', scaledResidual],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dropout', identity],
  ['ELU', elu],
  ['Flatten', flatten],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['LayerNormalization', layerNormalization],
  ['LeakyReLU', leakyRelu],
  ['MaxPooling2D', maxPooling2d],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['Multiply', multiply],
  ['Normalization', normalization],
  ['PReLU', prelu],
  ['ReLU', relu],
  ['Rescaling', rescaling],
  ['Reshape', reshape],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['SpatialDropout2D', identity],
  ['Subtract', subtract],
  ['ZeroPadding2D', zeroPadding2d],
]);
