// All operations of TensorFlow that are converted, by their names.
import { blockOperators } from './operators/blocks.js';
import { elementwiseOperators } from './operators/elementwise.js';
import { matrixOperators } from './operators/matrices.js';
import { paddingOperators } from './operators/paddings.js';
import { reductionOperators } from './operators/reductions.js';
import { shapeOperators } from './operators/shapes.js';
import { sliceOperators } from './operators/slices.js';
import { windowOperators } from './operators/windows.js';
import type { Operator } from './values.js';

export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    elementwiseOperators,
    windowOperators,
    matrixOperators,
    reductionOperators,
    shapeOperators,
    sliceOperators,
    paddingOperators,
    blockOperators,
  ].flatMap((some) => Object.entries(some)),
);
