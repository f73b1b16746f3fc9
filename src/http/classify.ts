// POST /v1/classify and POST /v1/embed: images in, top-k probabilities or embeddings out.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, errorCodes, type ErrorCode } from '../errors.js';
import type {
  ClassifyOutcome,
  ClassifyService,
  ImageInput,
  ImageOutcome,
  ModelOutcome,
  Selection,
} from '../serving/classify.js';
import { topK } from '../serving/probabilities.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { imageTextSchema } from './imageText.js';
import { describeSchema } from './openapi.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';
import { readUploads, type UploadedImage, type UploadLimits } from './classifyUpload.js';
import type { ZodApp } from './zodApp.js';

const defaultTopK = 5;

const selectionQuery = z.object({
  model: z.string().optional().describe('Classifier, or several separated by commas; absent: the default one.'),
  version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Version of the classifier; absent: the active one. Only with a single classifier.'),
});

const classifyQuery = selectionQuery.extend({
  topK: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe(`Classes to return, 1 to the number of labels; default ${defaultTopK} or all, if fewer.`),
  minProbability: z.coerce.number().min(0).max(1).default(0).describe('Leave out classes below this probability.'),
});

const modelRefSchema = z.object({ name: z.string(), version: z.int() });
const predictionSchema = z.object({ label: z.string(), probability: z.number().min(0).max(1) });
const timingSchema = z.object({ decodeMs: z.number(), queueMs: z.number(), inferenceMs: z.number() }).meta({
  description:
    'The slowest image of the request by stage, in milliseconds; `queueMs` is what it waited for a decoder and the engine.',
});

const failedImageSchema = z.object({
  filename: z.string().optional(),
  error: z.object({ code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]), detail: z.string() }),
});
const classifiedImageSchema = z.object({
  filename: z.string().optional(),
  width: z.int(),
  height: z.int(),
  predictions: z.array(predictionSchema),
});
const embeddedImageSchema = z.object({
  filename: z.string().optional(),
  width: z.int(),
  height: z.int(),
  embedding: z.array(z.number()),
});

const classifiedSchema = z.object({
  model: modelRefSchema,
  results: z.array(z.union([classifiedImageSchema, failedImageSchema])),
});
const classifyResponse = z
  .union([
    classifiedSchema.extend({ timing: timingSchema }),
    z.object({ models: z.array(classifiedSchema), timing: timingSchema }),
  ])
  .meta({
    description:
      'With one classifier: its results. With several: one entry each under `models`, in the order asked for.',
  });
const embedResponse = z.object({
  model: modelRefSchema,
  backbone: z.string(),
  results: z.array(z.union([embeddedImageSchema, failedImageSchema])),
  timing: timingSchema,
});

export const uploadProblems = problems(
  'invalid_request',
  'empty_body',
  'missing_image',
  'malformed_multipart',
  'unknown_model',
  'unknown_version',
  'body_too_large',
  'image_too_large',
  'too_many_images',
  'unsupported_image',
  'unsupported_media_type',
  'undecodable_image',
  'image_timeout',
  'overloaded',
  'engine_unavailable',
  'not_ready',
  'deadline_exceeded',
);

const binary = { type: 'string', format: 'binary' };
const imageText = describeSchema(imageTextSchema);

/** The request body's description; `field` is the multipart field that carries the images, `maxImages` at most. */
export const imageBody = (field: string, maxImages: number) => ({
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: [field],
      properties: { [field]: { type: 'array', minItems: 1, maxItems: maxImages, items: binary } },
    },
  },
  'image/*': { schema: binary },
  'application/json': {
    schema: {
      type: 'object',
      description:
        'One image or several. A JSON body is as long as one image of MAX_IMAGE_BYTES in base64, at most: larger batches go as multipart/form-data.',
      properties: { image: imageText, images: { type: 'array', minItems: 1, maxItems: maxImages, items: imageText } },
      oneOf: [{ required: ['image'] }, { required: ['images'] }],
    },
  },
});

export interface ClassifyRouteDeps {
  readonly service: ClassifyService;
  readonly registry: ClassifierRegistry;
  readonly limits: UploadLimits;
  readonly timeoutMs: number;
  /** The preParsing hook that lets a request in, or refuses it before its body is read: see admission.ts. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

/** What came of one upload: its files in order, and the outcome of those that could be classified. */
export interface ClassifiedUpload {
  readonly images: readonly UploadedImage[];
  readonly outcome: ClassifyOutcome;
}

/** Reads the request's images, classifies them within the deadline and notes the outcome for the log. */
export async function classifyUpload(
  deps: ClassifyRouteDeps,
  request: FastifyRequest,
  field: string,
  selections: readonly Selection[],
): Promise<ClassifiedUpload> {
  const images = await readUploads(request, field, deps.limits);
  const bytes = images.map((image) => (image.tooLarge ? tooLarge(deps.limits) : image.bytes));
  const outcome = await classifyAdmitted(deps, request, bytes, selections);
  request.outcome = {
    models: outcome.models.map(({ manifest }) => `${manifest.name}/${manifest.version}`),
    images: images.length,
    ...outcome.timing,
  };
  throwLoneFault(outcome.models);
  return { images, outcome };
}

/**
 * Classifies images that have arrived, within the deadline that starts now. Throws AppError overloaded when they turn out to
 * take more time than is left, and what the service throws.
 */
export function classifyAdmitted(
  { service, timeoutMs }: Pick<ClassifyRouteDeps, 'service' | 'timeoutMs'>,
  request: Pick<FastifyRequest, 'admitted' | 'exchange'>,
  images: ReadonlyArray<ImageInput | AppError>,
  selections: readonly Selection[],
): Promise<ClassifyOutcome> {
  request.admitted.revise(service.costOf(images, selections));
  const { caller } = request.admitted;
  return withinDeadline(request.exchange, timeoutMs, (signal) =>
    service.classify(images, selections, { caller, signal }),
  );
}

const tooLarge = ({ maxImageBytes }: UploadLimits): AppError =>
  new AppError('image_too_large', `the file has more than ${maxImageBytes} bytes`);

/** A bad file that came alone is answered with its error; in a batch it takes its place among the results. */
function throwLoneFault(models: readonly ModelOutcome[]): void {
  const [only, ...others] = models[0]!.images;
  if (others.length === 0 && only?.ok === false) throw only.error;
}

const tags = ['classify'];

export const classifyRoutes =
  (deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    addClassify(app, deps);
    addEmbed(app, deps);
  };

const optionsOf = ({ admit, limits }: ClassifyRouteDeps) => ({
  preParsing: admit,
  config: { requestBody: imageBody('image', limits.maxImages) },
});

function addClassify(app: ZodApp, deps: ClassifyRouteDeps): void {
  const schema = {
    tags,
    summary: 'Classify one or more images',
    querystring: classifyQuery,
    response: { 200: classifyResponse, ...uploadProblems },
  };
  app.post('/v1/classify', { ...optionsOf(deps), schema }, async (request) => {
    const selections = selectionsOf(request.query, deps.registry);
    const k = checkTopK(request.query.topK, selections, deps.registry);
    const { images, outcome } = await classifyUpload(deps, request, 'image', selections);
    const models = outcome.models.map(({ manifest, images: outcomes }) => ({
      model: { name: manifest.name, version: manifest.version },
      results: outcomes.map((one, index) =>
        present(images[index]!, one, ({ probabilities }) => ({
          predictions: topK(probabilities, manifest.labels, k, request.query.minProbability),
        })),
      ),
    }));
    return models.length === 1 ? { ...models[0]!, timing: outcome.timing } : { models, timing: outcome.timing };
  });
}

function addEmbed(app: ZodApp, deps: ClassifyRouteDeps): void {
  const schema = {
    tags,
    summary: 'Embed one or more images',
    querystring: selectionQuery,
    response: { 200: embedResponse, ...uploadProblems },
  };
  app.post('/v1/embed', { ...optionsOf(deps), schema }, async (request) => {
    const selections = selectionsOf(request.query, deps.registry);
    if (selections.length > 1)
      throw new AppError('invalid_request', 'model: name one classifier whose backbone makes the embedding');
    const { images, outcome } = await classifyUpload(deps, request, 'image', selections);
    const { manifest, images: outcomes } = outcome.models[0]!;
    const results = outcomes.map((one, index) =>
      present(images[index]!, one, ({ embedding }) => ({ embedding: [...embedding] })),
    );
    return {
      model: { name: manifest.name, version: manifest.version },
      backbone: manifest.backbone.id,
      results,
      timing: outcome.timing,
    };
  });
}

/** Throws AppError invalid_request, unknown_model, unknown_version. */
export function selectionsOf(query: z.output<typeof selectionQuery>, registry: ClassifierRegistry): Selection[] {
  const names =
    query.model === undefined ? [registry.defaultName()] : query.model.split(',').map((name) => name.trim());
  for (const name of names) registry.describe(name);
  if (new Set(names).size !== names.length)
    throw new AppError('invalid_request', 'model: the same classifier is named twice');
  if (names.length > 1 && query.version !== undefined)
    throw new AppError('invalid_request', 'version: only with a single classifier, but several are named');
  for (const name of names) registry.version(name, query.version);
  return names.map((name) => ({ name, version: query.version }));
}

function checkTopK(topK: number | undefined, selections: readonly Selection[], registry: ClassifierRegistry): number {
  if (topK === undefined) return defaultTopK;
  const most = Math.max(
    ...selections.map(({ name, version }) => registry.version(name, version).manifest.labels.length),
  );
  if (topK > most)
    throw new AppError('invalid_request', `topK: at most ${most}, the number of labels; ${topK} was asked for`);
  return topK;
}

function present<T extends object>(
  { filename }: UploadedImage,
  outcome: ImageOutcome,
  result: (outcome: Extract<ImageOutcome, { ok: true }>) => T,
) {
  const named = filename === undefined ? {} : { filename };
  if (!outcome.ok) return { ...named, error: { code: outcome.error.code, detail: outcome.error.detail } };
  return { ...named, width: outcome.width, height: outcome.height, ...result(outcome) };
}
