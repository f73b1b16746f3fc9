// A TensorFlow graph in memory, the same for every file that holds one.
import { invalidModel } from '../invalidModel.js';
import type { Tensor } from './tensor.js';

/** One attribute of a node; which field is there depends on its name. Sides of unknown length are -1. */
export interface TfAttribute {
  readonly i?: number | undefined;
  readonly f?: number | undefined;
  readonly b?: boolean | undefined;
  readonly s?: string | undefined;
  readonly type?: number | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly tensor?: Tensor | undefined;
  /** Of a constant of strings. */
  readonly strings?: readonly string[] | undefined;
  /** Name of a function. */
  readonly func?: string | undefined;
  readonly list?: { readonly i: readonly number[]; readonly s: readonly string[] } | undefined;
}

export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** References to values; those that state an order alone (^node) are left out. */
  readonly inputs: readonly string[];
  readonly attr: ReadonlyMap<string, TfAttribute>;
}

export interface TfFunction {
  /** Names of its arguments, in order. */
  readonly inputs: readonly string[];
  /** References to what it gives, in order. */
  readonly outputs: readonly string[];
  readonly nodes: ReadonlyMap<string, TfNode>;
}

/** A value at an end of the graph. */
export interface GraphEnd {
  /** What the file calls it. */
  readonly key: string;
  /** node or node:output */
  readonly reference: string;
}

export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly functions: ReadonlyMap<string, TfFunction>;
  readonly input: GraphEnd;
  /** [N, height, width, channels]; open sides are -1. */
  readonly inputShape: readonly number[];
  readonly inputKind: 'float' | 'uint8';
  readonly outputs: readonly GraphEnd[];
  /** Values of variables, by the name of the node that makes the variable. */
  readonly variables: ReadonlyMap<string, Tensor>;
}

/** A reference in the graph itself (node, node:1) or in a function (argument, node:output:1). */
export interface Reference {
  readonly node: string;
  /** What the operation calls that output or list of outputs; absent outside of functions. */
  readonly output: string | undefined;
  readonly index: number;
}

export function parseReference(reference: string): Reference {
  const [node = '', ...rest] = reference.split(':');
  const index = Number(rest.at(-1) ?? 0);
  return { node, output: rest.length === 2 ? rest[0] : undefined, index };
}

/** Throws AppError invalid_model naming the node. */
export function intAttribute({ attr, name, op }: TfNode, key: string, otherwise?: number): number {
  const value = attr.get(key)?.i ?? otherwise;
  if (value === undefined) throw invalidModel(`node ${name} (${op}) has no attribute ${key}`);
  return value;
}

export const boolAttribute = ({ attr }: TfNode, key: string): boolean => attr.get(key)?.b ?? false;
export const floatAttribute = ({ attr }: TfNode, key: string, otherwise: number): number =>
  attr.get(key)?.f ?? otherwise;
export const textAttribute = ({ attr }: TfNode, key: string, otherwise: string): string =>
  attr.get(key)?.s ?? otherwise;
export const intsAttribute = ({ attr }: TfNode, key: string): readonly number[] => attr.get(key)?.list?.i ?? [];
export const textsAttribute = ({ attr }: TfNode, key: string): readonly string[] => attr.get(key)?.list?.s ?? [];
