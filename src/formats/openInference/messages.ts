// The messages of inference.GRPCInferenceService, as far as they are of use here: fields by the names and numbers that KServe and Triton
// publish (open_inference_grpc.proto; grpc_service.proto, model_config.proto). What is sent beside them is skipped.
import protobuf from 'protobufjs';
import { AppError } from '../../errors.js';

/**
 * Numbers of tensors are declared as `bytes`: packed ones look the same on the wire, and a hostile message is not taken apart into millions of
 * objects before anyone has looked at it.
 */
const schema = `
syntax = "proto3";
package inference;
message Empty {}
message ServerLiveResponse { bool live = 1; }
message ServerReadyResponse { bool ready = 1; }
message ModelRequest { string name = 1; string version = 2; }
message ModelReadyResponse { bool ready = 1; }
message ServerMetadataResponse { string name = 1; string version = 2; repeated string extensions = 3; }
message ModelMetadataResponse {
  message TensorMetadata { string name = 1; string datatype = 2; repeated int64 shape = 3; }
  string name = 1;
  repeated string versions = 2;
  string platform = 3;
  repeated TensorMetadata inputs = 4;
  repeated TensorMetadata outputs = 5;
}
message InferParameter {
  oneof parameter_choice { bool bool_param = 1; int64 int64_param = 2; string string_param = 3; double double_param = 4; uint64 uint64_param = 5; }
}
message InferTensorContents { bytes uint_contents = 4; bytes fp32_contents = 6; repeated bytes bytes_contents = 8; }
message ModelInferRequest {
  message InferInputTensor {
    string name = 1;
    string datatype = 2;
    repeated int64 shape = 3;
    map<string, InferParameter> parameters = 4;
    InferTensorContents contents = 5;
  }
  message InferRequestedOutputTensor { string name = 1; map<string, InferParameter> parameters = 2; }
  string model_name = 1;
  string model_version = 2;
  string id = 3;
  repeated InferInputTensor inputs = 5;
  repeated InferRequestedOutputTensor outputs = 6;
  repeated bytes raw_input_contents = 7;
}
message ModelInferResponse {
  message InferOutputTensor { string name = 1; string datatype = 2; repeated int64 shape = 3; InferTensorContents contents = 5; }
  string model_name = 1;
  string model_version = 2;
  string id = 3;
  repeated InferOutputTensor outputs = 5;
  repeated bytes raw_output_contents = 6;
}
message ModelConfigResponse { ModelConfig config = 1; }
enum DataType { TYPE_INVALID = 0; TYPE_FP32 = 11; TYPE_STRING = 13; }
message ModelInput {
  enum Format { FORMAT_NONE = 0; }
  string name = 1;
  DataType data_type = 2;
  Format format = 3;
  repeated int64 dims = 4;
}
message ModelOutput { string name = 1; DataType data_type = 2; repeated int64 dims = 3; string label_filename = 4; }
message ModelVersionPolicy { oneof policy_choice { Empty all = 2; } }
message ModelParameter { string string_value = 1; }
message ModelConfig {
  string name = 1;
  string platform = 2;
  string backend = 17;
  ModelVersionPolicy version_policy = 3;
  int32 max_batch_size = 4;
  repeated ModelInput input = 5;
  repeated ModelOutput output = 6;
  Empty dynamic_batching = 11;
  map<string, ModelParameter> parameters = 14;
}
message StatisticDuration { uint64 count = 1; uint64 ns = 2; }
message InferStatistics {
  StatisticDuration success = 1;
  StatisticDuration fail = 2;
  StatisticDuration queue = 3;
  StatisticDuration compute_input = 4;
  StatisticDuration compute_infer = 5;
  StatisticDuration compute_output = 6;
  StatisticDuration cache_hit = 7;
  StatisticDuration cache_miss = 8;
}
message InferBatchStatistics {
  uint64 batch_size = 1;
  StatisticDuration compute_input = 2;
  StatisticDuration compute_infer = 3;
  StatisticDuration compute_output = 4;
}
message ModelStatistics {
  string name = 1;
  string version = 2;
  uint64 last_inference = 3;
  uint64 inference_count = 4;
  uint64 execution_count = 5;
  InferStatistics inference_stats = 6;
  repeated InferBatchStatistics batch_stats = 7;
}
message ModelStatisticsResponse { repeated ModelStatistics model_stats = 1; }
message RepositoryIndexRequest { string repository_name = 1; bool ready = 2; }
message RepositoryIndexResponse {
  message ModelIndex { string name = 1; string version = 2; string state = 3; string reason = 4; }
  repeated ModelIndex models = 1;
}
message ModelRepositoryParameter { oneof parameter_choice { bool bool_param = 1; int64 int64_param = 2; string string_param = 3; bytes bytes_param = 4; } }
message RepositoryModelRequest { string repository_name = 1; string model_name = 2; map<string, ModelRepositoryParameter> parameters = 3; }
`;
const { root } = protobuf.parse(schema, { keepCase: true });

export interface InferParameter {
  readonly int64_param?: number;
  readonly uint64_param?: number;
  readonly string_param?: string;
}

/** Absent members have been given their defaults. */
export interface ModelInferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly inputs: ReadonlyArray<{
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly parameters: Readonly<Record<string, InferParameter>>;
    readonly contents: {
      readonly uint_contents: Buffer;
      readonly fp32_contents: Buffer;
      readonly bytes_contents: readonly Buffer[];
    } | null;
  }>;
  readonly outputs: ReadonlyArray<{
    readonly name: string;
    readonly parameters: Readonly<Record<string, InferParameter>>;
  }>;
  readonly raw_input_contents: readonly Buffer[];
}
export interface ModelRequest {
  readonly name: string;
  readonly version: string;
}
export interface RepositoryIndexRequest {
  readonly ready: boolean;
}
export interface RepositoryModelRequest {
  readonly model_name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Absent members have been given their defaults. */
export interface ModelInferResponse {
  readonly outputs: ReadonlyArray<{
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents: { readonly fp32_contents: Buffer } | null;
  }>;
  readonly raw_output_contents: readonly Buffer[];
}
export interface ModelMetadataResponse {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1: any size. */
  readonly shape: readonly number[];
}

/** Fields of a message and of those in it: more than any request has. */
const maxFields = 2_000;

/** The message of the type `name` in `bytes`. Throws AppError invalid_request. */
export function decodeMessage(name: string, bytes: Uint8Array): object {
  const type = root.lookupType(`inference.${name}`);
  try {
    checkFields(type, protobuf.Reader.create(bytes));
    return type.toObject(type.decode(bytes), { longs: Number, defaults: true });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid_request', `the message is no ${name}`, { cause: error });
  }
}

/** The bytes of a message of the type `name`. */
export function encodeMessage(name: string, message: object): Buffer {
  const type = root.lookupType(`inference.${name}`);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

const lengthDelimited = 2;

/** Steps over every field without making anything of it. Packed numbers of shapes count by their bytes. */
function checkFields(type: protobuf.Type, reader: protobuf.Reader): void {
  let left = maxFields;
  const walk = (fieldsById: Readonly<Record<number, protobuf.Field>>, end: number): void => {
    while (reader.pos < end) {
      const tag = reader.uint32();
      left -= 1;
      const field = fieldsById[tag >>> 3];
      if ((tag & 7) !== lengthDelimited) reader.skipType(tag & 7);
      else {
        const length = reader.uint32();
        if (field?.type === 'int64') left -= length;
        const inner = fieldsIn(field);
        if (inner === undefined) reader.skip(length);
        else walk(inner, reader.pos + length);
      }
      if (left < 0) throw new AppError('invalid_request', `the message has more than ${maxFields} fields`);
    }
    if (reader.pos > end) throw new RangeError('a field passes the end of its message');
  };
  walk(type.fieldsById, reader.len);
}

/** undefined: the field is no message. What stands in the entries of maps is small, and counted as if it were the entry's. */
function fieldsIn(field: protobuf.Field | undefined): Readonly<Record<number, protobuf.Field>> | undefined {
  const type = field?.resolve().resolvedType;
  if (!(type instanceof protobuf.Type)) return undefined;
  return field instanceof protobuf.MapField ? {} : type.fieldsById;
}
