// A training from its record to a served version. Every finished stage is kept in the checkpoint, so that another process can continue after it.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { findDataset } from '../data/datasets/datasets.js';
import { listForeignImages } from '../data/datasets/foreignImages.js';
import { readFileNames, takeSnapshot } from '../data/datasets/snapshot.js';
import type { Database, Log, Queries } from '../data/database/database.js';
import { taskSchema, type SnapshotItem } from '../data/datasets/schemas.js';
import type { JsonObject, LeftOutImage } from '../data/trainings/schemas.js';
import { LostClaimError, type TrainingClaim } from '../data/trainings/trainingClaim.js';
import type { TrainingObserver } from '../data/trainings/trainingObserver.js';
import type { RunTraining } from '../data/trainings/trainingQueue.js';
import { loadedIdOf, type ReducedPrecision } from '../engines/engine.js';
import { AppError } from '../errors.js';
import type { ReleaseBackbone } from '../serving/loadedBackbones.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import {
  describeCheck,
  isGoodEnough,
  leastCheckedImages,
  precisionChecksMetric,
  precisionCheckSchema,
  type PrecisionCheck,
} from '../serving/precisionChecks.js';
import { findVoucher, type Voucher } from '../serving/precisionVouchers.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { ClassifierRegistry, Lease } from '../serving/registry.js';
import type { StoredVersion } from '../serving/loadedVersions.js';
import type { ActivationService } from '../serving/activation.js';
import { keptDirectory } from '../models/backbones.js';
import { findActivationRanges, keepActivationRanges } from '../models/backboneRanges.js';
import { listVersions, replaceMetrics } from '../models/versions.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';
import type { MeasureBackbone } from './backboneRanges.js';
import { chooseBackbone } from './backboneChoice.js';
import { isBetter, type Comparison } from './evaluation/comparison.js';
import type { Evaluation } from './evaluation/evaluation.js';
import type { LabelSetComparison, LabelSetEvaluation } from './multiLabel/labelSetEvaluation.js';
import { partitionSets } from './multiLabel/setPartition.js';
import { compareSetsOnPartition, evaluateSetsOnPartition, fitSetsOnPartition } from './multiLabel/setStages.js';
import { partitionSnapshot, partitionUsable, validationShare, type Partition } from './partition.js';
import type { BrokenImage, Embedder, EmbeddingTarget } from './embedding/embedder.js';
import { tuneBackbone, type FineTuning } from './fineTuning/tuneBackbone.js';
import type { Hyperparameters } from './fit/hyperparameters.js';
import { describeLeftOut } from './leftOut.js';
import { publishHead, type Publication } from './publication.js';
import { searchOnPartition, type SearchOutcome } from './search/searchOnPartition.js';
import { Space } from './search/searchSpace.js';
import { Reporter, type Stage } from './reporter.js';
import { chosenBy, retrainSchema, type RetrainRequest } from './request.js';
import {
  compareOnPartition,
  comparePrecisionsOnPartition,
  embedItems,
  evaluateOnPartition,
  fitNoveltyOnPartition,
  fitOnPartition,
  measureDriftOnPartition,
  type FitSummary,
  type StageContext,
} from './stages.js';
import { summarise } from './summary.js';
import { Trainer, TrainerFailedError } from './worker/trainer.js';
import { explainDisk, trainingFailed, cannotTrain } from './trainingErrors.js';
import { WorkFiles } from './workFiles.js';

export interface PipelineDeps {
  readonly database: Database;
  readonly registry: ClassifierRegistry;
  readonly embedder: Embedder;
  readonly activation: ActivationService;
  readonly loadHead: (version: StoredVersion) => Promise<LayersModel>;
  readonly modelsDirs: ModelsDirs;
  /** Measures a backbone's activation ranges on images, by their SHA-256, those that cannot be decoded left out. */
  readonly measureRanges: MeasureBackbone;
  readonly dataDir: string;
  /** JavaScript heap of the trainer in MiB. */
  readonly maxTrainerHeapMb: number;
  /** Most bytes of feature maps that a fine-tuning keeps under `dataDir` until it ends. */
  readonly maxFeatureMapBytes: number;
  /** Whether images of other datasets serve as examples of what is unknown. */
  readonly comparesWithOtherDatasets: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly logger: Log;
  readonly observer?: Pick<TrainingObserver, 'onStageStart' | 'onStage'>;
  /** Awaited when a stage has been announced and before it begins: a test holds a training there. */
  readonly onStage?: ((stage: Stage, signal: AbortSignal) => Promise<void>) | undefined;
}

const written = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

/** What the finished stages leave for the next ones. Only this program writes it, so the insides of the parts are not checked again. */
const checkpointSchema = z.object({
  /** The version whose backbone the training embeds with. */
  base: z
    .object({
      name: z.string(),
      version: z.int(),
      backboneId: z.string(),
      /** Of the dataset: it may be gone when another process goes on. */
      task: taskSchema.default('single-label'),
    })
    .optional(),
  fineTuning: written<FineTuning>().optional(),
  /** What the images are embedded with: the base's backbone in one precision (see Embedder.folderOf). */
  embeddedWith: z.string().optional(),
  /** Checks of the lower precisions that were tried, the one that the head is of the last. */
  precisionChecks: z.array(precisionCheckSchema).default([]),
  /** Trainings read it from here (see trainings.ts). */
  leftOut: z.array(written<LeftOutImage>()).optional(),
  search: written<SearchOutcome>().optional(),
  fit: written<FitSummary>().optional(),
  /** Name of the fitted head among the work files. */
  head: z.string().default('head'),
  evaluation: written<Evaluation | LabelSetEvaluation>().optional(),
  /** null: there was no version to compare with. */
  comparison: written<Comparison | LabelSetComparison>().nullable().optional(),
  published: z.object({ version: z.int() }).optional(),
  /** Published before it was measured, and found not good enough in its precision since: the training goes on to another version. */
  refusedVersion: z.int().optional(),
  /** false: the version was left to a person, or was not better; `refused` says why one that was to be activated is not. */
  activated: z.union([z.boolean(), z.object({ refused: z.string() })]).optional(),
  /** Seconds that each finished stage took. */
  seconds: z.record(z.string(), z.number()).default({}),
});
type Checkpoint = z.infer<typeof checkpointSchema>;

/** A checkpoint whose next head, to be named `head`, is yet to be fitted. */
const withoutHead = (
  { base, fineTuning, embeddedWith, precisionChecks, refusedVersion, leftOut, search, seconds }: Checkpoint,
  head: string,
): Checkpoint => ({
  base,
  fineTuning,
  embeddedWith,
  precisionChecks: precisionChecks.filter((check) => !isGoodEnough(check)),
  refusedVersion,
  leftOut: leftOut?.filter(({ stage }) => stage !== 'compare'),
  search,
  seconds,
  head,
});

/** A checkpoint whose images are yet to be embedded, in another precision. */
const withoutEmbeddings = ({ base, fineTuning, precisionChecks, refusedVersion }: Checkpoint): Checkpoint =>
  checkpointSchema.parse({ base, fineTuning, precisionChecks, refusedVersion });

/** What a training learns from and with. `reduced`: the precision of the embeddings; absent: fp32. */
interface Basis {
  readonly stored: StoredVersion;
  readonly target: EmbeddingTarget;
  readonly reduced: ReducedPrecision | undefined;
}

const targetIn = (
  { manifest: { backbone, preprocessing } }: StoredVersion,
  reduced: ReducedPrecision | undefined,
): EmbeddingTarget => ({
  backbone,
  preprocessing,
  backboneId: loadedIdOf({ id: backbone.id, ...(reduced && { reduced }) }),
});

/** Of a search: each has a copy of the standardised embeddings. */
const mostThreads = 8;

/** Fewer images would measure themselves. */
const leastMeasuredImages = 50;

/** Whether there will be enough held-out images for the gate, should all of them be decoded. */
function canBeChecked(items: readonly SnapshotItem[]): boolean {
  const count = (wanted: SnapshotItem['split']): number =>
    items.filter(({ split, negative }) => split === wanted && negative !== true).length;
  const heldOut = count('test') || count('validation') || Math.floor(count('train') * validationShare);
  return heldOut >= leastCheckedImages;
}

/** What a training queue runs. Rejects with AppError for a failure that its record is to explain. */
export const createPipeline =
  (deps: PipelineDeps): RunTraining =>
  async (claim, signal) => {
    const files = new WorkFiles(deps.dataDir, claim.training.id);
    try {
      const run = new TrainingRun(deps, claim, signal, files);
      const outcome = await run.perform();
      await files.remove();
      return outcome;
    } catch (error) {
      throw explain(error);
    }
  };

/** Left-out images named in the log; all are counted. */
const leftOutLogged = 20;

/** How often each class was predicted of the held-out images; of sets of labels nothing is counted: one image has several. */
const predictedOf = (evaluation: Evaluation | LabelSetEvaluation): number[] =>
  'task' in evaluation
    ? evaluation.classes.map(() => 0)
    : (evaluation.confusion[0]?.map((_, label) => evaluation.confusion.reduce((sum, row) => sum + row[label]!, 0)) ??
      []);

const explain = (error: unknown): unknown =>
  error instanceof TrainerFailedError ? trainingFailed(`${error.message}.`, error) : explainDisk(error);

type PublishedResults = Omit<
  Publication,
  'trainingId' | 'refusedVersion' | 'request' | 'chosen' | 'fit' | 'search' | 'fineTuning'
>;

/** Faults that the training is run again after. */
const isTemporary = (error: unknown): boolean =>
  error instanceof LostClaimError || (error instanceof AppError && error.code === 'database_unavailable');

class TrainingRun {
  readonly #request: RetrainRequest;
  readonly #chosen: Hyperparameters;
  readonly #space: Space | undefined;
  readonly #context: StageContext;
  readonly #reporter: Reporter;
  #checkpoint: Checkpoint = checkpointSchema.parse({});
  /** Set while the new version may answer although it has not been measured yet: ends that. */
  #endAllowance: (() => void) | undefined;

  constructor(
    private readonly deps: PipelineDeps,
    private readonly claim: TrainingClaim,
    private readonly signal: AbortSignal,
    private readonly files: WorkFiles,
  ) {
    this.#request = retrainSchema.parse(claim.training.request);
    const { search, fineTune } = this.#request;
    this.#chosen = chosenBy(this.#request);
    this.#space = search && new Space(this.#chosen, search.space);
    this.#reporter = new Reporter(claim, deps.now, {
      fineTunes: fineTune !== undefined,
      searches: search !== undefined,
    });
    this.#context = {
      embedder: deps.embedder,
      reporter: this.#reporter,
      signal,
      trainer: new Trainer(deps.maxTrainerHeapMb),
    };
  }

  async perform(): Promise<{ version: number; metrics: JsonObject }> {
    this.#checkpoint = checkpointSchema.parse((await this.claim.checkpoint()) ?? {});
    const { dataset, datasetVersion } = this.#request;
    await this.#begin('snapshot');
    const items = await takeSnapshot(this.deps.database, this.claim, dataset, datasetVersion);
    this.#tellStage('snapshot', this.#reporter.seconds);
    if (items.length === 0)
      throw cannotTrain(`Dataset "${dataset}" has no images. Upload labelled images of at least two classes.`);
    const lease = await this.#acquireBase();
    try {
      const { name, version } = lease.version.manifest;
      const base = this.deps.registry.version(name, version);
      const stored = await this.#withRanges(await this.#fineTune(base, items), items);
      for (const reduced of this.#precisionsFor(stored, items)) {
        const outcome = await this.#performInPrecision(stored, reduced, items);
        if (outcome) return outcome;
      }
      return (await this.#performInPrecision(stored, undefined, items))!;
    } finally {
      await this.#context.trainer.close();
      lease.release();
      await this.#withdrawAllowance();
    }
  }

  /** However the training ends: a version that it has not measured answers in fp32. */
  async #withdrawAllowance(): Promise<void> {
    const end = this.#endAllowance;
    if (end === undefined) return;
    this.#endAllowance = undefined;
    end();
    await this.deps.registry.reload();
  }

  /** The version to learn from: the base, or where that is asked for and helps, the base with its backbone fine-tuned. */
  async #fineTune(base: StoredVersion, items: readonly SnapshotItem[]): Promise<StoredVersion> {
    if (this.#request.fineTune === undefined) return base;
    if (!(await this.#isTuned())) this.#checkpoint = checkpointSchema.parse({ base: this.#checkpoint.base });
    const { tuned } = await this.#stage('fine-tune', 'fineTuning', () => this.#tune(base, items));
    if (tuned === undefined) return base;
    const { manifest, directory } = base;
    return {
      manifest: { ...manifest, backbone: { ...manifest.backbone, id: tuned.backboneId } },
      directory,
      backboneDirectory: keptDirectory(this.deps.modelsDirs.own, tuned.backboneId),
    };
  }

  /** Whether all that a finished fine-tuning left is there. */
  async #isTuned(): Promise<boolean> {
    const { fineTuning, published } = this.#checkpoint;
    if (fineTuning?.tuned === undefined || published !== undefined) return fineTuning !== undefined;
    return (await this.files.readHead(fineTuning.tuned.head)) !== undefined;
  }

  #tune(base: StoredVersion, items: readonly SnapshotItem[]): Promise<FineTuning> {
    const run = {
      ...this.deps,
      context: this.#context,
      reporter: this.#reporter,
      files: this.files,
      number: this.claim.number,
      chosen: this.#chosen,
    };
    return tuneBackbone(run, base, targetIn(base, undefined), items);
  }

  /** undefined when the backbone cannot be loaded in this precision, or does not pass its check: never of fp32. */
  async #performInPrecision(
    stored: StoredVersion,
    reduced: ReducedPrecision | undefined,
    items: readonly SnapshotItem[],
  ): Promise<{ version: number; metrics: JsonObject } | undefined> {
    const releaseBackbone = await this.#holdBackbone(stored, reduced);
    if (releaseBackbone === undefined) return undefined;
    const target = targetIn(stored, reduced);
    try {
      const embeddedWith = this.deps.embedder.folderOf(target);
      // Another process may have begun, with an engine that rounds otherwise.
      if (this.#checkpoint.embeddedWith !== embeddedWith && this.#checkpoint.published === undefined)
        await this.#save({ ...withoutEmbeddings(this.#checkpoint), embeddedWith });
      return await this.#performWith({ stored, target, reduced }, items);
    } finally {
      await releaseBackbone();
    }
  }

  /** undefined when it cannot be loaded in a lower precision, which is logged; in fp32 the reason is thrown. */
  async #holdBackbone(
    stored: StoredVersion,
    reduced: ReducedPrecision | undefined,
  ): Promise<ReleaseBackbone | undefined> {
    try {
      return await this.deps.registry.holdBackbone(stored, reduced);
    } catch (error) {
      if (reduced === undefined || !(error instanceof AppError && error.code === 'invalid_model')) throw error;
      this.deps.logger.warn(
        { err: error, directory: stored.backboneDirectory },
        `a backbone cannot be loaded in ${reduced.precision}: the training goes on without it`,
      );
      return undefined;
    }
  }

  /** The version with the activation ranges of its backbone, measured now when they never were and int8 could be of use. */
  async #withRanges(stored: StoredVersion, items: readonly SnapshotItem[]): Promise<StoredVersion> {
    const { registry, modelsDirs, measureRanges, logger } = this.deps;
    const training = items.filter(({ split }) => split === 'train');
    const isUseful = registry.precisions.isWanted('int8') && training.length >= leastMeasuredImages;
    if (stored.ranges !== undefined || !isUseful || !canBeChecked(items)) return stored;
    // Another process may have measured them since this one read the directories; whoever was first is right, for its versions were
    // checked with them.
    const find = (): Promise<ActivationRanges | undefined> =>
      findActivationRanges(modelsDirs, stored.manifest.backbone.id, stored.backboneDirectory);
    try {
      const known = await find();
      if (known) return { ...stored, ranges: known };
      await this.#begin('ranges');
      const images = [...new Set(training.map(({ sha256 }) => sha256))];
      const measured = await measureRanges(stored, images, this.signal);
      this.#tellStage('ranges', this.#reporter.seconds);
      const ranges = (await find()) ?? measured;
      if (ranges === measured)
        await keepActivationRanges(modelsDirs, ranges, (await listVersions(modelsDirs)).versions);
      return { ...stored, ranges };
    } catch (error) {
      this.signal.throwIfAborted();
      logger.warn(
        { err: error, directory: stored.backboneDirectory },
        'the activation ranges of a backbone cannot be measured: it has no int8',
      );
      return stored;
    }
  }

  /** The lower precisions to be tried, fastest first: none that failed its check before this process took over. */
  #precisionsFor(stored: StoredVersion, items: readonly SnapshotItem[]): ReducedPrecision[] {
    if (!canBeChecked(items)) return [];
    const failed = new Set(
      this.#checkpoint.precisionChecks.filter((check) => !isGoodEnough(check)).map(({ precision }) => precision),
    );
    return this.deps.registry.precisions.candidates(stored.ranges).filter(({ precision }) => !failed.has(precision));
  }

  async #performWith(
    basis: Basis,
    items: readonly SnapshotItem[],
  ): Promise<{ version: number; metrics: JsonObject } | undefined> {
    const unusable = await this.#stage('embeddings', 'leftOut', async () =>
      this.#leaveOut(items, await embedItems(this.#context, basis.target, items, this.#mostViews), 'embeddings'),
    );
    const partition = this.#partitionSnapshot(items, unusable);
    const published = this.#checkpoint.published ?? (await this.#createVersion(basis, partition));
    if (published === undefined) return undefined;
    const { version } = published;
    const evaluation = this.#checkpoint.evaluation!;
    const activated = await this.#stage('activate', 'activated', () => this.#activate(version));
    if (!(await this.#passesInService(basis, partition, version))) return undefined;
    const fileNames = await readFileNames(
      this.deps.database,
      evaluation.worstMistakes.map(({ imageId }) => imageId!),
    );
    return {
      version,
      metrics: summarise({
        fileNames,
        partition,
        leftOut: this.#checkpoint.leftOut!,
        fit: this.#checkpoint.fit!,
        search: this.#checkpoint.search?.figures,
        evaluation,
        comparison: this.#checkpoint.comparison ?? null,
        precisionChecks: this.#checkpoint.precisionChecks,
        activated,
        seconds: this.#checkpoint.seconds,
        fineTuning: this.#checkpoint.fineTuning?.figures,
      }),
    };
  }

  /** undefined when the precision of the embeddings fails its check. */
  async #createVersion(basis: Basis, partition: Partition): Promise<{ version: number } | undefined> {
    const { target, stored } = basis;
    await this.#search(target, partition);
    const model = await this.#fit(target, partition);
    const evaluation = await this.#stage('evaluate', 'evaluation', () => this.#evaluate(target, partition, model));
    const comparison = await this.#stage('compare', 'comparison', () => this.#compare(target, partition, model));
    // Nobody waits for a version that is not to answer.
    const voucher = this.#isToBeActivated(comparison) ? this.#findVoucher(basis) : undefined;
    if (voucher) this.#allowWhileMeasured(voucher);
    else if (!(await this.#passesCheck(basis, partition, model))) return undefined;
    const isTuned = this.#checkpoint.fineTuning?.tuned !== undefined;
    const classOf = ({ label }: SnapshotItem): number => (this.#isMultiLabel ? 0 : partition.labels.indexOf(label));
    const { database, comparesWithOtherDatasets } = this.deps;
    const novelty = await fitNoveltyOnPartition(this.#context, {
      target,
      partition,
      ...(!this.#isMultiLabel && { head: { model, labels: partition.labels } }),
      classOf,
      seed: this.#chosen.seed,
      isTuned,
      others: comparesWithOtherDatasets ? await listForeignImages(database, this.#request.dataset) : [],
    });
    const driftBaseline = await measureDriftOnPartition(this.#context, target, partition, predictedOf(evaluation), {
      seed: this.#chosen.seed,
      fineTuned: isTuned,
    });
    // A version that is to be measured yet needs it again.
    if (this.#endAllowance === undefined) await this.#context.trainer.close();
    const leftOut = this.#checkpoint.leftOut!;
    const { precisionChecks } = this.#checkpoint;
    return this.#stage('publish', 'published', () =>
      this.#publish({
        base: stored.manifest,
        model,
        evaluation,
        comparison,
        partition,
        leftOut,
        precisionChecks,
        novelty,
        driftBaseline,
      }),
    );
  }

  #evaluate(
    target: EmbeddingTarget,
    partition: Partition,
    model: LayersModel,
  ): Promise<Evaluation | LabelSetEvaluation> {
    const { labels, calibration, thresholds } = this.#checkpoint.fit!;
    const { seed } = this.#chosen;
    const head = { model, labels };
    return thresholds
      ? evaluateSetsOnPartition(this.#context, target, partition, head, thresholds, seed)
      : evaluateOnPartition(this.#context, target, partition, head, calibration, seed);
  }

  get #isMultiLabel(): boolean {
    return this.#checkpoint.base?.task === 'multi-label';
  }

  /**
   * What lets the version answer before it is measured: that its backbone has passed in this precision. Once, for a training: after that
   * has failed it takes no other chance. undefined: it is measured first.
   */
  #findVoucher({ target, reduced }: Basis): Voucher | undefined {
    const { registry, embedder } = this.deps;
    if (reduced === undefined || this.#isChecked(target) || this.#checkpoint.refusedVersion !== undefined)
      return undefined;
    const manifests = registry.list().flatMap(({ versions }) => versions.map(({ manifest }) => manifest));
    return findVoucher(manifests, embedder.engine, target.backboneId);
  }

  #allowWhileMeasured(voucher: Voucher): void {
    this.#reporter.measuresLast();
    this.#endAllowance ??= this.deps.registry.precisions.allowWhileMeasured(this.claim.training.id, voucher);
  }

  #isChecked({ backboneId }: EmbeddingTarget): boolean {
    return this.#checkpoint.precisionChecks.some(({ backbone }) => backbone === backboneId);
  }

  /** Whether the version may answer in the precision of its embeddings; when not, the training begins again in another one. */
  async #passesCheck(basis: Basis, partition: Partition, model: LayersModel): Promise<boolean> {
    const { reduced, target } = basis;
    if (reduced === undefined || this.#isChecked(target)) return true;
    const { check, checked } = await this.#measure(basis, reduced, partition, model);
    const passes = isGoodEnough(check);
    await this.#save(passes ? checked : withoutEmbeddings(checked));
    this.#tellStage('precision', checked.seconds['precision']!);
    if (!passes) this.#warnOf(check);
    return passes;
  }

  /**
   * As #passesCheck, of a version that was published before it was measured. What is found is written into its metrics, and decides from
   * then on: a version that fails answers in fp32 at once, and the one before it in its place where there is one. Everything here can be
   * done again, by a process that takes over. Where nothing can be found out the version stays, in fp32.
   */
  async #passesInService(basis: Basis, partition: Partition, version: number): Promise<boolean> {
    const { reduced, target } = basis;
    if (reduced === undefined || this.#isChecked(target)) return true;
    const { registry, loadHead, activation } = this.deps;
    const { model } = this.#request;
    this.#reporter.measuresLast();
    try {
      const known = registry.version(model, version);
      const { check, checked } = await this.#measure(basis, reduced, partition, await loadHead(known));
      const passes = isGoodEnough(check);
      const { precisionChecks } = checked;
      await this.claim.transaction(() =>
        replaceMetrics(known.directory, { ...known.manifest.metrics, [precisionChecksMetric]: precisionChecks }),
      );
      this.#endAllowance?.();
      this.#endAllowance = undefined;
      await activation.reload();
      if (!passes) await activation.takeBack(model, version, (tx) => this.claim.hold(tx));
      await this.#save(passes ? checked : { ...withoutEmbeddings(checked), refusedVersion: version });
      this.#tellStage('precision', checked.seconds['precision']!);
      if (!passes) this.#warnOf(check);
      return passes;
    } catch (error) {
      this.signal.throwIfAborted();
      if (isTemporary(error)) throw error;
      this.deps.logger.error(
        { err: error, training: this.claim.training.id, version },
        'a version could not be compared with fp32 after its activation: it answers in fp32',
      );
      return true;
    }
  }

  #warnOf(check: PrecisionCheck): void {
    this.deps.logger.warn(
      { training: this.claim.training.id, check },
      `${check.precision} is not good enough for a version, which is trained again: ${describeCheck(check)}`,
    );
  }

  /** The check of the precision, and the checkpoint that has it. */
  async #measure(basis: Basis, reduced: ReducedPrecision, partition: Partition, model: LayersModel) {
    await this.#begin('precision');
    const check = await this.#check(basis, reduced, partition, model);
    await this.#reporter.flushed();
    await this.#reporter.tell('precision', 1, {
      precision: check.precision,
      passes: isGoodEnough(check),
      figures: describeCheck(check),
    });
    const { seconds, precisionChecks } = this.#checkpoint;
    const checked: Checkpoint = {
      ...this.#checkpoint,
      precisionChecks: [...precisionChecks, check],
      seconds: { ...seconds, precision: this.#reporter.seconds },
    };
    return { check, checked };
  }

  async #check(
    { stored, target }: Basis,
    { precision }: ReducedPrecision,
    partition: Partition,
    model: LayersModel,
  ): Promise<PrecisionCheck> {
    const { registry, embedder } = this.deps;
    const release = await registry.holdBackbone(stored);
    try {
      const { labels, thresholds } = this.#checkpoint.fit!;
      const head = { model, labels };
      const fp32 = targetIn(stored, undefined);
      const comparison = await comparePrecisionsOnPartition(this.#context, target, fp32, partition, head, thresholds);
      return { engine: embedder.engine, precision, backbone: target.backboneId, ...comparison };
    } finally {
      await release();
    }
  }

  /** Runs a stage unless its result is in the checkpoint, and saves it there. */
  async #stage<Key extends keyof Checkpoint>(
    stage: Stage,
    key: Key,
    work: () => Promise<NonNullable<Checkpoint[Key]> | Extract<Checkpoint[Key], null>>,
  ): Promise<NonNullable<Checkpoint[Key]> | Extract<Checkpoint[Key], null>> {
    const done = this.#checkpoint[key];
    if (done !== undefined) return done;
    this.signal.throwIfAborted();
    await this.#begin(stage);
    const result = await work();
    await this.#reporter.flushed();
    const took = this.#reporter.seconds;
    await this.#save({
      ...this.#checkpoint,
      [key]: result,
      seconds: { ...this.#checkpoint.seconds, [stage]: took },
    });
    this.#tellStage(stage, took);
    return result;
  }

  #tellStage(stage: Stage, seconds: number): void {
    this.deps.observer?.onStage?.(this.claim.training, stage, seconds);
  }

  async #begin(stage: Stage): Promise<void> {
    await this.#reporter.begin(stage);
    this.deps.observer?.onStageStart?.(this.claim.training, stage);
    await this.deps.onStage?.(stage, this.signal);
    this.signal.throwIfAborted();
  }

  async #save(checkpoint: Checkpoint, queries?: Queries): Promise<void> {
    await this.claim.saveCheckpoint(checkpoint as unknown as JsonObject, queries);
    this.#checkpoint = checkpoint;
  }

  /** Holds the version that lends its backbone. */
  async #acquireBase(): Promise<Lease> {
    const { registry } = this.deps;
    const chosen = this.#checkpoint.base ?? (await this.#chooseBase());
    const lease = await registry.acquire(chosen.name, chosen.version);
    if (!this.#checkpoint.base) await this.#save({ ...this.#checkpoint, base: chosen });
    return lease;
  }

  async #chooseBase(): Promise<NonNullable<Checkpoint['base']>> {
    const { manifest } = chooseBackbone(this.deps.registry, this.#request);
    const { task } = await findDataset(this.deps.database, this.#request.dataset);
    return { name: manifest.name, version: manifest.version, backboneId: manifest.backbone.id, task };
  }

  /** Logs them; the record has them from the checkpoint. */
  async #leaveOut(
    items: readonly SnapshotItem[],
    broken: readonly BrokenImage[],
    stage: LeftOutImage['stage'],
  ): Promise<LeftOutImage[]> {
    if (broken.length === 0) return [];
    const leftOut = await describeLeftOut(this.deps.database, items, broken, stage);
    this.deps.logger.warn(
      { training: this.claim.training.id, stage, count: leftOut.length, images: leftOut.slice(0, leftOutLogged) },
      'images that cannot be decoded are left out of a training',
    );
    return leftOut;
  }

  #partitionSnapshot(items: readonly SnapshotItem[], leftOut: readonly LeftOutImage[]): Partition {
    return partitionUsable(
      items,
      new Set(leftOut.filter(({ stage }) => stage === 'embeddings').map(({ image }) => image)),
      this.#isMultiLabel ? partitionSets : partitionSnapshot,
    );
  }

  /** The hyper-parameters that the search found, or those that were asked for. */
  get #best(): Hyperparameters {
    return this.#checkpoint.search?.hyperparameters ?? this.#chosen;
  }

  /** With as many views as the search may want; a head that came with its backbone learns from none. */
  get #mostViews(): Hyperparameters {
    if (this.#checkpoint.fineTuning?.tuned) return { ...this.#chosen, views: 0 };
    return this.#space ? { ...this.#chosen, views: this.#space.mostViews } : this.#chosen;
  }

  async #search(target: EmbeddingTarget, partition: Partition): Promise<void> {
    const { search } = this.#request;
    if (search === undefined) return;
    const { maxTrainerHeapMb: maxHeapMb, now } = this.deps;
    const request = {
      ...search,
      space: this.#space!.bounds,
      chosen: this.#chosen,
      mostViews: this.#space!.mostViews,
      embeddedWith: this.#checkpoint.embeddedWith!,
      parallel: Math.min(mostThreads, availableParallelism()),
      maxHeapMb,
    };
    await this.#stage('search', 'search', () =>
      searchOnPartition(this.#context, this.claim, target, partition, request, now),
    );
  }

  /** The head's weights lie in a file, beside the checkpoint: a fit whose file is gone is done again, and one of before calibration was its part, with all that is known of its head. */
  async #fit(target: EmbeddingTarget, partition: Partition): Promise<LayersModel> {
    const { tuned } = this.#checkpoint.fineTuning ?? {};
    if (tuned) {
      this.#checkpoint = { ...this.#checkpoint, fit: tuned.summary };
      return (await this.files.readHead(tuned.head))!;
    }
    const kept = this.#checkpoint.fit?.calibration && (await this.files.readHead(this.#checkpoint.head));
    if (kept) return kept;
    this.#checkpoint = withoutHead(this.#checkpoint, `head-${this.claim.number}`);
    let model: LayersModel | undefined;
    await this.#stage('fit', 'fit', async () => {
      // What is measured must not have been learnt from.
      const refit = this.#request.search !== undefined && partition.heldOutSplit === 'test';
      const fitted = await (this.#isMultiLabel
        ? fitSetsOnPartition(this.#context, target, partition, this.#best)
        : fitOnPartition(this.#context, target, partition, this.#best, refit));
      model = fitted.model;
      await this.files.saveHead(this.#checkpoint.head, model);
      return fitted.summary;
    });
    return model!;
  }

  /** null when the classifier is new. */
  async #compare(target: EmbeddingTarget, partition: Partition, model: LayersModel) {
    const { registry, loadHead } = this.deps;
    const name = this.#request.model;
    if (!registry.list().some((classifier) => classifier.name === name)) return null;
    const lease = await registry.acquire(name);
    try {
      const baseline = { lease, loadHead: () => loadHead(registry.version(name, lease.version.manifest.version)) };
      const candidate = { model, labels: this.#checkpoint.fit!.labels };
      const compare = this.#isMultiLabel ? compareSetsOnPartition : compareOnPartition;
      const { comparison, broken } = await compare(this.#context, target, partition, candidate, baseline, this.#chosen);
      // Saved with the stage.
      const leftOut = await this.#leaveOut(partition.heldOut, broken, 'compare');
      this.#checkpoint = { ...this.#checkpoint, leftOut: [...this.#checkpoint.leftOut!, ...leftOut] };
      return comparison;
    } finally {
      lease.release();
    }
  }

  async #publish(results: PublishedResults): Promise<{ version: number }> {
    const record = (tx: Queries, version: number): Promise<void> =>
      this.#save({ ...this.#checkpoint, published: { version } }, tx);
    const version = await publishHead(
      { ...this.deps, claim: this.claim, record },
      {
        trainingId: this.claim.training.id,
        refusedVersion: this.#checkpoint.refusedVersion,
        request: this.#request,
        chosen: this.#best,
        search: this.#checkpoint.search?.figures,
        fit: this.#checkpoint.fit!,
        fineTuning: this.#checkpoint.fineTuning?.figures,
        ...results,
      },
    );
    return { version };
  }

  /** The version is published by now: failing to activate it does not make the training fail. */
  async #activate(version: number): Promise<boolean | { refused: string }> {
    const { model } = this.#request;
    if (!this.#isToBeActivated(this.#checkpoint.comparison ?? null)) return false;
    const refused = await this.deps.activation.tryToActivate(model, version, (tx) => this.claim.hold(tx));
    // A process that stops closes its engine, which says nothing of the version.
    if (refused !== undefined) this.signal.throwIfAborted();
    if (refused !== undefined) return { refused };
    await this.#reporter.tell('activated', 1, { version });
    return true;
  }

  #isToBeActivated(comparison: Comparison | LabelSetComparison | null): boolean {
    const { activate, margin } = this.#request;
    return activate === 'always' || comparison === null || (activate === 'if-better' && isBetter(comparison, margin));
  }
}
