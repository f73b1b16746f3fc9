// GET /v1/models…: which classifiers and versions answer, with labels, metrics, provenance, engine and device.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { deviceNames, engineNames, type EngineInfo } from '../engines/engine.js';
import { backboneRefSchema, type Manifest } from '../models/manifest.js';
import { preprocessingSchema } from '../image/preprocessing.js';
import type { ClassifierRegistry, ClassifierState } from '../serving/registry.js';
import { problems } from './problem.js';
import { metricsSchema, presentMetrics } from './versionMetrics.js';

export const engineSchema = z.object({
  engine: z.enum(engineNames),
  device: z.enum(deviceNames),
  deviceName: z.string(),
  libraries: z.record(z.string(), z.string()),
  threads: z.int(),
  deviceMemoryBytes: z.int().optional(),
});

const summarySchema = z.object({
  name: z.string(),
  default: z.boolean().meta({ description: 'It answers requests that name none' }),
  activeVersion: z.int(),
  versions: z.array(z.int()),
  labels: z.array(z.string()),
  backbone: backboneRefSchema,
  engine: engineSchema,
});

/** Its tuples as arrays of three, which more programs that read OpenAPI know. */
const triple = z.array(z.number()).length(3);
const preprocessing = preprocessingSchema.extend({ scale: triple, offset: triple });

const versionSchema = z.object({
  name: z.string(),
  version: z.int(),
  active: z.boolean(),
  labels: z.array(z.string()),
  backbone: backboneRefSchema,
  preprocessing,
  temperature: z.number(),
  metrics: metricsSchema,
  provenance: z.record(z.string(), z.unknown()),
  license: z.string(),
  engine: engineSchema,
});

export interface ModelsDeps {
  readonly registry: ClassifierRegistry;
  readonly engine: EngineInfo;
}

export const modelRoutes =
  ({ registry, engine }: ModelsDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const tags = ['models'];
    const listSchema = {
      tags,
      summary: 'List the classifiers',
      response: { 200: z.object({ models: z.array(summarySchema) }) },
    };
    app.get('/v1/models', { schema: listSchema }, async () => ({
      models: registry.list().map((state) => summarise(registry, state, engine)),
    }));

    const params = z.object({ name: z.string() });
    const modelSchema = {
      tags,
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
      summary: 'One version of a classifier',
      params: params.extend({ version: z.coerce.number().int().min(1) }),
      response,
    };
    app.get('/v1/models/:name/versions/:version', { schema }, async ({ params: { name, version } }) => {
      const { manifest } = registry.version(name, version);
      return describe(manifest, registry.describe(name).activeVersion === version, engine);
    });
  };

function summarise(
  registry: ClassifierRegistry,
  { name, activeVersion, versions }: ClassifierState,
  engine: EngineInfo,
): z.output<typeof summarySchema> {
  const { labels, backbone } = registry.version(name).manifest;
  return {
    name,
    default: registry.defaultName() === name,
    activeVersion,
    versions: versions.map(({ manifest }) => manifest.version),
    labels,
    backbone,
    engine,
  };
}

function describe(manifest: Manifest, active: boolean, engine: EngineInfo): z.output<typeof versionSchema> {
  const { name, version, labels, backbone, preprocessing, temperature, provenance, license } = manifest;
  const metrics = presentMetrics(manifest.metrics, provenance['dataset']);
  return { name, version, active, labels, backbone, preprocessing, temperature, metrics, provenance, license, engine };
}
