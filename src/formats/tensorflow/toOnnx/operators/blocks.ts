// Images taken apart into blocks of pixels: how TensorFlow writes a dilated convolution, and depth made of space.
import { int, ints } from '../../../onnx/compiler/graph.js';
import { intAttribute, textAttribute } from '../../graphDef.js';
import { integersAt, numbersAt, refusal, type Call, type Computed, type Operator } from '../values.js';
import { pad } from './paddings.js';
import { takeParts } from './slices.js';

type Sides = readonly [number, number, number, number];

interface Blocks {
  readonly value: Computed;
  readonly shape: Sides;
  readonly block: readonly [number, number];
  /** Of rows and columns, before and after. */
  readonly margins: readonly [number, number, number, number];
}

function blocksAt(call: Call): Blocks {
  const value = numbersAt(call, 0);
  const [block, margins] = [integersAt(call, 1), integersAt(call, 2)];
  if (value.is === 'constant' || value.shape.length !== 4 || block.length !== 2)
    throw refusal(call.node, 'takes something else apart than images into blocks of rows and columns');
  return {
    value,
    shape: value.shape as unknown as Sides,
    block: block as unknown as Blocks['block'],
    margins: margins as unknown as Blocks['margins'],
  };
}

/** Pixels that are `block` apart become an image of their own: the new images stand before the old ones' order. */
const spaceToBatch: Operator = (call) => {
  const { graph, node } = call;
  const { value, block, margins } = blocksAt(call);
  const [top, bottom, left, right] = margins;
  const padded = pad(value, [0, 0, top, bottom, left, right, 0, 0], call);
  const [batch, height, width, channels] = padded.shape as Sides;
  const [rows, columns] = [height / block[0], width / block[1]];
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw refusal(node, `takes ${height} × ${width} pixels apart into blocks of ${block.join(' × ')}`);
  const apart = graph.node('Reshape', [
    graph.plain(padded),
    graph.integers([batch, rows, block[0], columns, block[1], channels]),
  ]);
  const ordered = graph.node('Transpose', [apart], { perm: ints([2, 4, 0, 1, 3, 5]) });
  const name = graph.node('Reshape', [ordered, graph.integers([-1, rows, columns, channels])]);
  const images = batch === -1 ? -1 : batch * block[0] * block[1];
  return [{ ...value, name, shape: [images, rows, columns, channels], layout: 'plain' }];
};

const batchToSpace: Operator = (call) => {
  const { graph } = call;
  const { value, shape, block, margins } = blocksAt(call);
  const [images, rows, columns, channels] = shape;
  const batch = images === -1 ? -1 : images / (block[0] * block[1]);
  const apart = graph.node('Reshape', [graph.plain(value), graph.integers([...block, batch, rows, columns, channels])]);
  const ordered = graph.node('Transpose', [apart], { perm: ints([2, 3, 0, 4, 1, 5]) });
  const whole: Sides = [batch, rows * block[0], columns * block[1], channels];
  const joined: Computed = {
    ...value,
    name: graph.node('Reshape', [ordered, graph.integers(whole)]),
    shape: whole,
    layout: 'plain',
  };
  const [top, bottom, left, right] = margins;
  const parts = [
    { start: 0, step: 1, count: batch },
    { start: top, step: 1, count: whole[1] - top - bottom },
    { start: left, step: 1, count: whole[2] - left - right },
    { start: 0, step: 1, count: channels },
  ];
  return [takeParts(joined, parts, call)];
};

/** ONNX orders the new channels as TensorFlow does. */
const depthAndSpace: Operator = (call) => {
  const { node, graph } = call;
  const value = numbersAt(call, 0);
  const block = intAttribute(node, 'block_size');
  if (value.is === 'constant' || textAttribute(node, 'data_format', 'NHWC') !== 'NHWC')
    throw refusal(node, 'is in a form that Taxon does not convert');
  const [batch, height, width, channels] = value.shape as unknown as Sides;
  const name = graph.node(node.op, [graph.planes(value)], { blocksize: int(block) });
  const factor = node.op === 'DepthToSpace' ? block : 1 / block;
  const shape = [batch, height * factor, width * factor, channels / factor ** 2];
  return [{ ...value, name, shape, layout: 'planes' }];
};

export const blockOperators: Readonly<Record<string, Operator>> = {
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  SpaceToDepth: depthAndSpace,
  DepthToSpace: depthAndSpace,
};
