// The Core ML file format: the messages and fields that we write, with the numbers of Apple's Model.proto, FeatureTypes.proto and
// NeuralNetwork.proto (github.com/apple/coremltools, mlmodel/format).
import protobuf from 'protobufjs';

// floatValue is `repeated float` in Apple's schema. Packed floats are the same bytes as a field of bytes, which protobufjs writes as a
// block where it would make an object of every number.
const schema = `
syntax = "proto3";
message Model {
  int32 specificationVersion = 1;
  ModelDescription description = 2;
  NeuralNetworkClassifier neuralNetworkClassifier = 403;
}
message ModelDescription {
  repeated FeatureDescription input = 1;
  repeated FeatureDescription output = 10;
  string predictedFeatureName = 11;
  string predictedProbabilitiesName = 12;
  Metadata metadata = 100;
}
message Metadata {
  string shortDescription = 1;
  string versionString = 2;
  string license = 4;
  map<string, string> userDefined = 100;
}
message FeatureDescription { string name = 1; string shortDescription = 2; FeatureType type = 3; }
message FeatureType {
  oneof Type { Empty stringType = 3; ImageFeatureType imageType = 4; DictionaryFeatureType dictionaryType = 6; }
}
message Empty {}
message ImageFeatureType { int64 width = 1; int64 height = 2; int32 colorSpace = 3; }
message DictionaryFeatureType { Empty stringKeyType = 2; }
message StringVector { repeated string vector = 1; }
message NeuralNetworkClassifier {
  repeated Layer layers = 1;
  int32 arrayInputShapeMapping = 5;
  int32 imageInputShapeMapping = 6;
  StringVector stringClassLabels = 100;
  string labelProbabilityLayerName = 200;
}
message Layer {
  string name = 1;
  repeated string input = 2;
  repeated string output = 3;
  repeated Tensor inputTensor = 4;
  repeated Tensor outputTensor = 5;
  oneof layer {
    Convolution convolution = 100;
    Pooling pooling = 120;
    Activation activation = 130;
    InnerProduct innerProduct = 140;
    Padding padding = 200;
    UnaryFunction unary = 220;
    Scale scale = 245;
    Bias bias = 250;
    Clip clip = 660;
    Empty erf = 790;
    Gelu gelu = 795;
    Empty minBroadcastable = 870;
    Empty maxBroadcastable = 875;
    Empty addBroadcastable = 880;
    Empty powBroadcastable = 885;
    Empty divideBroadcastable = 890;
    Empty multiplyBroadcastable = 900;
    Empty subtractBroadcastable = 905;
    Axis softmaxND = 950;
    SplitND splitND = 975;
    Axis concatND = 980;
    Transpose transpose = 985;
    SliceStatic sliceStatic = 995;
    BatchedMatMul batchedMatmul = 1045;
    LoadConstantND loadConstantND = 1070;
    ReshapeStatic reshapeStatic = 1140;
    ReduceMean reduceMean = 1280;
    LayerNormalization layerNormalization = 1350;
  }
}
message Tensor { uint32 rank = 1; repeated int64 dimValue = 2; }
message WeightParams { bytes floatValue = 1; bytes float16Value = 2; }
message EdgeSizes { uint64 startEdgeSize = 1; uint64 endEdgeSize = 2; }
message BorderAmounts { repeated EdgeSizes borderAmounts = 10; }
message ValidPadding { BorderAmounts paddingAmounts = 1; }
message Convolution {
  uint64 outputChannels = 1;
  uint64 kernelChannels = 2;
  uint64 nGroups = 10;
  repeated uint64 kernelSize = 20;
  repeated uint64 stride = 30;
  repeated uint64 dilationFactor = 40;
  ValidPadding valid = 50;
  bool hasBias = 70;
  WeightParams weights = 90;
  WeightParams bias = 91;
}
message Pooling {
  int32 type = 1;
  repeated uint64 kernelSize = 10;
  repeated uint64 stride = 20;
  ValidPadding valid = 30;
  bool avgPoolExcludePadding = 50;
  bool globalPooling = 60;
}
message Activation {
  oneof NonlinearityType {
    Linear linear = 5;
    Empty ReLU = 10;
    Alpha leakyReLU = 15;
    Empty tanh = 30;
    Empty sigmoid = 40;
    Linear sigmoidHard = 41;
    Alpha ELU = 50;
    Empty softsign = 60;
    Empty softplus = 70;
  }
}
message Alpha { float alpha = 1; }
message Linear { float alpha = 1; float beta = 2; }
message InnerProduct {
  uint64 inputChannels = 1;
  uint64 outputChannels = 2;
  bool hasBias = 10;
  WeightParams weights = 20;
  WeightParams bias = 21;
}
message BatchedMatMul {
  bool transposeA = 1;
  bool transposeB = 2;
  uint64 weightMatrixFirstDimension = 5;
  uint64 weightMatrixSecondDimension = 6;
  bool hasBias = 7;
  WeightParams weights = 8;
}
message Padding { PaddingConstant constant = 1; BorderAmounts paddingAmounts = 10; }
message PaddingConstant { float value = 1; }
message UnaryFunction { int32 type = 1; float alpha = 2; float epsilon = 3; float shift = 4; float scale = 5; }
message Scale { repeated uint64 shapeScale = 1; WeightParams scale = 2; }
message Bias { repeated uint64 shape = 1; WeightParams bias = 2; }
message Clip { float minVal = 1; float maxVal = 2; }
message Gelu { int32 mode = 1; }
message Axis { int64 axis = 1; }
message SplitND { int64 axis = 1; uint64 numSplits = 2; repeated uint64 splitSizes = 3; }
message Transpose { repeated uint64 axes = 1; }
message SliceStatic {
  repeated int64 beginIds = 1;
  repeated bool beginMasks = 2;
  repeated int64 endIds = 3;
  repeated bool endMasks = 4;
  repeated int64 strides = 5;
}
message LoadConstantND { repeated uint64 shape = 1; WeightParams data = 2; }
message ReshapeStatic { repeated int64 targetShape = 1; }
message ReduceMean { repeated int64 axes = 1; bool keepDims = 2; }
message LayerNormalization {
  repeated int64 normalizedShape = 1;
  float eps = 2;
  WeightParams gamma = 3;
  WeightParams beta = 4;
}
`;

const { root } = protobuf.parse(schema, { keepCase: true });
const modelType = root.lookupType('Model');

/** The numbers of ImageFeatureType.ColorSpace that we use. */
export const colorSpaces = { rgb: 20, bgr: 30 } as const;

/** Numbers in little-endian bytes, in the one field of their precision. */
export type WeightParams = { readonly floatValue: Uint8Array } | { readonly float16Value: Uint8Array };

export interface TensorProto {
  readonly rank: number;
  readonly dimValue: readonly number[];
}

/** A layer: its names, the shapes of what it takes and gives, and the parameters of its kind under the name of the kind. */
export interface LayerProto {
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly inputTensor: readonly TensorProto[];
  readonly outputTensor: readonly TensorProto[];
  readonly [kind: string]: unknown;
}

/** One of the model's inputs or outputs; `type` has one field, named after the type. */
export interface FeatureProto {
  readonly name: string;
  readonly shortDescription: string;
  readonly type: Readonly<Record<string, object>>;
}

export interface CoreMlModelProto {
  readonly specificationVersion: number;
  readonly description: {
    readonly input: readonly FeatureProto[];
    readonly output: readonly FeatureProto[];
    readonly predictedFeatureName: string;
    readonly predictedProbabilitiesName: string;
    readonly metadata: {
      readonly shortDescription: string;
      readonly versionString: string;
      readonly license: string;
      readonly userDefined: Readonly<Record<string, string>>;
    };
  };
  readonly neuralNetworkClassifier: {
    readonly layers: readonly LayerProto[];
    readonly arrayInputShapeMapping: number;
    readonly imageInputShapeMapping: number;
    readonly stringClassLabels: { readonly vector: readonly string[] };
    readonly labelProbabilityLayerName: string;
  };
}

/** The bytes of an .mlmodel file. */
export const encodeCoreMl = (model: CoreMlModelProto): Uint8Array => modelType.encode(model).finish();

/** The model in the bytes of an .mlmodel file, without the fields that the schema does not name. */
export const decodeCoreMl = (bytes: Uint8Array): CoreMlModelProto =>
  modelType.decode(bytes) as unknown as CoreMlModelProto;
