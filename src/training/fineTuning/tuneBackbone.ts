// A training's fine-tuning from the base version to a backbone that is kept: what the stage fine-tune does.
import type { SnapshotItem } from '../../data/datasets/schemas.js';
import type { ModelsDirs } from '../../models/modelsDirs.js';
import type { StoredVersion } from '../../serving/loadedVersions.js';
import type { ClassifierRegistry } from '../../serving/registry.js';
import type { EmbeddingTarget } from '../embedding/embedder.js';
import type { Hyperparameters } from '../fit/hyperparameters.js';
import { partitionUsable } from '../partition.js';
import type { Reporter } from '../reporter.js';
import { embedItems, evaluateOnPartition, fitOnPartition, type FitSummary, type StageContext } from '../stages.js';
import type { WorkFiles } from '../workFiles.js';
import { assertFineTunable } from './availability.js';
import { fineTuneOnPartition, type FineTuningFigures } from './fineTuneOnPartition.js';
import { keepTunedBackbone } from './tunedBackbone.js';

/** Where embedding and the frozen head's fit end in the stage, as shares of it. */
const endOfEmbeddings = 0.2;
const endOfFit = 0.23;

/** What a fine-tuning leaves for the stages after it. */
export interface FineTuning {
  /** `heldOut`: accuracy of the frozen backbone with its head on the held-out images. */
  readonly figures: FineTuningFigures & { readonly heldOut: { readonly frozen: number } };
  /** Absent where the frozen backbone was not to be improved. `head`: its name among the work files. */
  readonly tuned?: { readonly backboneId: string; readonly head: string; readonly summary: FitSummary };
}

export interface FineTuningRun {
  readonly registry: ClassifierRegistry;
  readonly modelsDirs: ModelsDirs;
  readonly context: StageContext;
  readonly reporter: Reporter;
  readonly files: WorkFiles;
  /** Most bytes of feature maps on disk. */
  readonly maxFeatureMapBytes: number;
  /** Of the claim: names what this run writes. */
  readonly number: number;
  readonly chosen: Hyperparameters;
}

/** `target`: the base's backbone in fp32. Throws AppError fine_tuning_unavailable, training_failed, invalid_dataset, or what the engine throws. */
export async function tuneBackbone(
  run: FineTuningRun,
  base: StoredVersion,
  target: EmbeddingTarget,
  items: readonly SnapshotItem[],
): Promise<FineTuning> {
  const { registry, modelsDirs, context, reporter, files, maxFeatureMapBytes, number, chosen } = run;
  await assertFineTunable(base);
  const during = (from: number, to: number): StageContext => ({ ...context, reporter: reporter.part(from, to) });
  const releaseBackbone = await registry.holdBackbone(base);
  try {
    const broken = await embedItems(during(0, endOfEmbeddings), target, items, chosen);
    const partition = partitionUsable(items, new Set(broken.map(({ image }) => image)));
    const fitting = during(endOfEmbeddings, endOfFit);
    const frozen = await fitOnPartition(fitting, target, partition, chosen);
    const { labels, calibration } = frozen.summary;
    const head = { model: frozen.model, labels };
    const { accuracy } = await evaluateOnPartition(fitting, target, partition, head, calibration, chosen.seed);
    await context.trainer.close();
    const out = files.pathOf(`backbone-${number}`);
    const { figures, tuned } = await fineTuneOnPartition(during(endOfFit, 1), {
      directory: base.backboneDirectory,
      target,
      partition,
      chosen,
      frozen,
      workDirectory: files.pathOf('.'),
      maxBytes: maxFeatureMapBytes,
      out,
    });
    const told = { ...figures, heldOut: { frozen: accuracy } };
    if (tuned === undefined) return { figures: told };
    const name = `tuned-head-${number}`;
    await files.saveHead(name, tuned.head);
    await keepTunedBackbone(modelsDirs, out, tuned, base.manifest);
    return { figures: told, tuned: { backboneId: tuned.backboneId, head: name, summary: tuned.summary } };
  } finally {
    await releaseBackbone();
  }
}
