// Which tensor of its checkpoint each variable of a SavedModel gets, as the graph's own operation that restores them says it.
import { parseReference, type TfFunction, type TfNode } from './graphDef.js';

type Nodes = ReadonlyMap<string, TfNode>;

const passing: ReadonlySet<string> = new Set(['Identity', 'NoOp']);
const assigning: ReadonlySet<string> = new Set(['AssignVariableOp', 'Assign']);

/** The node from which a value comes, past those that pass it on; undefined where it is an argument. */
function originOf(nodes: Nodes, reference: string): { readonly node: TfNode; readonly index: number } | undefined {
  for (let current = reference, steps = 0; steps < nodes.size + 1; steps++) {
    const { node: name, index } = parseReference(current);
    const node = nodes.get(name);
    if (!node || !passing.has(node.op)) return node && { node, index };
    current = node.inputs[0] ?? '';
  }
  return undefined;
}

/** The key that RestoreV2(prefix, keys, slices) reads for that value. */
function keyOf(nodes: Nodes, reference: string): string | undefined {
  const origin = originOf(nodes, reference);
  if (origin?.node.op !== 'RestoreV2') return undefined;
  const keys = originOf(nodes, origin.node.inputs[1] ?? '')?.node.attr.get('value')?.strings;
  return keys?.[origin.index];
}

/** By variable, named by a reference within `nodes`. */
const assignmentsIn = (nodes: Nodes): (readonly [variable: string, key: string])[] =>
  [...nodes.values()].flatMap(({ op, inputs: [variable, value] }) => {
    const key = assigning.has(op) && value !== undefined ? keyOf(nodes, value) : undefined;
    return variable === undefined || key === undefined ? [] : [[variable, key] as const];
  });

/**
 * By variable, another one whose first value it is. tf.saved_model.save copies the variables of Keras 3 this way: the copy is in the
 * checkpoint, and the signature reads the original.
 */
const originalsIn = (nodes: Nodes): (readonly [copy: string, original: string])[] =>
  [...nodes.values()].flatMap(({ op, inputs: [copy, value] }) => {
    const read = op === 'AssignVariableOp' ? originOf(nodes, value ?? '')?.node : undefined;
    return copy === undefined || read?.op !== 'ReadVariableOp' ? [] : [[copy, read.inputs[0] ?? ''] as const];
  });

/** Keys in the checkpoint, by the name of the node of the graph that makes the variable. */
export function restoredVariables(
  nodes: Nodes,
  functions: ReadonlyMap<string, TfFunction>,
  restoreNode: string,
): ReadonlyMap<string, string> {
  const keys = ownKeys(nodes, functions, restoreNode);
  const copied = originalsIn(nodes).flatMap(([copy, original]) => {
    const key = keys.get(copy);
    return key === undefined ? [] : [[original, key] as const];
  });
  return new Map([...copied, ...keys]);
}

function ownKeys(
  nodes: Nodes,
  functions: ReadonlyMap<string, TfFunction>,
  restoreNode: string,
): ReadonlyMap<string, string> {
  const restore = nodes.get(parseReference(restoreNode).node);
  const called = functions.get(restore?.attr.get('f')?.func ?? '');
  const nodeOf = (reference: string): string => originOf(nodes, reference)?.node.name ?? parseReference(reference).node;
  // TensorFlow 1 restores in the graph itself, TensorFlow 2 in a function that is given the variables.
  if (!restore || !called) return new Map(assignmentsIn(nodes).map(([variable, key]) => [nodeOf(variable), key]));
  const given = new Map(called.inputs.map((argument, i) => [argument, restore.inputs[i] ?? '']));
  return new Map(
    assignmentsIn(called.nodes).map(([variable, key]) => [
      nodeOf(given.get(parseReference(variable).node) ?? variable),
      key,
    ]),
  );
}
