// The Open Inference Protocol v2 (KServe, Triton) under /v2: metadata, configuration, statistics and inference. docs/open-inference.md
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { versionRefSchema, type VersionRef } from '../models/versionRef.js';
import { imagesOf } from '../openInference/inputs.js';
import { allStatisticsOf, configOf, metadataOf } from '../openInference/models.js';
import { outputNames, outputsOf, toBinary, type OutputTensor } from '../openInference/outputs.js';
import type { ModelOutcome } from '../serving/classify.js';
import type { InferenceStatistics } from '../serving/inferenceStatistics.js';
import { classifyAdmitted, uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { clientOf } from './client.js';
import { decodeImageText, imageTextSchema } from './imageText.js';
import { acceptInferenceBodies, type InferenceBody } from './inferenceBody.js';
import { readInferenceRequest, type InferenceRequest } from './inferenceRequest.js';
import { describeSchema } from './openapi.js';
import { problems } from './problem.js';
import type { ZodApp } from './zodApp.js';

const tensorMetadata = z
  .object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })
  .meta({ id: 'TensorMetadata' });
const serverMetadata = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'ServerMetadata' });
const modelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
    labels: z
      .array(z.string())
      .describe('An extension of the protocol: the classes behind the columns of `probabilities`.'),
  })
  .meta({ id: 'ModelMetadata' });

const modelReady = z.object({ name: z.string(), ready: z.literal(true) }).meta({ id: 'ModelReady' });

const dims = z.array(z.int());
const modelConfig = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    version_policy: z.object({ all: z.object({}).meta({ id: 'AllVersions' }) }).meta({ id: 'VersionPolicy' }),
    max_batch_size: z.int(),
    input: z.array(
      z.object({ name: z.string(), data_type: z.string(), format: z.string(), dims }).meta({ id: 'InputConfig' }),
    ),
    output: z.array(
      z
        .object({ name: z.string(), data_type: z.string(), dims, label_filename: z.string() })
        .meta({ id: 'OutputConfig' }),
    ),
    dynamic_batching: z.object({}).meta({ id: 'DynamicBatching' }),
    parameters: z.record(z.string(), z.object({ string_value: z.string() }).meta({ id: 'ModelParameter' })),
  })
  .meta({ id: 'ModelConfig' });

const duration = z.object({ count: z.int(), ns: z.int() }).meta({ id: 'StatisticDuration' });
const inferenceStatistics = z
  .object({
    success: duration,
    fail: duration,
    queue: duration,
    compute_input: duration,
    compute_infer: duration,
    compute_output: duration,
    cache_hit: duration,
    cache_miss: duration,
  })
  .meta({ id: 'InferenceStatistics' });
const batchStatistics = z
  .object({ batch_size: z.int(), compute_input: duration, compute_infer: duration, compute_output: duration })
  .meta({ id: 'BatchStatistics' });
const modelStatistics = z
  .object({
    name: z.string(),
    version: z.string(),
    last_inference: z.int(),
    inference_count: z.int(),
    execution_count: z.int(),
    inference_stats: inferenceStatistics,
    batch_stats: z.array(batchStatistics),
    memory_usage: z.array(z.unknown()).length(0),
    response_stats: z.object({}).meta({ id: 'ResponseStatistics' }),
  })
  .meta({ id: 'ModelStatistics' });
const statisticsList = z.object({ model_stats: z.array(modelStatistics) }).meta({ id: 'ModelStatisticsList' });

/** What the description says: arrays of one rather than tuples, which programs that make clients of OpenAPI do not read. */
const describedRequest = z
  .object({
    id: z.string().optional(),
    inputs: z
      .array(
        z
          .object({
            name: z.literal('image'),
            datatype: z.literal('BYTES'),
            shape: z.array(z.int().min(1)).min(1).max(2),
            data: z.array(imageTextSchema).min(1),
          })
          .meta({ title: 'InferInput' }),
      )
      .length(1),
    outputs: z.array(z.object({ name: z.enum(outputNames) }).meta({ title: 'RequestedOutput' })).optional(),
  })
  .meta({ title: 'InferRequest' });

/** Not a union of both, of which generators for Kotlin and Swift make a class that is neither. */
const tensorElement = z.unknown().meta({ description: 'A number or a text, as `datatype` says' });

const inferResponse = z
  .object({
    id: z.string().optional(),
    model_name: z.string(),
    model_version: z.string(),
    outputs: z.array(
      tensorMetadata
        .extend({
          parameters: z.object({ binary_data_size: z.int() }).meta({ id: 'TensorParameters' }).optional(),
          data: z.array(tensorElement).optional(),
        })
        .meta({ id: 'InferOutput' }),
    ),
  })
  .meta({ id: 'InferResponse' });

export interface OpenInferenceDeps extends ClassifyRouteDeps {
  readonly statistics: InferenceStatistics;
  readonly serverVersion: string;
}

/** Names of the protocol's extensions that this server has. */
export const extensions = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'statistics',
];

const tags = ['open inference protocol'];
const modelParams = z.object({ model: z.string() });
const versionParams = modelParams.extend({ version: versionRefSchema });
type Params = z.ZodType<{ model: string; version?: VersionRef }>;
const known = problems('unknown_model', 'unknown_version');

export const openInferenceRoutes =
  (deps: OpenInferenceDeps): FastifyPluginAsync =>
  async (plain) => {
    acceptInferenceBodies(plain, bodyLimitsOf(deps));
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const schema = {
      tags,
      operationId: 'getServerMetadata',
      summary: 'Server metadata',
      response: { 200: serverMetadata },
    };
    app.get('/v2', { schema }, async () => ({ name: 'taxon', version: deps.serverVersion, extensions }));
    addStatistics(app, '/v2/models', 'AllModels', z.object({}), deps);
    addModel(app, '/v2/models/:model', 'Model', modelParams, deps);
    addModel(app, '/v2/models/:model/versions/:version', 'ModelVersion', versionParams, deps);
  };

/** An image of 299 × 299 as numbers, in nested arrays: what takes the JSON parser ten milliseconds. */
const maxJsonValues = 400_000;

/** Of text, an image of the largest size in base64. */
const bodyLimitsOf = ({ limits }: ClassifyRouteDeps) => ({
  maxBytes: limits.maxBodyBytes,
  json: {
    maxBytes: Math.ceil((limits.maxImageBytes * 4) / 3) + 64 * 2 ** 10,
    maxDepth: 32,
    maxValues: maxJsonValues,
  },
});

/** `subject` is what the operations are of, in their ids. */
function addModel(app: ZodApp, path: string, subject: string, params: Params, deps: OpenInferenceDeps): void {
  addMetadata(app, path, subject, params, deps);
  addConfig(app, path, subject, params, deps);
  addReady(app, path, subject, params, deps);
  addStatistics(app, path, subject, params, deps);
  addInfer(app, path, subject, params, deps);
}

function addMetadata(
  app: ZodApp,
  path: string,
  subject: string,
  params: Params,
  { registry }: OpenInferenceDeps,
): void {
  const schema = {
    tags,
    operationId: `get${subject}Metadata`,
    summary: 'Model metadata',
    params,
    response: { 200: modelMetadata, ...known },
  };
  app.get(path, { schema }, async ({ params: { model, version } }) => metadataOf(registry, model, version));
}

function addConfig(
  app: ZodApp,
  path: string,
  subject: string,
  params: Params,
  { registry, limits }: OpenInferenceDeps,
): void {
  const schema = {
    tags,
    operationId: `get${subject}Config`,
    summary: "Model configuration, in Triton's words",
    params,
    response: { 200: modelConfig, ...known },
  };
  app.get(`${path}/config`, { schema }, async ({ params: { model, version } }) =>
    configOf(registry.version(model, version).manifest, limits.maxImages),
  );
}

function addReady(app: ZodApp, path: string, subject: string, params: Params, { registry }: OpenInferenceDeps): void {
  const schema = {
    tags,
    operationId: `is${subject}Ready`,
    summary: 'Is the model ready',
    params,
    response: { 200: modelReady, ...known },
  };
  app.get(`${path}/ready`, { schema }, async ({ params: { model, version } }) => {
    registry.version(model, version);
    return { name: model, ready: true as const };
  });
}

function addStatistics(
  app: ZodApp,
  path: string,
  subject: string,
  params: z.ZodType<{ model?: string; version?: VersionRef }>,
  { registry, statistics }: OpenInferenceDeps,
): void {
  const response = { 200: statisticsList, ...known };
  const operationId = `get${subject}Statistics`;
  const schema = { tags, operationId, summary: 'What has been answered since the server started', params, response };
  app.get(`${path}/stats`, { schema }, async (request) => allStatisticsOf(registry, statistics, request.params));
}

function addInfer(app: ZodApp, path: string, subject: string, params: Params, deps: OpenInferenceDeps): void {
  const operationId = `infer${subject}`;
  const schema = {
    tags,
    operationId,
    summary: 'Classify images',
    params,
    response: { 200: inferResponse, ...uploadProblems },
  };
  const config = { requestBody: { 'application/json': { schema: describeSchema(describedRequest) } } };
  app.post(`${path}/infer`, { schema, config, preParsing: deps.admit }, async (request, reply) => {
    const { model, version } = request.params;
    deps.registry.version(model, version);
    const inference = readInferenceRequest(
      (request.body ?? { json: undefined, binary: Buffer.alloc(0) }) as InferenceBody,
    );
    const images = await imagesOf(inference.inputs, { maxImages: deps.limits.maxImages, decodeText: decodeImageText });
    const selections = deps.rollouts.draw(clientOf(request), [{ name: model, version }]);
    const { models, timing } = await classifyAdmitted(deps, request, images, selections);
    request.outcome = { models: [`${model}/${models[0]!.manifest.version}`], images: images.length, ...timing };
    return respond(reply, inference, models[0]!);
  });
}

/** JSON, or with the outputs that are wanted in the binary form behind it. */
function respond(
  reply: FastifyReply,
  { id, outputs, isBinary }: InferenceRequest,
  outcome: ModelOutcome,
): FastifyReply {
  const { name, version } = outcome.manifest;
  const tensors = outputsOf(outcome, outputs).map((output) => present(output, isBinary(output.name)));
  const body = {
    ...(id !== undefined && { id }),
    model_name: name,
    model_version: String(version),
    outputs: tensors.map(({ json }) => json),
  };
  const binary = tensors.flatMap(({ bytes }) => bytes ?? []);
  if (binary.length === 0) return reply.send(body);
  const json = Buffer.from(JSON.stringify(body));
  reply.header('inference-header-content-length', String(json.length)).type('application/octet-stream');
  return reply.send(Buffer.concat([json, ...binary]));
}

function present(output: OutputTensor, isBinary: boolean): { readonly json: object; readonly bytes?: Buffer } {
  const { data, ...tensor } = output;
  if (!isBinary) return { json: { ...tensor, data } };
  const bytes = toBinary(output);
  return { json: { ...tensor, parameters: { binary_data_size: bytes.length } }, bytes };
}
