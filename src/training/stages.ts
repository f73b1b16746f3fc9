// The stages of a training that compute: embeddings, fit, evaluation, comparison. Each takes what the ones before left and gives plain data.
import type { SnapshotItem } from '../data/datasets/schemas.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Lease } from '../serving/registry.js';
import type { ServedVersion } from '../serving/loadedVersions.js';
import type { Comparison } from './evaluation/comparison.js';
import { divideIntoParts } from './calibrationParts.js';
import type { Partition } from './partition.js';
import {
  targetOf,
  type BrokenImage,
  type Embedder,
  type EmbedRequest,
  type EmbeddingTarget,
} from './embedding/embedder.js';
import { comparePrecisions, setNames, type PrecisionComparison, type Run } from './evaluation/precisionComparison.js';
import type { Evaluation } from './evaluation/evaluation.js';
import { predictionsOf } from './evaluation/scores.js';
import { checkNovelty, type Negatives, type NoveltyCheck } from './evaluation/noveltyCheck.js';
import type { DriftBaseline } from '../models/driftBaseline.js';
import type { NoveltyModel } from '../models/noveltyFile.js';
import { leastImages } from '../models/novelty.js';
import { drawBlanks } from '../image/drawnImages.js';
import { gatherFeatures } from './embedding/embeddingCache.js';
import { headToLayersModel } from './fit/headModel.js';
import { l2Candidates, type FitOptions, type Hyperparameters } from './fit/hyperparameters.js';
import type { Reporter } from './reporter.js';
import { trainingFailed } from './trainingErrors.js';
import type { Trainer } from './worker/trainer.js';
import type {
  CandidateSummary,
  FitProgress,
  HeadCalibration,
  LabelledFeatures,
  NamedHead,
} from './worker/trainerTask.js';
import { viewKey, type AugmentedView } from './embedding/augmentation.js';

export interface StageContext {
  readonly embedder: Embedder;
  readonly reporter: Pick<Reporter, 'step' | 'tell'>;
  readonly signal: AbortSignal;
  readonly trainer: Trainer;
}

/** What the fit chose, without the weights. */
export interface FitSummary {
  readonly labels: readonly string[];
  readonly options: FitOptions;
  readonly bestEpoch: number;
  readonly epochsRun: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly candidates: readonly CandidateSummary[];
  readonly calibration: HeadCalibration;
  /** Of a multi-label head, by class; its calibration is in its weights. */
  readonly thresholds?: readonly number[];
}

/** The image itself, and for training images the augmented views. */
function viewsOf({ split, negative }: SnapshotItem, { views, augmentation, seed }: Hyperparameters): AugmentedView[] {
  const count = split === 'train' && negative !== true ? views : 0;
  return Array.from({ length: count + 1 }, (_, index) => ({ index, augmentation, seed }));
}

/** One request per image, with the views of all its rows: the same image may be there under two labels. */
function embedRequests(items: readonly SnapshotItem[], chosen: Hyperparameters): EmbedRequest[] {
  const requests = new Map<string, EmbedRequest>();
  for (const item of items) {
    const { sha256 } = item;
    const views = viewsOf(item, chosen);
    const known = requests.get(sha256);
    if (!known || known.views.length < views.length) requests.set(sha256, { image: sha256, views });
  }
  return [...requests.values()];
}

/** Embeds what the cache lacks; gives the images that cannot be read. */
export function embedItems(
  context: StageContext,
  backbone: EmbeddingTarget,
  items: readonly SnapshotItem[],
  chosen: Hyperparameters,
): Promise<BrokenImage[]> {
  return context.embedder.ensure(backbone, embedRequests(items, chosen), context.signal, ({ done, total }) => {
    context.reporter.step('progress', done / total, { done, total });
  });
}

/** The view that is the image itself. */
export const plain = {
  index: 0,
  seed: 0,
  augmentation: { flip: false, crop: false, colour: false, rotation: false, erasing: false },
};

/** Embeds the images as they are, where the cache lacks them; gives those that cannot be read. */
export function embedPlain(
  embedder: Embedder,
  target: EmbeddingTarget,
  images: ReadonlyArray<{ readonly sha256: string }>,
  signal: AbortSignal,
): Promise<BrokenImage[]> {
  const requests = [...new Set(images.map(({ sha256 }) => sha256))].map((image) => ({ image, views: [plain] }));
  return embedder.ensure(target, requests, signal, () => undefined);
}

/** The embeddings of the images as they are, [images, size]. */
export function gatherPlain(
  embedder: Embedder,
  target: EmbeddingTarget,
  images: ReadonlyArray<{ readonly sha256: string }>,
): Promise<Float32Array> {
  const keys = images.map(({ sha256 }) => ({ image: sha256, view: viewKey(plain) }));
  return gatherFeatures(embedder.cacheOf(target), target.backbone.embeddingSize, keys);
}

async function gatherLabelledFeatures(
  { embedder }: StageContext,
  target: EmbeddingTarget,
  items: readonly SnapshotItem[],
): Promise<LabelledFeatures> {
  return {
    features: await gatherPlain(embedder, target, items),
    truth: items.map(({ label }) => label),
    images: items.map(({ sha256, imageId }) => ({ image: sha256, imageId })),
  };
}

const classIndices = (names: readonly string[], labels: readonly string[]): Uint32Array => {
  const index = new Map(labels.map((label, i) => [label, i]));
  return Uint32Array.from(names, (name) => index.get(name)!);
};

export function reportEpoch(
  { reporter }: StageContext,
  { candidate, candidates, epoch, epochs, ...figures }: FitProgress,
): void {
  reporter.step('epoch', (candidate - 1 + epoch / epochs) / candidates, {
    candidate,
    candidates,
    epoch,
    epochs,
    ...figures,
  });
}

/** One row for each training image and each of its views. */
export function trainingRows(items: readonly SnapshotItem[], chosen: Hyperparameters) {
  // By the split of the snapshot: those are the views that were embedded.
  return items.flatMap((item) => viewsOf(item, chosen).map((view) => ({ item, view })));
}

/** Fits a head for each L2 value on the training images and their views; with `refit` the best then learns from validation images too. */
export async function fitOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  partition: Partition,
  chosen: Hyperparameters,
  refit = false,
): Promise<{ summary: FitSummary; model: LayersModel }> {
  const { labels } = partition;
  const size = target.backbone.embeddingSize;
  const rows = trainingRows(partition.train, chosen);
  const features = await gatherFeatures(
    context.embedder.cacheOf(target),
    size,
    rows.map(({ item, view }) => ({ image: item.sha256, view: viewKey(view) })),
  );
  const validation = await gatherLabelledFeatures(context, target, partition.validation);
  const data = {
    train: {
      features,
      labels: classIndices(
        rows.map(({ item }) => item.label),
        labels,
      ),
    },
    validation: { features: validation.features, labels: classIndices(validation.truth, labels) },
    size,
    classes: labels.length,
  };
  const divided = divideIntoParts([...partition.train, ...partition.validation]);
  const partsOf = (items: readonly SnapshotItem[]): Uint8Array => Uint8Array.from(items, (item) => divided.get(item)!);
  const parts = {
    train: partsOf(rows.map(({ item }) => item)),
    unaltered: Uint8Array.from(rows, ({ view }) => Number(view.index === 0)),
    validation: partsOf(partition.validation),
  };
  const {
    head,
    options,
    candidates: tried,
    calibration,
  } = await context.trainer.run(
    {
      kind: 'fit',
      data,
      candidates: l2Candidates(chosen),
      parts,
      learnsFromValidation: partition.heldOutSplit === 'test',
      refit,
    },
    { signal: context.signal, onProgress: (progress) => reportEpoch(context, progress) },
  );
  const { layers, bestEpoch, epochsRun, validationLoss, validationAccuracy } = head;
  const figures = { bestEpoch, epochsRun, validationLoss, validationAccuracy };
  const summary = { labels, options, ...figures, candidates: tried, calibration };
  return { summary, model: headToLayersModel(layers, size) };
}

/** Images of other datasets that a version is tried on. */
const mostOthers = 200;

/** What tells images of the labels from others, and how well it does; undefined when there are too few images for it. */
export interface Novelty {
  readonly model: NoveltyModel;
  readonly check: NoveltyCheck;
}

/** What a version is to tell from images of none of its labels. */
export interface NoveltyWork {
  readonly target: EmbeddingTarget;
  readonly partition: Partition;
  /** Absent where an image has several labels: it is not right or wrong as a whole. */
  readonly head?: NamedHead;
  /** Number of the class that an image stands for among those that others are measured by. */
  readonly classOf: (item: SnapshotItem) => number;
  readonly seed: number;
  /** The backbone has learnt the training images, so that the validation images alone say how near an image of the labels is. */
  readonly isTuned: boolean;
  /** Images that may serve as negatives where their embeddings are known already. */
  readonly others: ReadonlyArray<{ readonly sha256: string }>;
}

/** Chooses by the images that are learnt from, and measures on those that are not. */
export async function fitNoveltyOnPartition(context: StageContext, work: NoveltyWork): Promise<Novelty | undefined> {
  const { target, partition, seed, isTuned } = work;
  const { train, validation, heldOut, heldOutSplit, negatives } = partition;
  const { embedder, signal, trainer } = context;
  // Those that the figures are of have no say.
  const items = heldOutSplit === 'test' || isTuned ? [...train, ...validation] : train;
  if (items.length < leastImages) return undefined;
  const divided = isTuned
    ? new Map(items.map((item) => [item, Number(validation.includes(item))]))
    : divideIntoParts(items);
  const elsewhere = [
    ...(await drawnNegatives(context, target)),
    ...(await knownNegatives(embedder, target, work.others)),
  ];
  const uploaded = async (wanted: (item: SnapshotItem) => boolean): Promise<Negatives[]> => {
    const chosen = onePerGroup(negatives.filter(wanted));
    return chosen.length === 0 ? [] : [{ kind: 'uploaded', features: await gatherPlain(embedder, target, chosen) }];
  };
  const isHeldOut = ({ split }: SnapshotItem): boolean => split === heldOutSplit;
  const groups = [...new Set(items.map(({ groupKey }) => groupKey))];
  const numbers = new Map(groups.map((group, number) => [group, number]));
  const choice = await trainer.run(
    {
      kind: 'novelty',
      features: await gatherPlain(embedder, target, items),
      size: target.backbone.embeddingSize,
      labels: Uint32Array.from(items, work.classOf),
      parts: Uint8Array.from(items, (item) => divided.get(item)!),
      groups: Uint32Array.from(items, ({ groupKey }) => numbers.get(groupKey)!),
      ...(isTuned && { measuredPart: 1 }),
      negatives: [...elsewhere, ...(await uploaded((item) => !isHeldOut(item)))],
      seed,
    },
    { signal },
  );
  if (choice === undefined) return undefined;
  const { model, tried } = choice;
  const features = await gatherPlain(embedder, target, heldOut);
  const isRight = work.head && (await areRight(context, work.head, heldOut, features));
  const check = checkNovelty(model, features, [...elsewhere, ...(await uploaded(isHeldOut))], isRight);
  return { model, check: { ...check, tried: [...tried] } };
}

async function drawnNegatives({ embedder, signal }: StageContext, target: EmbeddingTarget): Promise<Negatives[]> {
  const blanks: Float32Array[] = [];
  for (const pixels of drawBlanks(target.preprocessing))
    blanks.push(await embedder.embedPixels(target, pixels, signal));
  return [{ kind: 'drawn', features: inRows(blanks, target.backbone.embeddingSize) }];
}

/** Of `images`, up to mostOthers that were embedded with this backbone before: nothing is computed for them. */
async function knownNegatives(
  embedder: Embedder,
  target: EmbeddingTarget,
  images: NoveltyWork['others'],
): Promise<Negatives[]> {
  const cache = embedder.cacheOf(target);
  const known: Float32Array[] = [];
  for (const { sha256 } of images) {
    if (known.length === mostOthers) break;
    const embedding = await cache.read({ image: sha256, view: viewKey(plain) });
    if (embedding) known.push(embedding);
  }
  return known.length === 0 ? [] : [{ kind: 'otherDatasets', features: inRows(known, target.backbone.embeddingSize) }];
}

const inRows = (rows: readonly Float32Array[], size: number): Float32Array => {
  const all = new Float32Array(rows.length * size);
  rows.forEach((row, index) => all.set(row, index * size));
  return all;
};

const onePerGroup = (items: readonly SnapshotItem[]): SnapshotItem[] => [
  ...new Map(items.map((item) => [item.groupKey, item])).values(),
];

async function areRight(
  { trainer, signal }: StageContext,
  { model, labels }: NamedHead,
  items: readonly SnapshotItem[],
  features: Float32Array,
): Promise<boolean[]> {
  const logits = await trainer.run({ kind: 'predict', model, features, count: items.length }, { signal });
  return [...predictionsOf(logits, labels.length)].map((predicted, row) => labels[predicted] === items[row]!.label);
}

/**
 * What later images are compared with: how the embeddings of the partition's images are spread, and how often each class was `predicted` of its
 * held-out images. undefined when there are too few. `fineTuned`: the backbone has learnt the training images, which lie where no other does.
 */
export async function measureDriftOnPartition(
  { embedder, signal, trainer }: StageContext,
  target: EmbeddingTarget,
  { train, validation, heldOut }: Partition,
  predicted: readonly number[],
  { seed, fineTuned }: { readonly seed: number; readonly fineTuned: boolean },
): Promise<Omit<DriftBaseline, 'id'> | undefined> {
  const items = [...new Set([...(fineTuned ? [] : train), ...validation, ...heldOut])];
  const divided = divideIntoParts(items);
  const size = target.backbone.embeddingSize;
  const task = {
    kind: 'drift',
    features: await gatherPlain(embedder, target, items),
    size,
    parts: Uint8Array.from(items, (item) => divided.get(item)!),
    seed,
  } as const;
  const spread = await trainer.run(task, { signal });
  return spread && { ...spread, size, classes: predicted };
}

/** Evaluates on the held-out images. */
export async function evaluateOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  partition: Partition,
  head: NamedHead,
  { temperature }: HeadCalibration,
  seed: number,
): Promise<Evaluation> {
  const heldOut = await gatherLabelledFeatures(context, target, partition.heldOut);
  const { signal, trainer } = context;
  return trainer.run({ kind: 'evaluate', head, temperature, heldOut, seed }, { signal });
}

/** The head on the held-out images beside itself in fp32, where they are embedded first. */
export async function comparePrecisionsOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  fp32: EmbeddingTarget,
  { heldOut }: Partition,
  { model, labels }: NamedHead,
  thresholds?: readonly number[],
): Promise<PrecisionComparison> {
  const { embedder, signal, trainer } = context;
  await embedPlain(embedder, fp32, heldOut, signal);
  const truth = heldOut.map(({ label }) => label);
  const runIn = async (of: EmbeddingTarget): Promise<Run> => {
    const features = await gatherPlain(embedder, of, heldOut);
    const logits = await trainer.run({ kind: 'predict', model, features, count: heldOut.length }, { signal });
    return { features, logits };
  };
  const answerOf = thresholds && setNames(labels, thresholds);
  return comparePrecisions(await runIn(fp32), await runIn(target), truth, labels, answerOf);
}

/** The active version's side of a comparison. */
export interface Baseline {
  readonly lease: Lease;
  readonly loadHead: (version: ServedVersion) => Promise<LayersModel>;
}

/** A comparison, and the images that it did without: the backbone of the version in service cannot take them. */
export interface ComparisonResult {
  readonly comparison: Comparison;
  readonly broken: readonly BrokenImage[];
}

/** The held-out images that the baseline's backbone can take too. Throws AppError training_failed when there is none. */
export async function embedForBaseline(
  context: StageContext,
  baseline: ServedVersion,
  { heldOut }: Partition,
  chosen: Hyperparameters,
): Promise<{ items: readonly SnapshotItem[]; broken: readonly BrokenImage[] }> {
  const broken = await embedItems(context, targetOf(baseline), heldOut, { ...chosen, views: 0 });
  const unusable = new Set(broken.map(({ image }) => image));
  const items = heldOut.filter(({ sha256 }) => !unusable.has(sha256));
  if (items.length > 0) return { items, broken };
  const { name, version } = baseline.manifest;
  throw trainingFailed(
    `None of the ${heldOut.length} held-out images can be decoded for ${name}/${version}, so the new version cannot be compared with it: ${broken[0]!.reason}`,
  );
}

/** The candidate against the version in service on the held-out images; the baseline's backbone may be another. */
export async function compareOnPartition(
  context: StageContext,
  target: EmbeddingTarget,
  partition: Partition,
  candidate: NamedHead,
  { lease, loadHead }: Baseline,
  chosen: Hyperparameters,
): Promise<ComparisonResult> {
  const { manifest } = lease.version;
  const { items, broken } =
    lease.version.backboneId === target.backboneId
      ? { items: partition.heldOut, broken: [] }
      : await embedForBaseline(context, lease.version, partition, chosen);
  const candidateSet = await gatherLabelledFeatures(context, target, items);
  const { features: activeFeatures } = await gatherLabelledFeatures(context, targetOf(lease.version), items);
  const active = { model: await loadHead(lease.version), labels: manifest.labels };
  const { signal, trainer } = context;
  const comparison = await trainer.run(
    { kind: 'compare', candidate, candidateSet, active, activeFeatures },
    { signal },
  );
  return { comparison, broken };
}
