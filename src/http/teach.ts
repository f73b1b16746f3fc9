// /v1/models/{name}/teach: labelled images that a classifier answers from at the next request, until a training has learnt them.
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { maxChanges } from '../data/datasets/imageChanges.js';
import { failed, type FileResult } from '../data/datasets/importArchive.js';
import { labelSchema } from '../data/datasets/schemas.js';
import { uploadedFileSchema } from '../data/datasets/uploadTotals.js';
import type { Storage } from '../data/storage.js';
import { AppError } from '../errors.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { Lessons } from '../data/lessons.js';
import type { LessonState, Teaching } from '../training/teaching/teaching.js';
import type { Promotion } from '../training/teaching/promotion.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { imageFields, readUpload, type UploadedImage } from './classifyUpload.js';
import { describeSchema } from './openapi.js';
import { problems, withProblems } from './problem.js';
import { presentTraining, trainingSchema } from './trainings.js';

export interface TeachRouteDeps extends Pick<ClassifyRouteDeps, 'limits' | 'admit' | 'taught'> {
  readonly storage: Pick<Storage, 'datasets' | 'addFile' | 'removeImage' | 'changeImages'>;
  readonly lessons: Lessons;
  readonly teaching: Teaching;
  readonly promotion: Promotion;
  readonly requireScope: RequireScope;
}

const params = z.object({ name: classifierNameSchema });
const path = '/v1/models/:name/teach';
const common = { tags: ['models'], security: keySecurity, params };

const taughtClassSchema = z
  .object({
    label: z.string(),
    images: z.int().meta({ description: 'In the dataset' }),
    taught: z.int().meta({ description: 'Of these, since the last training' }),
  })
  .meta({ id: 'TaughtClass' });

const lessonSchema = z
  .object({
    model: z.string(),
    dataset: z.string().meta({ description: 'It has the images; trainings learn from it' }),
    version: z
      .int()
      .nullable()
      .meta({ description: 'Active version that it goes on from; null: none was trained yet' }),
    taught: z.int().meta({ description: 'Images since the last training' }),
    classes: z.array(taughtClassSchema).meta({ description: 'Of the dataset, by name' }),
    answers: z.boolean().meta({ description: 'Whether what was taught answers now' }),
    trust: z
      .number()
      .nullable()
      .meta({ description: 'Share of the taught images in what is said of classes that the version was trained on' }),
    promoteAfter: z.int().nullable().meta({ description: 'Images since the last training that start the next one' }),
  })
  .meta({ id: 'Lesson' });

const taughtSchema = z
  .object({
    added: z.int(),
    duplicates: z.int().meta({ description: 'The same bytes were there under the same label' }),
    failed: z.int(),
    results: z.array(uploadedFileSchema).meta({ description: 'In the order of the images' }),
    lesson: lessonSchema,
  })
  .meta({ id: 'Taught' });

const teachBody = {
  'multipart/form-data': {
    schema: {
      title: 'TeachUpload',
      type: 'object',
      required: ['image', 'label'],
      properties: {
        image: { type: 'array', minItems: 1, items: { type: 'string', format: 'binary' } },
        label: { ...describeSchema(labelSchema), description: 'Class of all these images' },
      },
    },
  },
};

const knownProblems = { ...problems('invalid_request', 'unknown_model'), ...authProblems };

export const teachRoutes =
  (deps: TeachRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const { teaching, lessons, promotion } = deps;
    const onRequest = deps.requireScope('train');
    addTeachRoute(plain, deps);
    addForgetRoutes(plain, deps);

    const getSchema = {
      ...common,
      operationId: 'getLesson',
      summary: 'What a classifier was taught',
      response: { 200: lessonSchema, ...knownProblems },
    };
    app.get(path, { schema: getSchema, onRequest }, async ({ params: { name } }) =>
      present(deps, await lessonOf(teaching, name)),
    );

    const ruleSchema = {
      ...common,
      operationId: 'putLesson',
      summary: 'Have a classifier taught by its dataset as it is, or change the rule of its lesson',
      description:
        'The dataset is the one that its active version was trained on, or that has its name. Every image of it that no training has learnt answers at the next request.',
      body: z
        .strictObject({
          promoteAfter: z.int().min(1).max(100_000).nullable().optional().meta({
            description:
              'Images since the last training that start the next one; null: only promoteLesson does. Absent: as before',
          }),
        })
        .meta({ id: 'LessonRule' }),
      response: {
        200: lessonSchema,
        ...withProblems(authProblems, ['invalid_request', 'unknown_dataset', 'conflict']),
      },
    };
    app.put(path, { schema: ruleSchema, onRequest }, async ({ params: { name }, body: { promoteAfter } }) => {
      const dataset = await teaching.datasetOf(name);
      teaching.assertTeachable(name, await deps.storage.datasets.get(dataset));
      await lessons.begin(name, dataset);
      if (promoteAfter !== undefined) await lessons.setPromoteAfter(name, promoteAfter);
      await teaching.refresh(name);
      const lesson = await lessonOf(teaching, name);
      await promotion.considerRule(lesson);
      return present(deps, lesson);
    });

    const promoteSchema = {
      ...common,
      operationId: 'promoteLesson',
      summary: 'Train the classifier on what it was taught, in the background',
      description:
        'As `startTraining` with the dataset of the lesson: the new version answers when it is better than the active one, or is the first.',
      response: {
        202: trainingSchema,
        ...withProblems(knownProblems, ['invalid_dataset', 'unknown_dataset', 'not_ready']),
      },
    };
    app.post(`${path}/promote`, { schema: promoteSchema, onRequest }, async ({ params: { name }, span }, reply) => {
      const training = await promotion.promote(await lessonOf(teaching, name), {
        traceparent: span?.traceparent,
      });
      return reply.code(202).header('location', `/v1/admin/trainings/${training.id}`).send(presentTraining(training));
    });
  };

/** Throws AppError unknown_model. */
async function lessonOf(teaching: Teaching, name: string): Promise<LessonState> {
  const lesson = await teaching.stateOf(name);
  if (lesson !== undefined) return lesson;
  throw new AppError(
    'unknown_model',
    `"${name}" has not been taught: POST images and a label to /v1/models/${name}/teach`,
  );
}

function addTeachRoute(app: FastifyInstance, deps: TeachRouteDeps): void {
  const { storage, lessons, teaching, promotion, limits } = deps;
  const schema = {
    ...common,
    operationId: 'teachModel',
    summary: 'Teach a classifier a class from some images',
    description:
      'The images are kept in the dataset of the classifier, and the next request to `classifyImages` knows them. A name that there is no classifier of becomes a new one.',
    response: {
      200: taughtSchema.meta({ description: 'It knows every image' }),
      207: taughtSchema.meta({ description: 'Some failed; it knows the others' }),
      ...withProblems({ ...uploadProblems, ...authProblems }, ['unknown_dataset', 'conflict', 'storage_unavailable']),
    },
  };
  const readBody = (request: FastifyRequest): Promise<unknown> => readUpload(request, imageFields, limits);
  const options = {
    schema,
    onRequest: deps.requireScope('train'),
    preParsing: deps.admit,
    config: { requestBody: teachBody, idempotency: { readBody } },
  };
  app.withTypeProvider<ZodTypeProvider>().post(path, options, async (request, reply) => {
    const { name } = request.params;
    const { images, fields } = await readUpload(request, imageFields, limits);
    const label = labelOf(fields.get('label'));
    if (!(await teaching.canTeach(name, label)))
      throw new AppError(
        'conflict',
        `"${name}" was not trained on this server and says nothing of its own images, so that "${label}" cannot be told from its classes: ` +
          'teach it some images of those first, or teach a classifier of another name',
      );
    const dataset = await teaching.datasetOf(name);
    teaching.assertTeachable(name, (await storage.datasets.put(dataset)).dataset);
    const results: FileResult[] = [];
    for (const image of images) results.push(await add(storage, dataset, label, image, limits.maxImageBytes));
    const faults = results.filter((result) => result.outcome === 'failed');
    if (faults.length === results.length) throw faultOf(faults[0]!);
    await lessons.begin(name, dataset);
    await teaching.refresh(name);
    const lesson = await lessonOf(teaching, name);
    await promotion.considerRule(lesson);
    const count = (outcome: FileResult['outcome']): number => results.filter((one) => one.outcome === outcome).length;
    const totals = { added: count('added'), duplicates: count('duplicate'), failed: faults.length };
    request.outcome = { images: results.length, failed: totals.failed };
    return reply.code(totals.failed > 0 ? 207 : 200).send({ ...totals, results, lesson: present(deps, lesson) });
  });
}

function addForgetRoutes(plain: FastifyInstance, { storage, teaching, requireScope }: TeachRouteDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const onRequest = requireScope('train');
  const gone = z.null().meta({ description: 'Forgotten' });
  const response = { 204: gone, ...withProblems(knownProblems, ['unknown_image']) };

  const imageSchema = {
    ...common,
    operationId: 'forgetImage',
    summary: 'Forget an image that a classifier was taught',
    description: 'The dataset loses it too.',
    params: params.extend({ id: z.coerce.number().int().positive() }),
    response,
  };
  app.delete(`${path}/images/:id`, { schema: imageSchema, onRequest }, async ({ params: { name, id } }, reply) => {
    await storage.removeImage((await lessonOf(teaching, name)).dataset, id);
    await teaching.refresh(name);
    return reply.code(204).send(null);
  });

  const classSchema = {
    ...common,
    operationId: 'forgetClass',
    summary: 'Forget what a classifier was taught of a class',
    description: 'The dataset loses those images of it that came since the last training.',
    params: params.extend({ label: labelSchema }),
    response,
  };
  app.delete(
    `${path}/classes/:label`,
    { schema: classSchema, onRequest },
    async ({ params: { name, label } }, reply) => {
      const { dataset, fresh } = await lessonOf(teaching, name);
      const ids = fresh.filter((image) => image.label === label).map(({ id }) => id);
      if (ids.length === 0)
        throw new AppError('unknown_image', `"${name}" has not been taught "${label}" since its last training`);
      for (let start = 0; start < ids.length; start += maxChanges)
        await storage.changeImages(
          dataset,
          ids.slice(start, start + maxChanges).map((id) => ({ id, removed: true })),
        );
      await teaching.refresh(name);
      return reply.code(204).send(null);
    },
  );
}

async function add(
  storage: TeachRouteDeps['storage'],
  dataset: string,
  label: string,
  { filename = label, bytes, tooLarge }: UploadedImage,
  maxBytes: number,
): Promise<FileResult> {
  if (tooLarge) return failed(filename, new AppError('image_too_large', `the file has more than ${maxBytes} bytes`));
  return storage.addFile(dataset, filename, { bytes, label });
}

/** addFile reports the codes of AppErrors. */
const faultOf = ({ error }: Extract<FileResult, { outcome: 'failed' }>): AppError =>
  new AppError(error.code as AppError['code'], error.detail);

/** Throws AppError invalid_request. */
function labelOf(given: string | undefined): string {
  const label = labelSchema.safeParse(given);
  if (label.success) return label.data;
  const reason = given === undefined ? 'it is missing' : label.error.issues.map(({ message }) => message).join('; ');
  throw new AppError('invalid_request', `label: send what the images show in the field "label" of the body; ${reason}`);
}

function present(
  { taught }: Pick<TeachRouteDeps, 'taught'>,
  { classifier, dataset, version, fresh, images, promoteAfter }: LessonState,
): z.output<typeof lessonSchema> {
  const labels = [...new Set(images.map(({ label }) => label))].sort();
  const countOf = (of: LessonState['images'], label: string): number => of.filter((one) => one.label === label).length;
  const head = taught(classifier);
  return {
    model: classifier,
    dataset,
    version: version ?? null,
    taught: fresh.length,
    classes: labels.map((label) => ({ label, images: countOf(images, label), taught: countOf(fresh, label) })),
    answers: head !== undefined,
    trust: head && head.trained > 0 ? head.trust : null,
    promoteAfter,
  };
}
