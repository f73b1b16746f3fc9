// Which output of an ONNX file is the class scores.
import { attributeOf } from '../../formats/onnx/nodes.js';
import { sidesOf } from '../../formats/onnx/imageInput.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { elementTypes, type GraphProto, type NodeProto, type ValueInfoProto } from '../../formats/onnx/protobuf.js';

export interface ScoresOutput {
  /** A value of the graph: the output, or what a ZipMap makes a list of pairs of. */
  readonly value: ValueInfoProto;
  /** Of a ZipMap. */
  readonly labels: readonly string[] | undefined;
}

const floats: ReadonlySet<number | undefined> = new Set([elementTypes.float32, elementTypes.float16]);

/** One row of numbers for each image. */
const isRow = (output: ValueInfoProto): boolean =>
  floats.has(output.type?.tensor_type?.elem_type) &&
  sidesOf(output)
    .slice(1)
    .filter((side) => side !== 1).length <= 1;

const zipMapOf = ({ node }: GraphProto, { name }: ValueInfoProto): NodeProto | undefined =>
  node.find(({ op_type, output }) => op_type === 'ZipMap' && output[0] === name);

function labelsOf(zipMap: NodeProto): string[] | undefined {
  const strings = attributeOf(zipMap, 'classlabels_strings')?.strings ?? [];
  const numbers = attributeOf(zipMap, 'classlabels_int64s')?.ints ?? [];
  const labels = [...strings.map((bytes) => Buffer.from(bytes).toString('utf8')), ...numbers.map(String)];
  return labels.length === 0 ? undefined : labels;
}

const namesOf = (outputs: readonly ValueInfoProto[]): string => outputs.map(({ name }) => name).join(', ');

function choose(graph: GraphProto, path: string, wanted: string | undefined): ValueInfoProto {
  const { output: outputs } = graph;
  if (wanted !== undefined) {
    const named = outputs.find(({ name }) => name === wanted);
    if (named) return named;
    throw invalidModel(`${path} has no output ${wanted}; it has ${namesOf(outputs)}`);
  }
  if (outputs.length === 1) return outputs[0]!;
  const candidates = outputs.filter((output) => isRow(output) || zipMapOf(graph, output) !== undefined);
  if (candidates.length === 1) return candidates[0]!;
  throw invalidModel(
    `${path} has ${outputs.length} outputs (${namesOf(outputs)}); say with --output which of them is the class scores`,
  );
}

/** The output called `wanted`, else the only one that may be scores. Throws AppError invalid_model, beginning with `path`, where that is not clear. */
export function chooseScores(graph: GraphProto, path: string, wanted?: string): ScoresOutput {
  const output = choose(graph, path, wanted);
  const zipMap = zipMapOf(graph, output);
  if (!zipMap) return { value: output, labels: undefined };
  return { value: { name: zipMap.input[0]! }, labels: labelsOf(zipMap) };
}
