// How values flow through any graph of nodes: the places that every path from input to output goes through.

/** A node of a graph, by the names of the values it takes and gives. */
export interface FlowNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** It gives the shape of its input, and nothing of its values. */
  readonly givesShape: boolean;
}

/** The nodes between two values that every path goes through, in order; there is no such value between them. */
export interface Stretch<Node> {
  readonly nodes: readonly Node[];
  readonly input: string;
  readonly output: string;
}

/** The nodes whose output depends on `input` and on whose output `output` depends; `nodes` stand in order of calculation. */
function onTheWay<Node extends FlowNode>(nodes: readonly Node[], input: string, output: string): readonly Node[] {
  const dependent = new Set([input]);
  for (const node of nodes)
    if (!node.givesShape && node.inputs.some((name) => dependent.has(name)))
      node.outputs.forEach((name) => dependent.add(name));
  return ancestors(nodes, output).filter((node) => node.outputs.some((name) => dependent.has(name)));
}

/** The nodes that are needed to calculate the value `output`, in the order of `nodes`. */
export function ancestors<Node extends FlowNode>(nodes: readonly Node[], output: string): readonly Node[] {
  const needed = new Set([output]);
  const found = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    inputs.forEach((name) => needed.add(name));
    return true;
  });
  return found.toReversed();
}

/** The way from `input` to `output` cut wherever it has one value in flight. Empty when `output` does not depend on `input`. */
export const findStretches = <Node extends FlowNode>(
  nodes: readonly Node[],
  input: string,
  output: string,
): readonly Stretch<Node>[] => cutAtBottlenecks(onTheWay(nodes, input, output), input, output);

/** `nodes`, in order of calculation, cut behind each bottleneck: a value such that nothing calculated before it is used after it. */
export function cutAtBottlenecks<Node extends Pick<FlowNode, 'inputs' | 'outputs'>>(
  nodes: readonly Node[],
  input: string,
  output: string,
): readonly Stretch<Node>[] {
  const lastUse = new Map<string, number>([[output, nodes.length]]);
  nodes.forEach(({ inputs }, i) => inputs.forEach((name) => lastUse.set(name, Math.max(i, lastUse.get(name) ?? 0))));
  const stretches: Stretch<Node>[] = [];
  let reach = lastUse.get(input) ?? 0;
  let begin = { position: 0, value: input };
  nodes.forEach(({ outputs }, i) => {
    const used = outputs.filter((name) => lastUse.has(name));
    if (reach <= i && used.length === 1) {
      stretches.push({ nodes: nodes.slice(begin.position, i + 1), input: begin.value, output: used[0]! });
      begin = { position: i + 1, value: used[0]! };
    }
    used.forEach((name) => (reach = Math.max(reach, lastUse.get(name)!)));
  });
  return stretches;
}

/** Neighbouring stretches of one node each made one where `belong` says so: a product and the bias that is added to it. */
export function joinPairs<Node>(
  stretches: readonly Stretch<Node>[],
  belong: (first: Node, second: Node) => boolean,
): readonly Stretch<Node>[] {
  const joined: Stretch<Node>[] = [];
  for (const stretch of stretches) {
    const before = joined.at(-1);
    if (before?.nodes.length === 1 && stretch.nodes.length === 1 && belong(before.nodes[0]!, stretch.nodes[0]!))
      joined.splice(-1, 1, { nodes: [...before.nodes, ...stretch.nodes], input: before.input, output: stretch.output });
    else joined.push(stretch);
  }
  return joined;
}
