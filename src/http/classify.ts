// POST /v1/classify and POST /v1/embed: images in, top-k probabilities or embeddings out. With /base64 behind them: images in JSON.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { isMultiLabel, labelsAbove } from '../models/versionAnswer.js';
import { versionRefSchema } from '../models/versionRef.js';
import type {
  ClassifyOutcome,
  ClassifyService,
  ImageInput,
  ImageOutcome,
  ModelOutcome,
  Selection,
} from '../serving/classify.js';
import type { Explainer } from '../serving/explanation/explainer.js';
import { topK } from '../serving/probabilities.js';
import type { CaptureService } from '../serving/captureService.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { RolloutService } from '../serving/rollout/rolloutService.js';
import type { TaughtHead } from '../serving/taughtHead.js';
import type { UnknownThresholds } from '../serving/unknownThresholds.js';
import type { Span } from '../tracing/tracer.js';
import {
  costOfWish,
  explainOutcome,
  explainQuery,
  explanationSchema,
  readWish,
  type PresentedExplanation,
  type Wish,
} from './explain.js';
import { senderOf } from './captureConsent.js';
import { clientOf } from './client.js';
import { imageTextSchema } from './imageText.js';
import { describeSchema } from './openapi.js';
import { errorCodeSchema, problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';
import { imageFields, readUploads, type UploadedImage, type UploadLimits } from './classifyUpload.js';
import type { ZodApp } from './zodApp.js';

const defaultTopK = 5;

export const selectionQuery = z.object({
  model: z.string().optional().describe('Classifier, or several separated by commas; absent: the default one.'),
  version: versionRefSchema
    .optional()
    .describe('Version of the classifier, by number or alias; absent: the active one. Only with a single classifier.'),
});

const classifyQuery = selectionQuery.extend({
  topK: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe(`Classes to return, 1 to the number of labels; default ${defaultTopK} or all, if fewer.`),
  minProbability: z.coerce.number().min(0).max(1).default(0).describe('Leave out classes below this probability.'),
  unknownAbove: z.coerce
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      '`known` is false for images whose `novelty` is above this; absent: what is set for the version, as `getModelVersion` shows it.',
    ),
  ...explainQuery.shape,
});

export const modelRefSchema = z
  .object({
    name: z.string(),
    version: z.int().meta({ description: '0: it was only taught, never trained' }),
    taught: z
      .boolean()
      .optional()
      .meta({ description: 'true: what it was taught since its last training answers too' }),
  })
  .meta({ id: 'ModelRef' });
export const predictionSchema = z
  .object({ label: z.string(), probability: z.number().min(0).max(1) })
  .meta({ id: 'Prediction' });
export const timingSchema = z.object({ decodeMs: z.number(), queueMs: z.number(), inferenceMs: z.number() }).meta({
  id: 'Timing',
  description:
    'The slowest image of the request by stage, in milliseconds; `queueMs` is what it waited for a decoder and the engine.',
});

const exampleClassification = {
  model: { name: 'clothing', version: 1 },
  results: [
    {
      filename: 'boot.jpg',
      width: 640,
      height: 480,
      predictions: [
        { label: 'shoes', probability: 0.93 },
        { label: 'hat', probability: 0.04 },
      ],
      known: true,
      novelty: 0.31,
    },
  ],
  timing: { decodeMs: 6.1, queueMs: 0.4, inferenceMs: 21.5 },
};

export const imageErrorSchema = z
  .object({ code: errorCodeSchema, detail: z.string() })
  .meta({ id: 'ImageError', description: 'Why this image has no result; the others of the request have theirs' });

/** Single objects with parts that may be absent, and no unions: of those, many programs that generate clients make nothing usable. */
export const ofImage = {
  filename: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
};
const classifiedImageSchema = z
  .object({
    ...ofImage,
    predictions: z.array(predictionSchema).optional(),
    labels: z.array(z.string()).optional().meta({
      description:
        'Of a multi-label classifier, whose probabilities do not sum to 1: the classes that reach their thresholds, in label order; whatever topK and minProbability are',
    }),
    known: z.boolean().optional().meta({
      description:
        'false: the image is like none that the version was trained on, whatever the probabilities say. Absent where the version cannot tell, as those that were imported',
    }),
    novelty: z.number().min(0).max(1).optional().meta({
      description:
        'Share of the images of its training that are more like the others than this one: 0.5 for one in the middle',
    }),
    explanation: explanationSchema.optional().meta({ description: 'With `explain=heatmap`' }),
    error: imageErrorSchema.optional(),
  })
  .meta({ id: 'ImageClassification', description: 'It has `predictions` or an `error`' });
const embeddedImageSchema = z
  .object({ ...ofImage, embedding: z.array(z.number()).optional(), error: imageErrorSchema.optional() })
  .meta({ id: 'ImageEmbedding', description: 'It has an `embedding` or an `error`' });

const classifiedSchema = z.object({ model: modelRefSchema, results: z.array(classifiedImageSchema) });
const classifyResponse = classifiedSchema
  .partial()
  .extend({
    models: z
      .array(classifiedSchema.meta({ id: 'ModelClassification' }))
      .optional()
      .meta({ description: 'In the order asked for' }),
    timing: timingSchema,
  })
  .meta({
    id: 'Classification',
    description: 'With one classifier: `model` and its `results`. With several: one entry each under `models` instead.',
    examples: [exampleClassification],
  });
const embedResponse = z
  .object({
    model: modelRefSchema,
    backbone: z.string(),
    results: z.array(embeddedImageSchema),
    timing: timingSchema,
  })
  .meta({ id: 'Embedding' });

export const uploadProblems = problems(
  'invalid_request',
  'empty_body',
  'missing_image',
  'malformed_multipart',
  'image_url_refused',
  'unknown_model',
  'unknown_version',
  'body_too_large',
  'image_too_large',
  'too_many_images',
  'unsupported_image',
  'unsupported_media_type',
  'undecodable_image',
  'image_url_failed',
  'image_timeout',
  'overloaded',
  'engine_unavailable',
  'not_ready',
  'deadline_exceeded',
);

const binary = { type: 'string', format: 'binary' };
const imageText = describeSchema(imageTextSchema);

/**
 * The request body's description: its schema is called `title`, `field` is the multipart field that carries the images, `maxImages` at
 * most. Clients that are generated send the first of the types. JSON, which many of them would prefer wherever it stands, is described
 * at an address of its own (base64Body, urlBody), though it is read here too.
 */
export const imageBody = (title: string, field: string, maxImages: number) => ({
  'multipart/form-data': {
    schema: {
      title,
      type: 'object',
      ...(field === 'image' && { description: 'The field may be called `file` as well.' }),
      required: [field],
      properties: { [field]: { type: 'array', minItems: 1, maxItems: maxImages, items: binary } },
    },
  },
  'image/*': { schema: binary },
});

const base64Body = (maxImages: number) => ({
  'application/json': {
    schema: {
      title: 'Base64Images',
      type: 'object',
      description:
        'One image or several. A JSON body is as long as one image of MAX_IMAGE_BYTES in base64, at most: larger batches go as multipart/form-data.',
      required: ['images'],
      properties: { images: { type: 'array', minItems: 1, maxItems: maxImages, items: imageText } },
    },
  },
});

/** For the description of a call with imageBody. */
export const jsonToo = (operation: string) =>
  `The image may also be the whole body, of type \`image/*\`. The JSON of \`${operation}\` is read here too, and {"image":"<base64>"} for a single image.`;

const urlBody = {
  'application/json': {
    schema: {
      title: 'ImageUrl',
      type: 'object',
      description: 'One image on a host that IMAGE_URL_HOSTS lists. Refused otherwise, and by default.',
      required: ['url'],
      properties: {
        url: {
          type: 'string',
          format: 'uri',
          description: 'Where the server fetches the image from, by http or https.',
        },
      },
    },
  },
};

export interface ClassifyRouteDeps {
  readonly service: ClassifyService;
  readonly registry: ClassifierRegistry;
  readonly explainer: Explainer;
  readonly rollouts: Pick<RolloutService, 'draw'>;
  /** What is classified may be kept there; absent: it is not. */
  readonly captures?: Pick<CaptureService, 'offer'> | undefined;
  /** What a classifier was taught since its last training. */
  readonly taught: (name: string) => TaughtHead | undefined;
  /** Above which novelty a version calls an image unknown, where the request does not say. */
  readonly unknownAbove: UnknownThresholds['of'];
  readonly limits: UploadLimits;
  readonly timeoutMs: number;
  /** The preParsing hook that lets a request in, or refuses it before its body is read: see admission.ts. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

/** What came of one upload: its files in order, and the outcome of those that could be classified. */
export interface ClassifiedUpload {
  readonly images: readonly UploadedImage[];
  readonly outcome: ExplainedOutcome;
}

/** With an explanation of each image that has a result, where they were wished for. */
export interface ExplainedOutcome extends ClassifyOutcome {
  readonly explanations?: ReadonlyArray<PresentedExplanation | undefined>;
}

/** Reads the request's images, classifies them within the deadline and notes the outcome for the log. */
export async function classifyUpload(
  deps: ClassifyRouteDeps,
  request: FastifyRequest,
  fields: readonly string[],
  selections: readonly Selection[],
  wish?: Wish,
): Promise<ClassifiedUpload> {
  return classifyImages(deps, request, await readUploads(request, fields, deps.limits), selections, wish);
}

/** As classifyUpload, with images that have been read. */
export async function classifyImages(
  deps: ClassifyRouteDeps,
  request: FastifyRequest,
  images: readonly UploadedImage[],
  selections: readonly Selection[],
  wish?: Wish,
): Promise<ClassifiedUpload> {
  const bytes = images.map((image) => (image.tooLarge ? tooLarge(deps.limits) : image.bytes));
  const outcome = await classifyAdmitted(deps, request, bytes, selections, wish);
  request.outcome = {
    models: outcome.models.map(({ manifest }) => `${manifest.name}/${manifest.version}`),
    images: images.length,
    ...(wish && { explained: wish.method }),
    ...outcome.timing,
  };
  throwLoneFault(outcome.models);
  return { images, outcome };
}

/**
 * Classifies images that have arrived, and explains them where that is wished, within the deadline that starts now. Throws AppError
 * overloaded when they turn out to take more time than is left, and what the service and the explainer throw.
 */
export function classifyAdmitted(
  { service, captures, timeoutMs }: Pick<ClassifyRouteDeps, 'service' | 'captures' | 'timeoutMs'>,
  request: Pick<FastifyRequest, 'admitted' | 'exchange'> &
    Parameters<typeof senderOf>[0] & { readonly span?: Span | undefined },
  images: ReadonlyArray<ImageInput | AppError>,
  selections: readonly Selection[],
  wish?: Wish,
): Promise<ExplainedOutcome> {
  const costOfExplanations = wish === undefined ? 0 : costOfWish(images, wish);
  request.admitted.revise(service.costOf(images, selections) + costOfExplanations);
  const { caller } = request.admitted;
  return withinDeadline(request.exchange, timeoutMs, async (signal) => {
    const waiting = { caller, signal, span: request.span };
    const startedAt = performance.now();
    const outcome = await service.classify(images, selections, waiting);
    captures?.offer(senderOf(request), images, outcome.models, (task) => request.exchange.onceOver(task));
    if (wish === undefined) return outcome;
    const msLeft = (): number => timeoutMs - (performance.now() - startedAt);
    return { ...outcome, explanations: await explainOutcome(images, outcome, wish, waiting, msLeft) };
  });
}

const tooLarge = ({ maxImageBytes }: UploadLimits): AppError =>
  new AppError('image_too_large', `the file has more than ${maxImageBytes} bytes`);

/** A bad file that came alone is answered with its error; in a batch it takes its place among the results. */
function throwLoneFault(models: readonly ModelOutcome[]): void {
  const [only, ...others] = models[0]!.images;
  if (others.length === 0 && only?.ok === false) throw only.error;
}

const tags = ['classify'];

/** Of one call that classifies: what the OpenAPI document says of it. */
export interface CallDescription {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly requestBody: Readonly<Record<string, { readonly schema: object }>>;
}

export const classifyRoutes =
  (deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const { maxImages } = deps.limits;
    addClassify(app, '/v1/classify', deps, {
      operationId: 'classifyImages',
      summary: 'Classify one or more images',
      description: jsonToo('classifyBase64'),
      requestBody: imageBody('ImageUpload', 'image', maxImages),
    });
    addClassify(app, '/v1/classify/base64', deps, {
      operationId: 'classifyBase64',
      summary: 'Classify images in JSON',
      requestBody: base64Body(maxImages),
    });
    addClassify(app, '/v1/classify/url', deps, {
      operationId: 'classifyUrl',
      summary: 'Classify an image that the server fetches',
      requestBody: urlBody,
    });
    // What is embedded was not classified.
    addEmbed(app, { ...deps, captures: undefined });
  };

const optionsOf = ({ admit, limits }: ClassifyRouteDeps) => ({
  preParsing: admit,
  config: { requestBody: imageBody('ImageUpload', 'image', limits.maxImages) },
});

const base64OptionsOf = ({ admit, limits }: ClassifyRouteDeps) => ({
  preParsing: admit,
  config: { requestBody: base64Body(limits.maxImages) },
});

/** POST `path`, which answers as /v1/classify does, whatever the form of the images. */
export function addClassify(app: ZodApp, path: string, deps: ClassifyRouteDeps, description: CallDescription): void {
  const { requestBody, ...texts } = description;
  const schema = {
    ...texts,
    tags,
    querystring: classifyQuery,
    response: { 200: classifyResponse, ...uploadProblems },
  };
  app.post(path, { preParsing: deps.admit, config: { requestBody }, schema }, async (request) => {
    const named = selectionsOf(request.query, deps.registry, taughtFor(request.query, deps));
    const k = checkTopK(request.query.topK, named, deps);
    const selections = deps.rollouts.draw(clientOf(request), named);
    const wish = await readWish(request.query, selections, deps);
    const { images, outcome } = await classifyUpload(deps, request, imageFields, selections, wish);
    const models = outcome.models.map(({ manifest, isTaught, images: outcomes }) => {
      const { name, version, labels } = manifest;
      const unknownAbove = request.query.unknownAbove ?? deps.unknownAbove(name, version);
      return {
        model: { name, version, ...(isTaught && { taught: true }) },
        results: outcomes.map((one, index) =>
          presentImage(images[index]!, one, ({ probabilities, novelty }) => ({
            predictions: topK(probabilities, labels, k, request.query.minProbability),
            ...(isMultiLabel(manifest) && { labels: labelsAbove(manifest, probabilities) }),
            ...(outcome.explanations && { explanation: outcome.explanations[index] }),
            ...(novelty !== undefined && { known: novelty <= unknownAbove, novelty }),
          })),
        ),
      };
    });
    return models.length === 1 ? { ...models[0]!, timing: outcome.timing } : { models, timing: outcome.timing };
  });
}

function addEmbed(app: ZodApp, deps: ClassifyRouteDeps): void {
  const shared = {
    tags,
    querystring: selectionQuery,
    response: { 200: embedResponse, ...uploadProblems },
  };
  const schema = {
    ...shared,
    operationId: 'embedImages',
    summary: 'Embed one or more images',
    description: jsonToo('embedBase64'),
  };
  const base64Schema = { ...shared, operationId: 'embedBase64', summary: 'Embed images in JSON' };
  const answer = async (request: FastifyRequest<{ Querystring: z.output<typeof selectionQuery> }>) => {
    const selections = selectionsOf(request.query, deps.registry);
    if (selections.length > 1)
      throw new AppError('invalid_request', 'model: name one classifier whose backbone makes the embedding');
    const { images, outcome } = await classifyUpload(deps, request, imageFields, selections);
    const { manifest, images: outcomes } = outcome.models[0]!;
    const results = outcomes.map((one, index) =>
      presentImage(images[index]!, one, ({ embedding }) => ({ embedding: [...embedding] })),
    );
    return {
      model: { name: manifest.name, version: manifest.version },
      backbone: manifest.backbone.id,
      results,
      timing: outcome.timing,
    };
  };
  app.post('/v1/embed', { ...optionsOf(deps), schema }, answer);
  app.post('/v1/embed/base64', { ...base64OptionsOf(deps), schema: base64Schema }, answer);
}

/** What is taught is of no version, and nothing explains it. Throws AppError unknown_version when nothing else is there. */
function taughtFor(
  { version, explain, model }: z.output<typeof classifyQuery>,
  { taught }: ClassifyRouteDeps,
): ClassifyRouteDeps['taught'] | undefined {
  if (version === undefined && explain === undefined) return taught;
  if (explain !== undefined && model !== undefined && taught(model)?.trained === 0)
    throw new AppError('unknown_version', `explain: "${model}" has been taught, and has no trained version yet`);
  return undefined;
}

/** `taught`: gives what is to answer too. Throws AppError invalid_request, unknown_model, unknown_version. */
export function selectionsOf(
  query: z.output<typeof selectionQuery>,
  registry: ClassifierRegistry,
  taught: ClassifyRouteDeps['taught'] = () => undefined,
): Selection[] {
  const names =
    query.model === undefined ? [registry.defaultName()] : query.model.split(',').map((name) => name.trim());
  const trained = names.filter((name) => taught(name)?.trained !== 0);
  for (const name of trained) registry.describe(name);
  if (new Set(names).size !== names.length)
    throw new AppError('invalid_request', 'model: the same classifier is named twice');
  if (names.length > 1 && query.version !== undefined)
    throw new AppError('invalid_request', 'version: only with a single classifier, but several are named');
  for (const name of trained) registry.version(name, query.version);
  return names.map((name) => ({ name, version: query.version, withTaught: taught(name) !== undefined }));
}

function checkTopK(
  topK: number | undefined,
  selections: readonly Selection[],
  { registry, taught }: Pick<ClassifyRouteDeps, 'registry' | 'taught'>,
): number {
  if (topK === undefined) return defaultTopK;
  const labelsOf = ({ name, version, withTaught = false }: Selection): readonly string[] =>
    ((withTaught ? taught(name) : undefined) ?? registry.version(name, version)).manifest.labels;
  const most = Math.max(...selections.map((selection) => labelsOf(selection).length));
  if (topK > most)
    throw new AppError('invalid_request', `topK: at most ${most}, the number of labels; ${topK} was asked for`);
  return topK;
}

/** One image of an answer: its size and what `result` makes of its outcome, or its error. */
export function presentImage<T extends object>(
  { filename }: UploadedImage,
  outcome: ImageOutcome,
  result: (outcome: Extract<ImageOutcome, { ok: true }>) => T,
) {
  const named = filename === undefined ? {} : { filename };
  if (!outcome.ok) return { ...named, error: { code: outcome.error.code, detail: outcome.error.detail } };
  return { ...named, width: outcome.width, height: outcome.height, ...result(outcome) };
}
