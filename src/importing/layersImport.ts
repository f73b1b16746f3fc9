// A file that becomes layers: understood and checked down to the last weight before anything is installed.
import { backboneId } from '../models/backboneId.js';
import { recognise } from './architectures.js';
import { chooseNormalisation, preprocessingOf, type ModelFacts, type PixelOptions } from './modelFacts.js';
import { checkGreyPixels, withColour } from './greyInput.js';
import { withCutPlace } from './cutPlace.js';
import { withEquivalentLayers, withoutResizing } from './equivalentLayers.js';
import type { Stated } from './statedPixels.js';
import { draftVersion, type InstallOptions } from './versionDraft.js';
import { asTwoClasses, endsInSigmoids } from '../formats/binaryHead.js';
import { invalidModel } from '../formats/invalidModel.js';
import { orderWeights } from '../formats/keras/variables.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';
import { compileHead, compilePixels } from '../formats/onnx/compiler/compile.js';
import { joinModels, cutAtGlobalPooling } from '../formats/globalPoolingCut.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { publishVersion, type Version } from '../models/versions.js';

/** A model that can be served: every layer compiles and every weight fits. */
export interface UnderstoodLayers extends ModelFacts {
  readonly model: LayersModel;
}

function preprocessingFor(
  model: LayersModel,
  options: PixelOptions,
  stated: Stated,
): Pick<ModelFacts, 'architecture' | 'normalisation' | 'preprocessing'> {
  const { architecture, known, normalisation: suggested, height, width } = recognise(model);
  const { normalisation, pixels } = chooseNormalisation(stated.normalisation ?? suggested, options, 'the model', known);
  const size = { height: options.size ?? height, width: options.size ?? width };
  return { architecture, normalisation, preprocessing: preprocessingOf(pixels, size, options, stated.resize) };
}

/** Cuts and compiles the model to make sure that it can be served. `stated`: what its exporter wrote beside it. Throws AppError invalid_model naming the layer or weight. */
export function understandLayers(file: LayersModel, options: PixelOptions = {}, stated: Stated = {}): UnderstoodLayers {
  const activation = endsInSigmoids(file, options.activation) ? 'sigmoid' : 'softmax';
  const sized = { ...file, topology: withoutResizing(file.topology) };
  const { architecture, normalisation, preprocessing } = preprocessingFor(sized, options, stated);
  const coloured = withColour(sized);
  if (coloured) checkGreyPixels(preprocessing, 'the model');
  const equivalent = withCutPlace(withEquivalentLayers(coloured ?? sized), preprocessing);
  const given = asTwoClasses(equivalent, options.activation);
  const { backbone, head } = cutAtGlobalPooling(given);
  const { outputSize: embeddingSize } = compilePixels(backbone, preprocessing, 'embedding');
  const { outputSize: classes } = compileHead(head, embeddingSize);
  const infinite = [...given.weights].find(([, { data }]) => data.some((value) => !Number.isFinite(value)));
  if (infinite)
    throw invalidModel(
      `weight ${infinite[0]} holds values that are not numbers; the model was saved after its training diverged`,
    );
  return {
    model: orderWeights(head.topology.layers.length > 1 ? joinModels(backbone, head, activation) : backbone),
    architecture,
    normalisation,
    preprocessing,
    backboneId: backboneId(backbone, preprocessing),
    embeddingSize,
    classes,
    activation,
    layers: given.topology.layers.length,
    parameters: [...given.weights.values()].reduce((sum, { data }) => sum + data.length, 0),
  };
}

/** Publishes the model as the next version of the classifier `name`. Throws AppError invalid_model. */
export async function installLayers(
  dirs: ModelsDirs,
  understood: UnderstoodLayers,
  options: InstallOptions,
): Promise<Version> {
  const draft = draftVersion(understood, 'full', options);
  return publishVersion(dirs, draft, (directory) => writeLayersModel(directory, understood.model));
}
