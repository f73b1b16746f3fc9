// saved_model.pb as TensorFlow writes it: the messages and fields that we look at.
import protobuf from 'protobufjs';
import { invalidModel } from '../invalidModel.js';

/** For protobufjs: the parts of tensorflow/core/protobuf/{saved_model,meta_graph,saver}.proto and core/framework/{graph,function,op_def,node_def,attr_value,tensor}.proto. */
export const schema = `
syntax = "proto3";
message SavedModel { repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  SaverDef saver_def = 3;
  map<string, SignatureDef> signature_def = 5;
}
message MetaInfoDef { repeated string tags = 4; }
message SaverDef { string restore_op_name = 3; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message TensorShapeProto { repeated Dim dim = 2; bool unknown_rank = 3; }
message Dim { int64 size = 1; }
message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; }
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message FunctionDef { OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; }
message OpDef { string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3; }
message ArgDef { string name = 1; }
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message AttrValue {
  ListValue list = 1;
  optional bytes s = 2;
  optional int64 i = 3;
  optional float f = 4;
  optional bool b = 5;
  optional int32 type = 6;
  TensorShapeProto shape = 7;
  TensorProto tensor = 8;
  NameAttrList func = 10;
}
message ListValue { repeated bytes s = 2; repeated int64 i = 3; }
message NameAttrList { string name = 1; }
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  bytes tensor_content = 4;
  repeated float float_val = 5;
  repeated double double_val = 6;
  repeated int32 int_val = 7;
  repeated bytes string_val = 8;
  repeated int64 int64_val = 10;
  repeated bool bool_val = 11;
  repeated int32 half_val = 13;
}
`;
const savedModelType = protobuf.parse(schema, { keepCase: true }).root.lookupType('SavedModel');

/** A 64-bit integer is an object of protobufjs; Number(value) converts it. */
type Int64 = unknown;

export interface ShapeProto {
  readonly dim: readonly { readonly size: Int64 }[];
  readonly unknown_rank: boolean;
}
export interface TensorProto {
  readonly dtype: number;
  readonly tensor_shape?: ShapeProto | null;
  readonly tensor_content: Uint8Array;
  readonly float_val: readonly number[];
  readonly double_val: readonly number[];
  readonly int_val: readonly number[];
  readonly string_val: readonly Uint8Array[];
  readonly int64_val: readonly Int64[];
  readonly bool_val: readonly boolean[];
  readonly half_val: readonly number[];
}
export interface AttrValue {
  readonly list?: { readonly s: readonly Uint8Array[]; readonly i: readonly Int64[] } | null;
  readonly s?: Uint8Array;
  readonly i?: Int64;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: ShapeProto | null;
  readonly tensor?: TensorProto | null;
  readonly func?: { readonly name: string } | null;
}
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly input_arg: readonly { readonly name: string }[];
    readonly output_arg: readonly { readonly name: string }[];
  };
  readonly node_def: readonly NodeDef[];
  readonly ret: Readonly<Record<string, string>>;
}
export interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape?: ShapeProto | null;
}
export interface SignatureDef {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
}
export interface MetaGraphDef {
  readonly meta_info_def?: { readonly tags: readonly string[] } | null;
  readonly graph_def?: {
    readonly node: readonly NodeDef[];
    readonly library?: { readonly function: readonly FunctionDef[] } | null;
  } | null;
  readonly saver_def?: { readonly restore_op_name: string } | null;
  readonly signature_def: Readonly<Record<string, SignatureDef>>;
}

/** The tag of graphs for inference. */
const servingTag = 'serve';
const servingSignature = 'serving_default';

/** The graph for inference in the bytes of saved_model.pb, which `path` names in messages. Throws AppError invalid_model. */
export function decodeServingGraph(bytes: Uint8Array, path: string): MetaGraphDef {
  const graph = decode(bytes, path).find(({ meta_info_def: info }) => info?.tags.includes(servingTag));
  if (graph) return graph;
  throw invalidModel(`${path} holds no graph with the tag ${servingTag}; save it with model.export(…)`);
}

function decode(bytes: Uint8Array, path: string): readonly MetaGraphDef[] {
  try {
    return (savedModelType.decode(bytes) as unknown as { meta_graphs: readonly MetaGraphDef[] }).meta_graphs;
  } catch (cause) {
    throw invalidModel(`${path} cannot be read: it is damaged, or no SavedModel`, cause);
  }
}

/** The signature serving_default, or the only one. Throws AppError invalid_model. */
export function findSignature({ signature_def: all }: MetaGraphDef, path: string): SignatureDef {
  const signatures = Object.entries(all).filter(([name]) => !name.startsWith('__'));
  const [, found] =
    signatures.find(([name]) => name === servingSignature) ?? (signatures.length === 1 ? signatures[0]! : []);
  if (found) return found;
  throw invalidModel(
    `${path} has the signatures ${signatures.map(([name]) => name).join(', ') || '(none)'}; expected ${servingSignature}, or a single one`,
  );
}
