// GET /v1/models…: which classifiers and versions answer, with labels, metrics, provenance, engine and device.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { taskSchema, type Task } from '../data/datasets/schemas.js';
import type { TrainingOrigin, Trainings } from '../data/trainings/trainings.js';
import { deviceNames, engineNames, precisionNames, type EngineInfo } from '../engines/engine.js';
import { AppError } from '../errors.js';
import { backboneRefSchema, type Manifest } from '../models/manifest.js';
import { defaultThreshold, isMultiLabel } from '../models/versionAnswer.js';
import { versionRefSchema } from '../models/versionRef.js';
import { preprocessingSchema } from '../image/preprocessing.js';
import type { ClassifierRegistry, ClassifierState } from '../serving/registry.js';
import type { PrecisionChoice } from '../serving/precision.js';
import type { UnknownThresholds } from '../serving/unknownThresholds.js';
import { problems } from './problem.js';
import { writeModelCard } from './modelCard.js';
import { presentVersionMetrics, versionMetricsSchema } from './versionMetrics.js';

export const engineSchema = z
  .object({
    engine: z.enum(engineNames),
    device: z.enum(deviceNames),
    deviceName: z.string(),
    libraries: z.record(z.string(), z.string()),
    threads: z.int(),
    precisions: z
      .array(z.enum(precisionNames))
      .readonly()
      .meta({ description: 'What it computes in hardware here, slowest first' }),
    deviceMemoryBytes: z.int().optional(),
  })
  .meta({ id: 'Engine' });

export const precisionSchema = z
  .object({
    name: z.enum(precisionNames),
    reason: z.string().meta({ description: 'Why this one and no faster one' }),
  })
  .meta({ id: 'Precision' });

const taskDescription =
  'Whether its classes exclude one another, so that their probabilities sum to 1, or each has a probability of its own';

const taskOf = (manifest: Manifest): Task => (isMultiLabel(manifest) ? 'multi-label' : 'single-label');

const summarySchema = z
  .object({
    name: z.string(),
    default: z.boolean().meta({ description: 'It answers requests that name none' }),
    activeVersion: z.int(),
    versions: z.array(z.int()),
    aliases: z
      .record(z.string(), z.int())
      .meta({ description: 'Other names of versions, with the version that each names now' }),
    labels: z.array(z.string()),
    task: taskSchema.meta({ description: taskDescription }),
    backbone: backboneRefSchema,
    precision: precisionSchema.meta({ description: 'What the active version computes in' }),
    engine: engineSchema,
  })
  .meta({ id: 'Model' });

const listSchema = z.object({ models: z.array(summarySchema) }).meta({ id: 'ModelList' });

/** Its tuples as arrays of three, which more programs that read OpenAPI know. */
const triple = z.array(z.number()).length(3);
const preprocessing = preprocessingSchema.extend({ scale: triple, offset: triple }).meta({ id: 'Preprocessing' });

const fileSchema = z.object({ sha256: z.string(), bytes: z.int() }).meta({ id: 'VersionFile' });

const originSchema = z
  .object({
    dataset: z.string(),
    createdAt: z.date(),
    startedAt: z.date().nullable(),
    finishedAt: z.date().nullable(),
  })
  .meta({ id: 'TrainingOrigin' });

const versionSchema = z
  .object({
    name: z.string(),
    version: z.int(),
    active: z.boolean(),
    aliases: z.array(z.string()).meta({ description: 'Its other names' }),
    labels: z.array(z.string()),
    task: taskSchema.meta({ description: taskDescription }),
    thresholds: z
      .array(z.number())
      .optional()
      .meta({ description: 'Of a multi-label version, by label: from which probability on an image has it' }),
    backbone: backboneRefSchema,
    preprocessing,
    temperature: z.number(),
    unknownAbove: z
      .number()
      .meta({ description: 'Images of a `novelty` above it are unknown, unless a request says otherwise' }),
    metrics: versionMetricsSchema,
    provenance: z.record(z.string(), z.unknown()),
    training: originSchema
      .nullable()
      .meta({ description: 'Null where it was trained elsewhere, or the database is away' }),
    files: z
      .record(z.string(), fileSchema)
      .meta({ description: 'Of the version itself, by name; a head has its backbone beside it' }),
    license: z.string(),
    precision: precisionSchema.meta({ description: 'What it computes in, or would if it were active' }),
    engine: engineSchema,
  })
  .meta({ id: 'ModelVersion' });

export interface ModelsDeps {
  readonly registry: ClassifierRegistry;
  readonly engine: EngineInfo;
  readonly trainings: Pick<Trainings, 'originOf'>;
  readonly unknownAbove: UnknownThresholds['of'];
}

export const modelRoutes =
  ({ registry, engine, trainings, unknownAbove }: ModelsDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const tags = ['models'];
    const listRoute = {
      tags,
      operationId: 'listModels',
      summary: 'List the classifiers',
      response: { 200: listSchema },
    };
    app.get('/v1/models', { schema: listRoute }, async () => ({
      models: registry.list().map((state) => summarise(registry, state, engine)),
    }));

    const params = z.object({ name: z.string() });
    const modelSchema = {
      tags,
      operationId: 'getModel',
      summary: 'One classifier',
      params,
      response: { 200: summarySchema, ...problems('unknown_model') },
    };
    app.get('/v1/models/:name', { schema: modelSchema }, async ({ params: { name } }) =>
      summarise(registry, registry.describe(name), engine),
    );

    const response = { 200: versionSchema, ...problems('unknown_model', 'unknown_version') };
    const schema = {
      tags,
      operationId: 'getModelVersion',
      summary: 'One version of a classifier',
      params: params.extend({ version: versionRefSchema }),
      response,
    };
    app.get('/v1/models/:name/versions/:version', { schema }, async ({ params: { name, version } }) => {
      const known = registry.version(name, version);
      const { manifest } = known;
      const training = await originOf(trainings, manifest);
      const metrics = presentVersionMetrics(manifest.metrics, training?.dataset);
      const precision = describePrecision(registry.precisionOf(known));
      return {
        ...describe(manifest, engine),
        unknownAbove: unknownAbove(manifest.name, manifest.version),
        metrics,
        training: training ?? null,
        precision,
        active: registry.describe(name).activeVersion === manifest.version,
        aliases: [...registry.aliasesOf(name)]
          .filter(([, named]) => named === manifest.version)
          .map(([alias]) => alias),
      };
    });

    const cardSchema = {
      ...schema,
      operationId: 'getModelCard',
      summary: 'The model card of a version',
      description:
        'For people: what it tells apart, how well, and where it comes from, from the facts of `getModelVersion`.',
      response: { ...response, 200: card },
    };
    const cardPath = '/v1/models/:name/versions/:version/card';
    app.get(cardPath, { schema: cardSchema }, async ({ params: { name, version } }, reply) => {
      const { manifest } = registry.version(name, version);
      const training = await originOf(trainings, manifest);
      return reply.type('text/markdown; charset=utf-8').send(writeModelCard(manifest, training));
    });
  };

const card = { description: 'In Markdown', content: { 'text/markdown': { schema: z.string() } } };

function summarise(
  registry: ClassifierRegistry,
  { name, activeVersion, versions }: ClassifierState,
  engine: EngineInfo,
): z.output<typeof summarySchema> {
  const active = registry.version(name);
  const { labels, backbone } = active.manifest;
  return {
    name,
    default: registry.defaultName() === name,
    activeVersion,
    versions: versions.map(({ manifest }) => manifest.version),
    aliases: Object.fromEntries(registry.aliasesOf(name)),
    labels,
    task: taskOf(active.manifest),
    backbone,
    precision: describePrecision(registry.precisionOf(active)),
    engine,
  };
}

/** undefined: it was trained elsewhere, or the database is away. */
async function originOf(
  trainings: ModelsDeps['trainings'],
  { provenance: { trainingId } }: Manifest,
): Promise<TrainingOrigin | undefined> {
  if (typeof trainingId !== 'string') return undefined;
  try {
    return await trainings.originOf(trainingId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'database_unavailable') return undefined;
    throw error;
  }
}

export const describePrecision = ({ precision, reason }: PrecisionChoice): z.output<typeof precisionSchema> => ({
  name: precision,
  reason,
});

function describe(
  manifest: Manifest,
  engine: EngineInfo,
): Omit<z.output<typeof versionSchema>, 'metrics' | 'training' | 'active' | 'aliases' | 'precision' | 'unknownAbove'> {
  const { name, version, labels, backbone, preprocessing, temperature, provenance, files, license } = manifest;
  const answer = {
    task: taskOf(manifest),
    ...(isMultiLabel(manifest) && { thresholds: manifest.thresholds ?? labels.map(() => defaultThreshold) }),
  };
  return { name, version, labels, ...answer, backbone, preprocessing, temperature, provenance, files, license, engine };
}
