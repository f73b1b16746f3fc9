// Everything that a training needs, wired as the server does it, on a tiny backbone and a fresh embedded database.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Logger } from 'pino';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { addImage } from '../../src/data/datasets/addImage.js';
import { NearDuplicates } from '../../src/data/datasets/nearDuplicates.js';
import { Datasets } from '../../src/data/datasets/datasets.js';
import { splitOptionsSchema, type Split } from '../../src/data/datasets/schemas.js';
import { ImageStore } from '../../src/data/images/imageStore.js';
import type { Training, TrainingEvent } from '../../src/data/trainings/schemas.js';
import { Wakeup } from '../../src/data/trainings/wakeup.js';
import { startEngine } from '../../src/engines/select.js';
import type { Engine, EngineBatch, EngineOutput } from '../../src/engines/engine.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { Batcher } from '../../src/serving/batcher.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { ClassifierRegistry } from '../../src/serving/registry.js';
import { retrainSchema, type RetrainRequest } from '../../src/training/request.js';
import { createTrainingService, type TrainingService } from '../../src/training/service.js';
import type { Stage } from '../../src/training/reporter.js';
import { createRoundingEngine, type Rounding } from './roundingEngine.js';
import { CutOffDatabase } from './cutOffDatabase.js';
import { newDirectory, pglite, silent, type DatabaseKind } from './databases.js';
import { colourImage, publishTinyModel, type ColourName } from './tinyModel.js';

export const colours: readonly ColourName[] = ['red', 'green', 'blue'];

export interface TrainingBench {
  readonly database: CutOffDatabase;
  readonly dataDir: string;
  readonly modelsDir: string;
  readonly registry: ClassifierRegistry;
  readonly service: TrainingService;
  readonly datasets: Datasets;
  /** Items that the engine has embedded, not counting those of single-image checks. */
  readonly embedded: () => number;
  readonly add: (label: string, bytes: Uint8Array, split?: Split) => Promise<void>;
  /** `count` images of each colour. */
  readonly addColours: (count: number, from?: number) => Promise<void>;
  /** Asks for a training and waits for its end. */
  readonly train: (request?: Partial<Record<keyof RetrainRequest, unknown>>) => Promise<Training>;
  readonly submit: (request?: Partial<Record<keyof RetrainRequest, unknown>>) => Promise<Training>;
  readonly ended: (id: string) => Promise<Training>;
  /** The first event of a training that is as wanted, once it is there. */
  readonly event: (id: string, isWanted: (event: TrainingEvent) => boolean) => Promise<TrainingEvent>;
  /** The next training that reaches the stage waits at its beginning until it may go on, or is aborted. */
  readonly holdAt: (stage: Stage) => HeldTraining;
  /** Stops everything, as a process that ends does. */
  readonly close: () => Promise<void>;
}

export interface HeldTraining {
  /** Resolves when the training waits, with the signal that aborts its run. */
  readonly reached: Promise<AbortSignal>;
  readonly goOn: () => void;
}

const limits = { maxBytes: 5_000_000, maxPixels: 10_000_000, timeoutMs: 60_000 };

export interface TrainingBenchOptions {
  /** Another bench, closed by now, whose state this one goes on with. */
  readonly from?: Pick<TrainingBench, 'dataDir' | 'modelsDir'>;
  /** Another bench that goes on: this one is a second process on its database and its folders. */
  readonly replicaOf?: TrainingBench;
  readonly kind?: DatabaseKind;
  readonly maxTrainerHeapMb?: number;
  /** Of feature maps; default 1 GiB. */
  readonly maxFeatureMapBytes?: number;
  /** The engine also computes in bf16, and does this to its embeddings (see createRoundingEngine). */
  readonly round?: Rounding;
  /** Of the training service; default: none. */
  readonly logger?: Logger;
  /** Of schedules; default: the machine's clock. */
  readonly now?: () => Date;
}

/** Opens a bench with the classifier `colours` and the dataset `d`. */
export async function openTrainingBench(
  t: TestContext,
  {
    replicaOf,
    from = replicaOf,
    kind = pglite,
    maxTrainerHeapMb = 256,
    maxFeatureMapBytes = 2 ** 30,
    logger = silent,
    round,
    now = () => new Date(),
  }: TrainingBenchOptions = {},
): Promise<TrainingBench> {
  const directory = from ? undefined : await newDirectory(t);
  const dataDir = from?.dataDir ?? join(directory!, 'data');
  const modelsDir = from?.modelsDir ?? join(directory!, 'models');
  if (!from) {
    await publishTinyModel(modelsDir, 'colours', colours);
  }
  const prepared = from ? {} : await kind.prepare(dataDir);
  const database = new CutOffDatabase(
    replicaOf?.database.uncut ?? (await openDatabase({ dataDir, logger: silent, ...prepared })),
  );
  const engine = await startEngine(
    { engine: 'onnx', device: 'cpu', threads: 1, cacheDir: join(dataDir, 'cache'), maxBatchSize: 4 },
    { logger: silent, onRestart: () => undefined },
  );
  let embedded = 0;
  const counting = countRuns(round ? createRoundingEngine(engine, round) : engine, ({ headIds, count }) => {
    if (headIds.length === 0) embedded += count;
  });
  const registry = new ClassifierRegistry(counting, createModelsDirectory({ own: modelsDir }), silent, {
    defaultModel: '',
    maxIdleVersions: 2,
  });
  const batcher = new Batcher(counting, { maxBatchSize: 4, backgroundBatchSize: 1, maxQueue: 64 });
  const decoder = createImageDecoder({ limits, concurrency: 2 });
  const images = await ImageStore.open(join(dataDir, 'images'));
  const datasets = new Datasets(database);
  await datasets.put('d', splitOptionsSchema.parse({}));
  const held = new Map<Stage, { reach: (signal: AbortSignal) => void; released: Promise<void> }>();
  const service = createTrainingService({
    database,
    images,
    embeddings: new DirectoryStore(join(dataDir, 'embeddings')),
    registry,
    batcher,
    runHeads: (batch) => counting.runHeads(batch),
    engine: counting.info,
    engineCacheDir: join(dataDir, 'cache'),
    decoder,
    modelsDirs: { own: modelsDir },
    dataDir,
    maxBatchSize: 4,
    concurrency: 1,
    maxTrainerHeapMb,
    maxFeatureMapBytes,
    comparesWithOtherDatasets: true,
    retention: { days: 30, count: 20 },
    logger,
    now,
    onStage: async (stage, signal) => {
      const hold = held.get(stage);
      held.delete(stage);
      if (!hold) return;
      hold.reach(signal);
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      if (!signal.aborted) await Promise.race([hold.released, aborted]);
    },
  });
  await service.activation.start();
  await service.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await service.stop();
    await decoder.close();
    await engine.close();
    if (!replicaOf) await database.close();
  };
  t.after(close);

  const nearDuplicates = new NearDuplicates();
  const add: TrainingBench['add'] = async (label, bytes, split) => {
    await addImage({ database, images, decoder, nearDuplicates }, 'd', {
      bytes,
      label,
      split,
      fileName: `${label}.png`,
    });
  };
  const submit: TrainingBench['submit'] = (request) => {
    const parsed = retrainSchema.parse({ dataset: 'd', model: 'colours', ...request });
    return service.queue.submit({
      classifier: parsed.model,
      dataset: parsed.dataset,
      request: JSON.parse(JSON.stringify(parsed)) as Training['request'],
      seed: 1,
    });
  };
  const ended: TrainingBench['ended'] = async (id) => {
    for (;;) {
      const training = await service.trainings.get(id);
      if (training.state !== 'queued' && training.state !== 'running') return training;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const event: TrainingBench['event'] = async (id, isWanted) => {
    const wakeup = new Wakeup();
    const unlisten = await service.trainings.onEvents(id, () => wakeup.call());
    for (let last = 0; ;) {
      const seen = wakeup.calls;
      const events = await service.trainings.events(id, last, 1_000);
      const found = events.find(isWanted);
      if (found) return unlisten().then(() => found);
      last = events.at(-1)?.id ?? last;
      await wakeup.wait(seen, 1_000, t.signal);
    }
  };
  const holdAt: TrainingBench['holdAt'] = (stage) => {
    let goOn = (): void => undefined;
    const released = new Promise<void>((resolve) => (goOn = resolve));
    const reached = new Promise<AbortSignal>((reach) => held.set(stage, { reach, released }));
    return { reached, goOn };
  };
  return {
    event,
    holdAt,
    database,
    dataDir,
    modelsDir,
    registry,
    service,
    datasets,
    add,
    submit,
    ended,
    close,
    embedded: () => embedded,
    addColours: async (count, first = 0) => {
      for (const colour of colours)
        for (let i = 0; i < count; i++) await add(colour, await colourImage(colour, first + i));
    },
    train: async (request) => ended((await submit(request)).id),
  };
}

function countRuns(engine: Engine, onRun: (batch: EngineBatch) => void): Engine {
  return {
    info: engine.info,
    outage: engine.outage,
    loadBackbone: (backbone) => engine.loadBackbone(backbone),
    unloadBackbone: (id) => engine.unloadBackbone(id),
    loadHead: (head) => engine.loadHead(head),
    unloadHead: (id) => engine.unloadHead(id),
    run: async (batch): Promise<EngineOutput> => {
      onRun(batch);
      return engine.run(batch);
    },
    runHeads: (batch) => engine.runHeads(batch),
    close: () => engine.close(),
  };
}
