// A TensorFlow graph gone through node by node, into the functions that it calls: what is constant is computed, the rest written as ONNX.
import { invalidModel } from '../../invalidModel.js';
import { parseReference, type Reference, type TfFunction, type TfGraph, type TfNode } from '../graphDef.js';
import type { GraphBuilder } from './builder.js';
import { operators } from './operators.js';
import { constant, constantAt, otherWays, refusal, type Call, type Value } from './values.js';

/** The nodes of the graph itself, or of a function with the values that one call gives it. */
interface Scope {
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** All outputs of a node, by its name; also a function's arguments. */
  readonly values: Map<string, readonly Value[]>;
  readonly depth: number;
}

/** Functions call functions a few levels deep; a file in which they call one another for ever is damaged. */
const deepest = 64;

const calls: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const branches: ReadonlySet<string> = new Set(['If', 'StatelessIf']);

/** Of operations with several outputs of different names, those behind the first are only for training. */
const named: ReadonlySet<string> = new Set(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']);

/** The graph's values as they are needed. */
export class Evaluation {
  constructor(
    private readonly graph: TfGraph,
    private readonly builder: GraphBuilder,
  ) {}

  /** What the reference stands for, where the node `input` gives the value `image`. Throws AppError invalid_model naming the node that is in the way. */
  valueOf(reference: string, input: string, image: Value): Value {
    const scope = { nodes: this.graph.nodes, values: new Map([[input, [image]]]), depth: 0 };
    return this.#evaluate(scope, [reference])[0]!;
  }

  #evaluate(scope: Scope, references: readonly string[]): Value[] {
    for (const node of inOrder(scope, references)) {
      const inputs = node.inputs.map((reference) => valueIn(scope, reference));
      scope.values.set(node.name, this.#run(node, inputs, scope));
    }
    return references.map((reference) => valueIn(scope, reference));
  }

  #run(node: TfNode, inputs: readonly Value[], scope: Scope): readonly Value[] {
    const { op, attr } = node;
    const called = calls.has(op) ? attr.get('f')?.func : this.graph.functions.has(op) ? op : undefined;
    if (called !== undefined) return this.#call(called, inputs, scope, node);
    this.builder.begin(node.name);
    const call: Call = { node, inputs, graph: this.builder };
    if (branches.has(op)) {
      const taken = constantAt(call, 0).data[0] === 0 ? 'else_branch' : 'then_branch';
      return this.#call(attr.get(taken)?.func ?? '', inputs.slice(1), scope, node);
    }
    return this.#source(call) ?? operatorOf(node)(call);
  }

  #call(name: string, inputs: readonly Value[], { depth }: Scope, node: TfNode): readonly Value[] {
    const called: TfFunction | undefined = this.graph.functions.get(name);
    if (!called)
      throw invalidModel(`node ${node.name} (${node.op}) calls the function ${name}, which the file does not hold`);
    if (depth > deepest) throw invalidModel(`the function ${name} calls itself; graphs with loops cannot be imported`);
    const values = new Map(called.inputs.map((argument, i) => [argument, inputs[i] ? [inputs[i]] : []]));
    return this.#evaluate({ nodes: called.nodes, values, depth: depth + 1 }, called.outputs);
  }

  /** What a node without inputs, or a variable's, gives; undefined for any other. */
  #source({ node, inputs }: Call): readonly Value[] | undefined {
    const { op, name, attr } = node;
    switch (op) {
      case 'Const': {
        const tensor = attr.get('value')?.tensor;
        return [tensor ? constant(tensor) : { is: 'unusable' }];
      }
      case 'VarHandleOp':
        return [{ is: 'variable', name }];
      case 'Variable':
      case 'VariableV2':
        return [this.#read(name, node)];
      case 'ReadVariableOp':
        return [inputs[0]?.is === 'variable' ? this.#read(inputs[0].name, node) : { is: 'unusable' }];
      case 'Placeholder':
        throw invalidModel(`the class scores depend on a second input, ${name}; expected one, the image`);
      default:
        return undefined;
    }
  }

  #read(name: string, node: TfNode): Value {
    const tensor = this.graph.variables.get(name);
    if (tensor) return constant(tensor);
    throw refusal(node, `reads the variable ${name}, which the file gives no value`);
  }
}

const operatorOf = (node: TfNode): ((call: Call) => readonly Value[]) => {
  const found = operators.get(node.op);
  if (found) return found;
  throw invalidModel(`node ${node.name} is a ${node.op}, an operation that Taxon does not convert: ${otherWays}`);
};

function valueIn({ nodes, values }: Scope, reference: string): Value {
  const parsed = parseReference(reference);
  const found = values.get(parsed.node);
  const value = found?.[placeOf(parsed, nodes.get(parsed.node))];
  if (value) return value;
  throw invalidModel(`the value ${reference} is asked for, which no node gives; the file is damaged`);
}

function placeOf({ output, index }: Reference, node: TfNode | undefined): number {
  const isLater = output !== undefined && node !== undefined && named.has(node.op) && output !== 'y';
  return isLater ? Infinity : index;
}

/** The nodes that the values need and that have none yet, each behind those that it takes values from. */
function inOrder({ nodes, values }: Scope, references: readonly string[]): TfNode[] {
  const ordered: TfNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const waiting = references.map((reference) => parseReference(reference).node);
  while (waiting.length > 0) {
    const name = waiting.at(-1)!;
    const node = nodes.get(name);
    if (!node || values.has(name) || state.get(name) === 'done') {
      waiting.pop();
      continue;
    }
    const missing = node.inputs
      .map((reference) => parseReference(reference).node)
      .filter((input) => nodes.has(input) && !values.has(input) && state.get(input) !== 'done');
    if (missing.length === 0) {
      ordered.push(node);
      state.set(name, 'done');
      waiting.pop();
    } else if (state.get(name) === 'open' && missing.some((input) => state.get(input) === 'open')) {
      throw invalidModel(`node ${name} waits for its own result; graphs with loops cannot be imported`);
    } else {
      state.set(name, 'open');
      waiting.push(...missing);
    }
  }
  return ordered;
}
