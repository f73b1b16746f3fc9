// /v1/admin/datasets: create, list, describe, change, delete and export datasets. Their images are in datasetImages.ts.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { datasetNameSchema, datasetOptionsSchema, datasetSchema, labelSchema } from '../data/datasets/schemas.js';
import { datasetStatisticsSchema } from '../data/datasets/statistics.js';
import type { Storage } from '../data/storage.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { binaryAnswer } from './openapi.js';
import { problems } from './problem.js';

export interface DatasetRouteDeps {
  readonly storage: Storage;
  readonly requireScope: RequireScope;
}

export const datasetParams = z.object({ name: datasetNameSchema });

const common = { tags: ['datasets'], security: keySecurity };
const ofOne = { ...common, params: datasetParams };
const oneProblems = { ...problems('invalid_request', 'unknown_dataset'), ...authProblems };

const listSchema = z.object({ datasets: z.array(datasetSchema) }).meta({ id: 'DatasetList' });

const listRoute = {
  ...common,
  operationId: 'listDatasets',
  summary: 'List the datasets',
  response: { 200: listSchema, ...authProblems },
};

const putRoute = {
  ...ofOne,
  operationId: 'putDataset',
  summary: 'Create a dataset',
  body: datasetOptionsSchema.nullish(),
  response: {
    200: datasetSchema.meta({
      description: 'It existed already; options, if any were sent, apply to images added from now on',
    }),
    201: datasetSchema.meta({ description: 'Created' }),
    ...problems('invalid_request', 'conflict'),
    ...authProblems,
  },
};

const getRoute = {
  ...ofOne,
  operationId: 'getDataset',
  summary: 'What a dataset holds',
  response: { 200: datasetStatisticsSchema, ...oneProblems },
};

const changeSchema = z
  .strictObject({
    negatives: labelSchema.nullable().meta({
      description:
        'Label of images that are of none of the classes: no class of what is trained, but it learns from them what is unknown. null: its images are of a class again',
    }),
  })
  .meta({ id: 'DatasetChange' });

const changeRoute = {
  ...ofOne,
  operationId: 'updateDataset',
  summary: 'Say which images of a dataset are of none of its classes',
  description: 'The next training learns it; the label needs no images yet.',
  body: changeSchema,
  response: { 200: datasetSchema, ...oneProblems, ...problems('conflict') },
};

const removeRoute = {
  ...ofOne,
  operationId: 'deleteDataset',
  summary: 'Delete a dataset',
  response: { 204: z.null().meta({ description: 'Deleted' }), ...oneProblems },
};

const zip = {
  description: 'A zip of split/class/image; of a multi-label dataset, of split/image with a labels.csv',
  content: { 'application/zip': { schema: binaryAnswer } },
};
const exportRoute = {
  ...ofOne,
  operationId: 'exportDataset',
  summary: 'Take a dataset away',
  response: { 200: zip, ...oneProblems },
};

export const datasetRoutes =
  ({ storage, requireScope }: DatasetRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const onRequest = requireScope('train');
    const path = '/v1/admin/datasets/:name';

    app.get('/v1/admin/datasets', { schema: listRoute, onRequest }, async () => ({
      datasets: await storage.datasets.list(),
    }));

    app.put(path, { schema: putRoute, onRequest }, async (request, reply) => {
      const { created, dataset } = await storage.datasets.put(request.params.name, request.body ?? undefined);
      return reply.code(created ? 201 : 200).send(dataset);
    });

    app.get(path, { schema: getRoute, onRequest }, async (request) => storage.statistics(request.params.name));

    app.patch(path, { schema: changeRoute, onRequest }, async ({ params: { name }, body: { negatives } }) =>
      storage.datasets.setNegatives(name, negatives),
    );

    app.delete(path, { schema: removeRoute, onRequest }, async (request, reply) => {
      await storage.removeDataset(request.params.name);
      return reply.code(204).send(null);
    });

    app.get(`${path}/export`, { schema: exportRoute, onRequest }, async (request, reply) => {
      const { name } = request.params;
      const stream = await storage.export(name);
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${name}.zip"`)
        .send(stream);
    });
  };
