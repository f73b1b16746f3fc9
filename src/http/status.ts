// GET /v1/admin/status: how the server is, now and in the last minute, for a person's page; /metrics has the same over time.
import { freemem, totalmem } from 'node:os';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../data/database/database.js';
import type { EngineInfo } from '../engines/engine.js';
import { roleSchema, shortfallSchema } from '../data/processes.js';
import type { Admission } from '../serving/admission.js';
import type { Presence } from '../serving/presence.js';
import { recentSeconds, type RecentImages } from '../serving/recentImages.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { engineSchema, precisionSchema, describePrecision } from './models.js';
import { measureDisk, type ServerSources } from './serverMetrics.js';
import { countInTime, type CountActiveTrainings } from './trainingMetrics.js';

export interface StatusRouteDeps extends Pick<ServerSources, 'whyNotReady' | 'directories'> {
  readonly serverVersion: string;
  readonly engine: EngineInfo;
  readonly registry: ClassifierRegistry;
  readonly recent: Pick<RecentImages, 'summarise'>;
  readonly queueDepth: () => number;
  readonly admission: Pick<Admission, 'refused' | 'promisedMs'>;
  readonly database: Pick<Database, 'kind' | 'outage'>;
  readonly countActiveTrainings: CountActiveTrainings;
  readonly presence: Pick<Presence, 'living'>;
  readonly requireScope: RequireScope;
}

const percentilesSchema = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).meta({ id: 'Percentiles' });
const bytes = (description: string) => z.int().meta({ description, format: 'int64' });

const modelSchema = z
  .object({ name: z.string(), activeVersion: z.int(), precision: precisionSchema })
  .meta({ id: 'ModelStatus' });

const recentSchema = z
  .object({
    seconds: z.int(),
    images: z.int().meta({ description: 'Images that were answered, one for each classifier that did' }),
    imagesPerSecond: z.number(),
    milliseconds: z
      .object({
        queue: percentilesSchema.meta({ description: 'All that an image waited, for a decoder and for the engine' }),
        decode: percentilesSchema,
        inference: percentilesSchema.meta({ description: 'Of its whole batch' }),
        total: percentilesSchema,
      })
      .meta({ id: 'StagePercentiles' })
      .nullable()
      .meta({ description: 'By stage, of one image; null: there was none' }),
  })
  .meta({ id: 'RecentImages' });

const processSchema = z
  .object({
    id: z.uuid(),
    role: roleSchema,
    host: z.string(),
    release: z.string().meta({ description: 'Of Taxon' }),
    trainers: z.int().meta({ description: 'Trainings that it runs at a time' }),
    startedAt: z.string().meta({ format: 'date-time' }),
    seenAt: z.string().meta({ format: 'date-time' }),
    behind: z
      .array(shortfallSchema.meta({ id: 'Shortfall' }))
      .meta({ description: 'Active versions that it cannot serve, with what answers in their place' }),
  })
  .meta({ id: 'ServerProcess' });

const statusSchema = z
  .object({
    version: z.string().meta({ description: 'Of Taxon' }),
    uptimeSeconds: z.number(),
    notReady: z.string().nullable().meta({ description: 'Why `/health/ready` answers 503; null: it does not' }),
    engine: engineSchema,
    models: z.array(modelSchema),
    recent: recentSchema,
    queue: z
      .object({
        images: z.int().meta({ description: 'That wait for their turn or for the engine' }),
        promisedMilliseconds: z.number().meta({ description: 'What was let in will take' }),
        refused: z.int().meta({ description: 'Classifications refused as `overloaded` since the start' }),
      })
      .meta({ id: 'QueueStatus' }),
    trainings: z
      .object({ queued: z.int(), running: z.int() })
      .meta({ id: 'TrainingCounts' })
      .nullable()
      .meta({ description: 'In every process that shares the database; null: it does not answer' }),
    memory: z
      .object({
        processBytes: bytes('Of this process (resident)'),
        heapBytes: bytes('Of its JavaScript heap, in use'),
        machineBytes: bytes('Of the machine'),
        machineFreeBytes: bytes('Unused'),
      })
      .meta({ id: 'MemoryStatus' }),
    disks: z.record(
      z.string(),
      z.object({ bytes: bytes('Of its file system'), availableBytes: bytes('Left') }).meta({ id: 'DiskStatus' }),
    ),
    processes: z.array(processSchema).meta({ description: 'That share the database and live; this one is the first' }),
    database: z
      .object({
        kind: z.enum(['embedded', 'server']),
        outage: z.string().nullable().meta({ description: 'Why the process must be started again; null: it need not' }),
      })
      .meta({ id: 'DatabaseStatus' }),
  })
  .meta({ id: 'Status' });

const route = {
  tags: ['operations'],
  security: keySecurity,
  operationId: 'getStatus',
  summary: 'How the server is now',
  description: 'For pages that people look at; a monitoring system had better read `/metrics`.',
  response: { 200: statusSchema, ...authProblems },
};

export const statusRoutes =
  (deps: StatusRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const options = { schema: route, onRequest: deps.requireScope('metrics') };
    app.get('/v1/admin/status', options, async (_request, reply) => {
      const { serverVersion: version, engine, database, admission } = deps;
      const { queued, running } = await countInTime(deps.countActiveTrainings);
      reply.header('cache-control', 'no-store');
      return {
        version,
        uptimeSeconds: process.uptime(),
        notReady: deps.whyNotReady() ?? null,
        engine,
        models: describeModels(deps.registry),
        recent: describeRecent(deps.recent),
        queue: { images: deps.queueDepth(), promisedMilliseconds: admission.promisedMs, refused: admission.refused },
        trainings: queued === undefined || running === undefined ? null : { queued, running },
        memory: measureMemory(),
        disks: await measureDisks(deps.directories),
        processes: deps.presence.living.map(({ startedAt, seenAt, ...rest }) => ({
          ...rest,
          startedAt: startedAt.toISOString(),
          seenAt: seenAt.toISOString(),
        })),
        database: { kind: database.kind, outage: database.outage ?? null },
      };
    });
  };

const describeModels = (registry: ClassifierRegistry) =>
  registry.list().map(({ name, activeVersion }) => ({
    name,
    activeVersion,
    precision: describePrecision(registry.precisionOf(registry.version(name))),
  }));

function describeRecent(recent: Pick<RecentImages, 'summarise'>) {
  const { images, stages } = recent.summarise();
  return {
    seconds: recentSeconds,
    images,
    imagesPerSecond: images / Math.max(1, Math.min(recentSeconds, process.uptime())),
    milliseconds: stages ?? null,
  };
}

function measureMemory() {
  const { rss, heapUsed } = process.memoryUsage();
  return { processBytes: rss, heapBytes: heapUsed, machineBytes: totalmem(), machineFreeBytes: freemem() };
}

async function measureDisks(directories: ServerSources['directories']) {
  const disks: Record<string, { bytes: number; availableBytes: number }> = {};
  for (const [name, path] of Object.entries(directories)) {
    const disk = await measureDisk(path);
    if (disk) disks[name] = { bytes: disk.blocks * disk.bsize, availableBytes: disk.bavail * disk.bsize };
  }
  return disks;
}
