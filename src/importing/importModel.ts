// What an import understood of a model, checked down to the last weight before anything is installed.
import { backboneId } from '../models/backboneId.js';
import { normalisations, recognise, type NormalisationName } from './architectures.js';
import { invalidModel } from '../formats/invalidModel.js';
import { orderWeights } from '../formats/keras/variables.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { compileHead, compilePixels } from '../formats/onnx/compile.js';
import { joinModels, cutAtGlobalPooling } from '../formats/globalPoolingCut.js';
import { publishVersion, type Version } from '../models/versions.js';

/** What the user may say about the pixels; the rest is taken from the model. */
export interface PixelOptions {
  readonly normalisation?: NormalisationName | undefined;
  readonly size?: number | undefined;
  readonly resize?: Preprocessing['resize'] | undefined;
  readonly kernel?: Preprocessing['kernel'] | undefined;
}

/** What an import says of a model of any format. */
export interface ModelFacts {
  readonly architecture: string;
  /** own: the model takes bytes and prepares them itself. */
  readonly normalisation: NormalisationName | 'own';
  readonly preprocessing: Preprocessing;
  readonly backboneId: string;
  readonly embeddingSize: number;
  readonly classes: number;
  /** Unknown where the file runs whole. */
  readonly layers?: number;
  readonly parameters?: number;
}

/** A model that would serve: every layer compiles and every weight fits. */
export interface UnderstoodModel extends ModelFacts {
  readonly model: LayersModel;
}

/** The preprocessing that `pixels`, or else what the model suggests, comes to. */
export function preprocessingOf(
  normalisation: NormalisationName,
  size: Pick<Preprocessing, 'height' | 'width'>,
  { resize = 'stretch', kernel = 'linear' }: PixelOptions,
): Preprocessing {
  const { channels, scale, offset } = normalisations[normalisation];
  return { ...size, resize, kernel, cropFraction: 1, channels, scale: [...scale], offset: [...offset] };
}

function preprocessingFor(
  model: LayersModel,
  options: PixelOptions,
): { architecture: string; normalisation: NormalisationName; preprocessing: Preprocessing } {
  const { architecture, normalisation: suggested, height, width } = recognise(model.topology);
  const normalisation = options.normalisation ?? suggested;
  return {
    architecture,
    normalisation,
    preprocessing: preprocessingOf(
      normalisation,
      { height: options.size ?? height, width: options.size ?? width },
      options,
    ),
  };
}

/** Splits and compiles the model to see that it would serve. Throws AppError invalid_model naming the layer or weight. */
export function understandModel(given: LayersModel, options: PixelOptions = {}): UnderstoodModel {
  const { architecture, normalisation, preprocessing } = preprocessingFor(given, options);
  const { backbone, head } = cutAtGlobalPooling(given);
  const { outputSize: embeddingSize } = compilePixels(backbone, preprocessing, 'embedding');
  const { outputSize: classes } = compileHead(head, embeddingSize);
  const infinite = [...given.weights].find(([, { data }]) => data.some((value) => !Number.isFinite(value)));
  if (infinite)
    throw invalidModel(
      `weight ${infinite[0]} holds values that are not numbers; the model was saved after its training diverged`,
    );
  return {
    model: orderWeights(head.topology.layers.length > 1 ? joinModels(backbone, head) : backbone),
    architecture,
    normalisation,
    preprocessing,
    backboneId: backboneId(backbone, preprocessing),
    embeddingSize,
    classes,
    layers: given.topology.layers.length,
    parameters: [...given.weights.values()].reduce((sum, { data }) => sum + data.length, 0),
  };
}

export interface InstallOptions {
  readonly name: string;
  readonly labels: readonly string[];
  readonly license: string;
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** Throws AppError invalid_model when there is not one label for each class. */
export function checkLabels(labels: readonly string[], classes: number): void {
  if (labels.length !== classes)
    throw invalidModel(
      `${labels.length} labels were given, but the model has ${classes} outputs; give one label a line, in the order of the outputs`,
    );
}

/** Publishes the model as the next version of the classifier `name`. Throws AppError invalid_model. */
export async function installModel(
  modelsDir: string,
  understood: UnderstoodModel,
  { name, labels, license, provenance }: InstallOptions,
): Promise<Version> {
  const { model, preprocessing, architecture, embeddingSize, classes } = understood;
  checkLabels(labels, classes);
  const backbone = { id: understood.backboneId, architecture, embeddingSize };
  const draft = {
    name,
    layout: 'full' as const,
    labels: [...labels],
    preprocessing,
    backbone,
    temperature: 1,
    metrics: {},
    provenance: { ...provenance },
    license,
  };
  return publishVersion(modelsDir, draft, (directory) => writeLayersModel(directory, model));
}
