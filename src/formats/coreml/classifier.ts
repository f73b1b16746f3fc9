// A classifier as an .mlmodel file: an image in, the most probable label and the probabilities of all labels out.
import type { Preprocessing } from '../../image/preprocessing.js';
import type { ModelProto } from '../onnx/protobuf.js';
import type { WeightPrecision } from './network.js';
import { colorSpaces, encodeCoreMl, type CoreMlModelProto } from './protobuf.js';
import { imageName, translateGraph } from './translate.js';

/** What the file says of itself beside its network. */
export interface CoreMlFacts {
  readonly name: string;
  readonly version: number;
  readonly license: string;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Each class has a probability of its own. */
  readonly isMultiLabel: boolean;
  /** Further words under the names that they shall have. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The first version of the format with layers on any number of axes: iOS 13, macOS 10.15. */
const specificationVersion = 4;
/** NeuralNetworkMultiArrayShapeMapping.EXACT_ARRAY_MAPPING and NeuralNetworkImageShapeMapping.RANK4_IMAGE_MAPPING: shapes are what they say. */
const exactShapes = 1;

/** How Vision (VNCoreMLRequest.imageCropAndScaleOption) gets an image to the size as the server does. */
const visionCrops: Readonly<Record<Preprocessing['resize'], string>> = {
  stretch: 'scaleFill',
  'centre-crop': 'centerCrop',
  letterbox: 'scaleFit',
};

function descriptionOf(
  { name, version, license, preprocessing, isMultiLabel, metadata }: CoreMlFacts,
  channels: 'rgb' | 'bgr',
): CoreMlModelProto['description'] {
  const { width, height, resize } = preprocessing;
  const crop = visionCrops[resize];
  return {
    input: [
      {
        name: imageName,
        shortDescription: `The image to classify. With Vision: imageCropAndScaleOption = .${crop}`,
        type: { imageType: { width, height, colorSpace: colorSpaces[channels] } },
      },
    ],
    output: [
      { name: 'classLabel', shortDescription: 'The most probable label', type: { stringType: {} } },
      {
        name: 'classLabelProbs',
        shortDescription: isMultiLabel
          ? 'The probability of each label; they do not exclude one another'
          : 'The probability of each label; they sum to 1',
        type: { dictionaryType: { stringKeyType: {} } },
      },
    ],
    predictedFeatureName: 'classLabel',
    predictedProbabilitiesName: 'classLabelProbs',
    metadata: {
      shortDescription: `Image classifier ${name}, version ${version}`,
      versionString: String(version),
      license,
      userDefined: metadata,
    },
  };
}

/**
 * The bytes of an .mlmodel file of the graph `model`, from `pixels` uint8 [N, height, width, 3] RGB to the probabilities of
 * `facts.labels`: a neural network classifier of Core ML's specification 4. Throws AppError invalid_model naming the node that cannot be written.
 */
export function writeCoreMl(model: ModelProto, facts: CoreMlFacts, precision: WeightPrecision): Uint8Array {
  const { layers, output, channels } = translateGraph(model, facts.preprocessing, precision);
  return encodeCoreMl({
    specificationVersion,
    description: descriptionOf(facts, channels),
    neuralNetworkClassifier: {
      layers,
      arrayInputShapeMapping: exactShapes,
      imageInputShapeMapping: exactShapes,
      stringClassLabels: { vector: facts.labels },
      labelProbabilityLayerName: output.name,
    },
  });
}
