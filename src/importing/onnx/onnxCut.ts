// An ONNX file cut in two: what leads to the embedding stays an ONNX graph, what follows becomes layers.
import { findStretches, joinPairs } from '../../formats/graphFlow.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { embeddingSizeOf, endsInProbabilities, findCut, toHead, type Head } from '../tail.js';
import { readConstants, readNodes } from '../../formats/onnx/nodes.js';
import type { PixelOptions } from '../modelFacts.js';
import { withColourInput } from './colourInput.js';
import { chooseScores } from './scoresOutput.js';
import { onnxTail } from './onnxTail.js';
import { openBatch } from './openBatch.js';
import { readImageInput, sidesOf, type ImageInput } from '../../formats/onnx/imageInput.js';
import { prune } from '../../formats/onnx/prune.js';
import type { ModelProto, ValueInfoProto } from '../../formats/onnx/protobuf.js';

export interface CutOnnx {
  readonly input: ImageInput;
  /** The value that is the grey of the input, which is what the file itself takes; undefined where it takes colours. */
  readonly grey: string | undefined;
  /** What the file's own end calls the classes. */
  readonly labels: readonly string[] | undefined;
  /** From the input, with an open batch, to a value that is the embedding when it is flattened. */
  readonly backbone: ModelProto;
  /** The whole file, with an open batch. */
  readonly whole: ModelProto;
  readonly head: Head;
  readonly embeddingSize: number;
  /** The value of the file that is the embedding. */
  readonly cutAt: string;
  /** Whether the file's output is probabilities; else it is logits. */
  readonly givesProbabilities: boolean;
}

/** Values of one item of the output, which must be a vector for each image. */
function outputSize(output: ValueInfoProto, path: string): number {
  const sides = sidesOf(output)
    .slice(1)
    .filter((side) => side !== 1);
  if (sides.length <= 1 && sides.every((side) => side !== undefined)) return sides[0] ?? 1;
  throw invalidModel(
    `${path}: output ${output.name} has shape [N, ${sides.map((side) => side ?? '?').join(', ')}]; expected one score per class`,
  );
}

/** Throws AppError invalid_model naming the file and what in it is not as expected. */
export function cutOnnx(
  file: ModelProto,
  path: string,
  { activation, output: wanted }: Pick<PixelOptions, 'activation' | 'output'> = {},
): CutOnnx {
  const { model, grey } = withColourInput(file);
  const { graph } = model;
  const input = readImageInput(graph, path);
  const { value: output, labels } = chooseScores(graph, path, wanted);
  const constants = readConstants(graph);
  const stretches = joinPairs(
    findStretches(readNodes(graph), input.name, output.name),
    (first, second) => first.proto.op_type === 'MatMul' && second.proto.op_type === 'Add',
  );
  if (stretches.length === 0)
    throw invalidModel(`${path}: output ${output.name} does not depend on input ${input.name}; the file is damaged`);
  const cut = findCut(stretches, onnxTail(constants));
  if (!cut)
    throw invalidModel(
      `${path} has no global pooling (GlobalAveragePool, ReduceMean over the input) that every path goes through, and ends in no dense layer (Gemm, MatMul) either; Taxon cuts models there`,
    );
  const embeddingSize = embeddingSizeOf(cut.steps) ?? outputSize(output, path);
  const open = openBatch(graph, input);
  const ofValue = (name: string): ModelProto => ({
    ...model,
    metadata_props: [],
    graph: prune(open.graph, open.input, { name, type: output.type ?? null }),
  });
  return {
    input,
    grey,
    labels,
    backbone: ofValue(cut.value),
    whole: ofValue(output.name),
    head: toHead(cut.steps, embeddingSize, path, activation),
    embeddingSize,
    cutAt: cut.value,
    givesProbabilities: endsInProbabilities(cut.steps),
  };
}
