// The stages of a multi-label training that compute, beside those of stages.ts, which they share embeddings with.
import type { SnapshotItem } from '../../data/datasets/schemas.js';
import type { LayersModel } from '../../formats/layersModel.js';
import { labelsOfText } from '../../labelText.js';
import { gatherFeatures } from '../embedding/embeddingCache.js';
import { viewKey } from '../embedding/augmentation.js';
import { targetOf, type BrokenImage, type EmbeddingTarget } from '../embedding/embedder.js';
import { headToLayersModel } from '../fit/headModel.js';
import { l2Candidates, type Hyperparameters } from '../fit/hyperparameters.js';
import type { Partition } from '../partition.js';
import {
  embedForBaseline,
  gatherPlain,
  reportEpoch,
  trainingRows,
  type Baseline,
  type FitSummary,
  type StageContext,
} from '../stages.js';
import type { NamedHead } from '../worker/trainerTask.js';
import type { LabelSetComparison, LabelSetEvaluation } from './labelSetEvaluation.js';
import { divideSetsIntoParts } from './setPartition.js';
import type { LabelledSets } from './setTasks.js';

/** [items, labels] */
function truthOf(items: readonly SnapshotItem[], labels: readonly string[]): Uint8Array {
  const places = new Map(labels.map((label, i) => [label, i]));
  const truth = new Uint8Array(items.length * labels.length);
  items.forEach(({ label }, row) => {
    for (const one of labelsOfText(label)) {
      const place = places.get(one);
      if (place !== undefined) truth[row * labels.length + place] = 1;
    }
  });
  return truth;
}

async function gatherSets(
  { embedder }: StageContext,
  target: EmbeddingTarget,
  items: readonly SnapshotItem[],
  labels: readonly string[],
): Promise<LabelledSets> {
  return {
    features: await gatherPlain(embedder, target, items),
    truth: truthOf(items, labels),
    images: items.map(({ sha256, imageId }) => ({ image: sha256, imageId })),
  };
}

/** Fits a head for each L2 value on the training images and their views. */
export async function fitSetsOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  partition: Partition,
  chosen: Hyperparameters,
): Promise<{ summary: FitSummary; model: LayersModel }> {
  const { labels, train, validation, heldOutSplit } = partition;
  const size = target.backbone.embeddingSize;
  const rows = trainingRows(train, chosen);
  const keys = rows.map(({ item, view }) => ({ image: item.sha256, view: viewKey(view) }));
  const features = await gatherFeatures(context.embedder.cacheOf(target), size, keys);
  const divided = divideSetsIntoParts([...train, ...validation]);
  const items = rows.map(({ item }) => item);
  const partsOf = (of: readonly SnapshotItem[]): Uint8Array => Uint8Array.from(of, (item) => divided.get(item)!);
  const { layer, epochsRun, ...found } = await context.trainer.run(
    {
      kind: 'fitSets',
      train: { features, truth: truthOf(items, labels) },
      validation: await gatherSets(context, target, validation, labels),
      parts: {
        train: partsOf(items),
        unaltered: Uint8Array.from(rows, ({ view }) => Number(view.index === 0)),
        validation: partsOf(validation),
      },
      size,
      classes: labels.length,
      candidates: l2Candidates(chosen),
      learnsFromValidation: heldOutSplit === 'test',
    },
    { signal: context.signal, onProgress: (progress) => reportEpoch(context, progress) },
  );
  return { summary: { labels, ...found, bestEpoch: epochsRun, epochsRun }, model: headToLayersModel([layer], size) };
}

/** Evaluates on the held-out images. */
export async function evaluateSetsOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  { heldOut }: Partition,
  head: NamedHead,
  thresholds: readonly number[],
  seed: number,
): Promise<LabelSetEvaluation> {
  const sets = await gatherSets(context, target, heldOut, head.labels);
  const { signal, trainer } = context;
  return trainer.run({ kind: 'evaluateSets', head, thresholds, heldOut: sets, seed }, { signal });
}

/** As compareOnPartition. */
export async function compareSetsOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  partition: Partition,
  candidate: NamedHead,
  { lease: { version }, loadHead }: Baseline,
  chosen: Hyperparameters,
): Promise<{ readonly comparison: LabelSetComparison; readonly broken: readonly BrokenImage[] }> {
  const { items, broken } =
    version.backboneId === target.backboneId
      ? { items: partition.heldOut, broken: [] }
      : await embedForBaseline(context, version, partition, chosen);
  const { signal, trainer } = context;
  const comparison = await trainer.run(
    {
      kind: 'compareSets',
      candidate,
      candidateSet: await gatherSets(context, target, items, candidate.labels),
      active: { model: await loadHead(version), labels: version.manifest.labels },
      activeFeatures: await gatherPlain(context.embedder, targetOf(version), items),
      seed: chosen.seed,
    },
    { signal },
  );
  return { comparison, broken };
}
