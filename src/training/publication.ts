// A fitted head becomes a version: complete, with what it is worth and where it came from; published once, however often it is tried.
import type { LeftOutImage } from '../data/trainings/schemas.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from '../models/manifest.js';
import { publishVersion, type VersionDraft } from '../models/versions.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { ActivationService } from '../serving/activation.js';
import type { Comparison } from './evaluation/comparison.js';
import type { Partition } from './partition.js';
import type { Evaluation } from './evaluation/evaluation.js';
import type { Hyperparameters } from './fit/hyperparameters.js';
import type { RetrainRequest } from './request.js';
import type { FitSummary } from './stages.js';
import { countUnusable } from './summary.js';

export interface PublicationDeps {
  readonly registry: ClassifierRegistry;
  readonly activation: ActivationService;
  readonly modelsDir: string;
}

export interface Publication {
  readonly trainingId: string;
  readonly request: RetrainRequest;
  readonly chosen: Hyperparameters;
  readonly base: Manifest;
  readonly model: LayersModel;
  readonly fit: FitSummary;
  readonly evaluation: Evaluation;
  readonly comparison: Comparison | null;
  readonly partition: Partition;
  readonly leftOut: readonly LeftOutImage[];
}

function toDraft({
  trainingId,
  request,
  chosen,
  base,
  fit,
  evaluation,
  comparison,
  partition,
  leftOut,
}: Publication): VersionDraft {
  return {
    name: request.model,
    layout: 'head',
    labels: [...fit.labels],
    preprocessing: base.preprocessing,
    backbone: base.backbone,
    temperature: evaluation.temperature,
    metrics: { ...evaluation, evaluatedOn: partition.heldOutSplit, comparison },
    provenance: {
      trainingId,
      dataset: request.dataset,
      images: {
        train: partition.train.length,
        validation: partition.validation.length,
        heldOut: partition.heldOut.length,
        broken: countUnusable(leftOut),
      },
      backboneFrom: `${base.name}/${base.version}`,
      preset: request.preset,
      hyperparameters: chosen,
      fit,
    },
    license: base.license,
  };
}

/** The version that this training has published already, if any. */
function findPublished(registry: ClassifierRegistry, { trainingId, request }: Publication): number | undefined {
  const classifier = registry.list().find(({ name }) => name === request.model);
  return classifier?.versions.find(({ manifest }) => manifest.provenance['trainingId'] === trainingId)?.manifest
    .version;
}

async function publish(modelsDir: string, publication: Publication): Promise<number> {
  const { manifest } = await publishVersion(modelsDir, toDraft(publication), (directory) =>
    writeLayersModel(directory, publication.model),
  );
  return manifest.version;
}

/** Gives the number of the new version, which every process then knows. A second call for the same training gives the same. */
export async function publishHead(
  { registry, activation, modelsDir }: PublicationDeps,
  publication: Publication,
): Promise<number> {
  await registry.reload();
  await activation.pinActive(publication.request.model);
  const version = findPublished(registry, publication) ?? (await publish(modelsDir, publication));
  await activation.reloadServed();
  return version;
}
