// The ONNX file format: the messages and fields that we write or look at, with the numbers of onnx.proto (github.com/onnx/onnx).
import protobuf from 'protobufjs';

const schema = `
syntax = "proto3";
message ModelProto {
  int64 ir_version = 1;
  string producer_name = 2;
  string producer_version = 3;
  GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
  repeated bytes functions = 25;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message StringStringEntryProto { string key = 1; string value = 2; }
message GraphProto {
  repeated NodeProto node = 1;
  string name = 2;
  repeated TensorProto initializer = 5;
  repeated bytes sparse_initializer = 15;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  string name = 3;
  string op_type = 4;
  repeated AttributeProto attribute = 5;
  string domain = 7;
  string overload = 8;
}
message AttributeProto {
  string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  TensorProto t = 5;
  GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated GraphProto graphs = 11;
  int32 type = 20;
}
message TensorProto {
  repeated int64 dims = 1;
  int32 data_type = 2;
  repeated float float_data = 4;
  repeated int32 int32_data = 5;
  repeated int64 int64_data = 7;
  string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10;
  repeated StringStringEntryProto external_data = 13;
  int32 data_location = 14;
}
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message TypeProto { TensorTypeProto tensor_type = 1; }
message TensorTypeProto { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TensorShapeProto { repeated DimensionProto dim = 1; }
message DimensionProto { oneof value { int64 dim_value = 1; string dim_param = 2; } }
`;

/** The numbers of onnx.proto's TensorProto.DataType that we use. */
export const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** A 64-bit integer: a number where we write it, an object of protobufjs where it was read. Number(value) converts both. */
export type Int64 = number | { readonly low: number; readonly high: number };

/** An attribute of a node that we write; `type` is a number of onnx.proto's AttributeProto.AttributeType. */
export type Attribute =
  | { readonly type: 1; readonly f: number }
  | { readonly type: 2; readonly i: number }
  | { readonly type: 3; readonly s: Uint8Array }
  | { readonly type: 6; readonly floats: readonly number[] }
  | { readonly type: 7; readonly ints: readonly number[] };

/** An attribute as it may be read. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly t?: TensorProto | null;
  readonly g?: GraphProto | null;
  readonly ints?: readonly Int64[];
  readonly strings?: readonly Uint8Array[];
  readonly graphs?: readonly GraphProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly op_type: string;
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

/** Its values are in `raw_data`, in the list of their type, or in another file. */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly Int64[];
  readonly data_type: number;
  readonly raw_data?: Uint8Array;
  readonly float_data?: readonly number[];
  readonly double_data?: readonly number[];
  readonly int32_data?: readonly number[];
  readonly int64_data?: readonly Int64[];
  /** 1: the values are in the file that `external_data` names. */
  readonly data_location?: number;
  readonly external_data?: readonly { readonly key: string; readonly value: string }[];
}

/** A side with neither value nor name is open too. */
export interface DimensionProto {
  readonly dim_value?: Int64;
  readonly dim_param?: string;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensor_type?: {
      readonly elem_type: number;
      readonly shape?: { readonly dim: readonly DimensionProto[] } | null;
    } | null;
  } | null;
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparse_initializer?: readonly Uint8Array[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface ModelProto {
  readonly ir_version: Int64;
  readonly producer_name: string;
  readonly opset_import: readonly { readonly domain: string; readonly version: Int64 }[];
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
  /** Functions that the file brings with it, as they stand in it. */
  readonly functions?: readonly Uint8Array[];
  readonly graph: GraphProto;
}

const modelType = protobuf.parse(schema, { keepCase: true }).root.lookupType('ModelProto');

/** The bytes of an .onnx file. */
export const encodeModel = (model: ModelProto): Uint8Array => modelType.encode(model).finish();

/** The model in the bytes of an .onnx file, without the fields that the schema does not name. Throws when the bytes are no ONNX model. */
export const decodeModel = (bytes: Uint8Array): Omit<ModelProto, 'graph'> & { readonly graph: GraphProto | null } =>
  modelType.decode(bytes) as unknown as ModelProto;
