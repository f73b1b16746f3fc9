// A fitted head becomes a version: complete, with its evaluation and its provenance; published once, even when this is repeated.
import type { Queries } from '../data/database/database.js';
import { AppError } from '../errors.js';
import type { LeftOutImage } from '../data/trainings/schemas.js';
import type { TrainingClaim } from '../data/trainings/trainingClaim.js';
import { writeLayersModel, type WrittenFiles } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from '../models/manifest.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { precisionChecksMetric, type PrecisionCheck } from '../serving/precisionChecks.js';
import { writeDriftBaseline, type DriftBaseline } from '../models/driftBaseline.js';
import { writeNovelty } from '../models/noveltyFile.js';
import { findVersion, publishVersion, removeVersion, type Version, type VersionDraft } from '../models/versions.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { ActivationService } from '../serving/activation.js';
import type { Comparison } from './evaluation/comparison.js';
import { hashOfPartition, type Partition } from './partition.js';
import type { Evaluation } from './evaluation/evaluation.js';
import type { LabelSetComparison, LabelSetEvaluation } from './multiLabel/labelSetEvaluation.js';
import { multiLabelMetrics } from './multiLabel/multiLabelFigures.js';
import { noveltyMetric } from './evaluation/noveltyCheck.js';
import type { FineTuningFigures } from './fineTuning/fineTuneOnPartition.js';
import type { Hyperparameters } from './fit/hyperparameters.js';
import type { RetrainRequest } from './request.js';
import type { SearchFigures } from './search/searchOnPartition.js';
import type { FitSummary, Novelty } from './stages.js';
import { countUnusable } from './summary.js';

export interface PublicationDeps {
  readonly claim: TrainingClaim;
  readonly registry: ClassifierRegistry;
  readonly activation: ActivationService;
  readonly modelsDirs: ModelsDirs;
  /** Records in `tx` which version the training has published. */
  readonly record: (tx: Queries, version: number) => Promise<void>;
}

export interface Publication {
  readonly trainingId: string;
  readonly request: RetrainRequest;
  readonly chosen: Hyperparameters;
  readonly base: Manifest;
  readonly model: LayersModel;
  readonly fit: FitSummary;
  /** undefined: there was none. */
  readonly search: SearchFigures | undefined;
  readonly evaluation: Evaluation | LabelSetEvaluation;
  readonly comparison: Comparison | LabelSetComparison | null;
  readonly partition: Partition;
  readonly leftOut: readonly LeftOutImage[];
  /** Of the precisions that were tried. */
  readonly precisionChecks: readonly PrecisionCheck[];
  /** undefined: it was not asked for. */
  readonly fineTuning: FineTuningFigures | undefined;
  /** undefined: the version calls no image unknown. */
  readonly novelty: Novelty | undefined;
  /** undefined: nobody will say whether the images that it answers still are like those of its training. */
  readonly driftBaseline: Omit<DriftBaseline, 'id'> | undefined;
}

function toDraft({
  trainingId,
  request,
  chosen,
  base,
  fit,
  search,
  evaluation,
  comparison,
  partition,
  leftOut,
  precisionChecks,
  novelty,
  fineTuning,
}: Publication): VersionDraft {
  return {
    name: request.model,
    layout: 'head',
    labels: [...fit.labels],
    preprocessing: base.preprocessing,
    backbone: base.backbone,
    ...('task' in evaluation
      ? { temperature: 1, activation: 'sigmoid' as const, thresholds: [...fit.thresholds!] }
      : { temperature: evaluation.temperature }),
    metrics: {
      ...('task' in evaluation
        ? multiLabelMetrics(evaluation, {
            calibration: fit.calibration,
            comparison: comparison as LabelSetComparison | null,
          })
        : { ...evaluation, temperatureFit: fit.calibration, comparison }),
      evaluatedOn: partition.heldOutSplit,
      ...(search && { search }),
      [precisionChecksMetric]: precisionChecks,
      ...(novelty && { [noveltyMetric]: novelty.check }),
    },
    provenance: {
      trainingId,
      dataset: request.dataset,
      ...(request.datasetVersion !== undefined && { datasetVersion: request.datasetVersion }),
      images: {
        train: partition.train.length,
        validation: partition.validation.length,
        heldOut: partition.heldOut.length,
        ...(partition.negatives.length > 0 && { negatives: partition.negatives.length }),
        broken: countUnusable(leftOut),
        sha256: hashOfPartition(partition),
      },
      backboneFrom: `${base.name}/${base.version}`,
      ...(fineTuning && { fineTuning }),
      preset: request.preset,
      hyperparameters: chosen,
      fit,
    },
    license: base.license,
  };
}

async function writeFiles(directory: string, { model, novelty, driftBaseline }: Publication): Promise<WrittenFiles> {
  if (novelty) await writeNovelty(directory, novelty.model);
  if (driftBaseline) await writeDriftBaseline(directory, driftBaseline);
  return writeLayersModel(directory, model);
}

/** A version that this training has published already: under an earlier claim, or before its process was killed. */
const findPublished = (modelsDir: string, { trainingId, request }: Publication): Promise<Version | undefined> =>
  findVersion(modelsDir, request.model, ({ provenance }) => provenance['trainingId'] === trainingId);

/**
 * Lets the version appear in the transaction that records it, while nobody else can claim the training: whoever lost its claim
 * publishes nothing, and whoever has it finds what was published before.
 */
async function publish({ claim, modelsDirs, record }: PublicationDeps, publication: Publication): Promise<Version> {
  let appeared: Version | undefined;
  try {
    return await publishVersion(
      modelsDirs,
      toDraft(publication),
      (directory) => writeFiles(directory, publication),
      (appear) =>
        claim.transaction(async (tx) => {
          // What was published under an earlier claim may not be here yet.
          await modelsDirs.shared?.sync();
          const version = (await findPublished(modelsDirs.own, publication)) ?? (appeared = await appear());
          await record(tx, version.manifest.version);
          return version;
        }),
    );
  } catch (error) {
    if (appeared) await withdraw(claim, modelsDirs, appeared.manifest, error);
    throw error;
  }
}

/**
 * Takes back a version that appeared while its record failed with `error`. When the connection broke, it may have been
 * recorded all the same, the training is run again, or another process has claimed it and published by now. After any
 * other error the training has failed, and nobody would ever record the version.
 */
async function withdraw(
  claim: TrainingClaim,
  dirs: ModelsDirs,
  { name, version }: Manifest,
  error: unknown,
): Promise<void> {
  const repeats = error instanceof AppError && error.code === 'database_unavailable';
  let removed = false;
  const remove = async (): Promise<void> => {
    if (!removed) await removeVersion(dirs, name, version);
    removed = true;
  };
  await claim.undoUnlessRecorded(version, remove, { repeats });
}

/**
 * Gives the number of the new version, which every process then knows. A second call for the same training gives the same.
 * Throws LostClaimError when another process has claimed the training; nothing is published then.
 */
export async function publishHead(deps: PublicationDeps, publication: Publication): Promise<number> {
  const { registry, activation } = deps;
  await registry.reload();
  await activation.pinActive(publication.request.model);
  const { manifest } = await publish(deps, publication);
  await activation.reload();
  return manifest.version;
}
