// An import whose backbone stays another framework's graph: a kept backbone and a head for it.
import { installBackbone } from '../models/backbones.js';
import type { ExternalKind } from '../models/externalBackbone.js';
import { checkLabels, type InstallOptions, type ModelFacts } from './importModel.js';
import { parseModel } from '../formats/invalidModel.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';
import { manifestSchema } from '../models/manifest.js';
import { publishVersion, type Version } from '../models/versions.js';

/** A model understood and cut, its backbone ready in a folder of its own. */
export interface ExternalModel extends ModelFacts {
  readonly kind: ExternalKind;
  /** A folder as ensureBackbone makes them. */
  readonly directory: string;
  /** From the embedding to logits. */
  readonly head: LayersModel;
  /** The value of the graph that is the embedding. */
  readonly cutAt: string;
  /** The model uncut, as the folder of a backbone whose embedding is the class scores; undefined when nothing was cut. */
  readonly whole: { readonly id: string; readonly directory: string } | undefined;
  readonly givesProbabilities: boolean;
  /** What the file itself says. */
  readonly labels?: readonly string[] | undefined;
  readonly license?: string | undefined;
}

/** Keeps the backbone and publishes the head as the next version of the classifier `name`. Throws AppError invalid_model. */
export async function installExternal(
  modelsDir: string,
  model: ExternalModel,
  { name, labels, license, provenance }: InstallOptions,
): Promise<Version> {
  const { backboneId: id, architecture, embeddingSize, preprocessing, classes } = model;
  // All that can be wrong with them is found before the backbone is kept.
  checkLabels(labels, classes);
  parseModel(manifestSchema.shape.labels, labels, 'the labels');
  await installBackbone(modelsDir, id, model.directory);
  const backbone = { id, architecture, embeddingSize };
  const draft = {
    name,
    layout: 'head' as const,
    labels: [...labels],
    preprocessing,
    backbone,
    temperature: 1,
    metrics: {},
    provenance: { ...provenance },
    license,
  };
  return publishVersion(modelsDir, draft, (directory) => writeLayersModel(directory, model.head));
}
