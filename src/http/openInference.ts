// The Open Inference Protocol v2 (KServe, Triton): metadata and inference under /v2. Images travel as BYTES: base64 of the encoded file.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { Manifest } from '../models/manifest.js';
import { versionRefSchema, type VersionRef } from '../models/versionRef.js';
import type { ModelOutcome } from '../serving/classify.js';
import { mostProbable } from '../serving/probabilities.js';
import { classifyAdmitted, uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { decodeImageText, imageTextSchema } from './imageText.js';
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

/** Arrays of one rather than tuples, which programs that make clients of OpenAPI do not read. */
const inferRequest = z
  .object({
    id: z.string().optional(),
    inputs: z
      .array(
        z
          .object({
            name: z.literal('image'),
            datatype: z.literal('BYTES'),
            shape: z.array(z.int().min(1)).length(1),
            data: z.array(imageTextSchema).min(1),
          })
          .meta({ id: 'InferInput' }),
      )
      .length(1),
    outputs: z.array(z.object({ name: z.enum(['probabilities', 'label']) }).meta({ id: 'RequestedOutput' })).optional(),
  })
  .meta({ id: 'InferRequest' });

/** Not a union of both, of which generators for Kotlin and Swift make a class that is neither. */
const tensorElement = z.unknown().meta({ description: 'A number or a text, as `datatype` says' });

const inferResponse = z
  .object({
    id: z.string().optional(),
    model_name: z.string(),
    model_version: z.string(),
    outputs: z.array(tensorMetadata.extend({ data: z.array(tensorElement) }).meta({ id: 'InferOutput' })),
  })
  .meta({ id: 'InferResponse' });

export interface OpenInferenceDeps extends ClassifyRouteDeps {
  readonly serverVersion: string;
}

const tags = ['open inference protocol'];
const modelParams = z.object({ model: z.string() });
const versionParams = modelParams.extend({ version: versionRefSchema });
type Params = z.ZodType<{ model: string; version?: VersionRef }>;
const known = problems('unknown_model', 'unknown_version');

export const openInferenceRoutes =
  (deps: OpenInferenceDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const schema = {
      tags,
      operationId: 'getServerMetadata',
      summary: 'Server metadata',
      response: { 200: serverMetadata },
    };
    app.get('/v2', { schema }, async () => ({ name: 'taxon', version: deps.serverVersion, extensions: [] }));
    addModel(app, '/v2/models/:model', 'Model', modelParams, deps);
    addModel(app, '/v2/models/:model/versions/:version', 'ModelVersion', versionParams, deps);
  };

/** `subject` is what the operations are of, in their ids. */
function addModel(app: ZodApp, path: string, subject: string, params: Params, deps: OpenInferenceDeps): void {
  addMetadata(app, path, subject, params, deps);
  addReady(app, path, subject, params, deps);
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
  app.get(path, { schema }, async ({ params: { model, version } }) => {
    const { manifest } = registry.version(model, version);
    const { versions } = registry.describe(model);
    return describe(
      manifest,
      versions.map((one) => one.manifest.version),
    );
  });
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

function addInfer(app: ZodApp, path: string, subject: string, params: Params, deps: OpenInferenceDeps): void {
  const schema = {
    tags,
    operationId: `infer${subject}`,
    summary: 'Classify images',
    params,
    body: inferRequest,
    response: { 200: inferResponse, ...uploadProblems },
  };
  app.post(`${path}/infer`, { schema, preParsing: deps.admit }, async (request) => {
    const { model, version } = request.params;
    deps.registry.version(model, version);
    const images = await decodeInputs(request.body, deps);
    const { models, timing } = await classifyAdmitted(deps, request, images, [{ name: model, version }]);
    request.outcome = { models: [`${model}/${models[0]!.manifest.version}`], images: images.length, ...timing };
    return respond(request.body, models[0]!);
  });
}

const probabilitiesOf = (labels: number) => ({ name: 'probabilities', datatype: 'FP32', shape: [-1, labels] });
const labelTensor = { name: 'label', datatype: 'BYTES', shape: [-1] };

function describe({ name, labels }: Manifest, versions: readonly number[]): z.output<typeof modelMetadata> {
  return {
    name,
    versions: versions.map(String),
    platform: 'taxon_classifier',
    inputs: [{ name: 'image', datatype: 'BYTES', shape: [-1] }],
    outputs: [probabilitiesOf(labels.length), labelTensor],
    labels,
  };
}

async function decodeInputs(
  { inputs }: z.output<typeof inferRequest>,
  { limits }: ClassifyRouteDeps,
): Promise<Buffer[]> {
  const { shape, data } = inputs[0]!;
  if (shape[0] !== data.length)
    throw new AppError('invalid_request', `inputs.0: shape [${shape[0]}] does not fit ${data.length} elements of data`);
  if (data.length > limits.maxImages)
    throw new AppError('too_many_images', `at most ${limits.maxImages} images per request, ${data.length} were sent`);
  const images: Buffer[] = [];
  for (const [index, text] of data.entries()) images.push(await decodeImageText(text, `inputs.0.data.${index}`));
  return images;
}

/** The protocol has no place for the fault of one image: the first one fails the request. */
function respond(
  request: z.output<typeof inferRequest>,
  { manifest, images }: ModelOutcome,
): z.output<typeof inferResponse> {
  const rows = images.map((image) => {
    if (!image.ok) throw image.error;
    return image.probabilities;
  });
  const best = rows.map((row) => mostProbable(row, manifest.labels));
  const all = [
    {
      ...probabilitiesOf(manifest.labels.length),
      shape: [rows.length, manifest.labels.length],
      data: rows.flatMap((row) => [...row]),
    },
    { ...labelTensor, shape: [rows.length], data: best },
  ];
  const wanted = request.outputs?.map(({ name }) => name);
  return {
    ...(request.id !== undefined && { id: request.id }),
    model_name: manifest.name,
    model_version: String(manifest.version),
    outputs: all.filter(({ name }) => wanted?.includes(name as 'label') ?? true),
  };
}
