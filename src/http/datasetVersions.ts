// /v1/admin/datasets/{name}/versions: states of a dataset that have a name, compared and brought back.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { undoMinutes } from '../data/datasets/imageChanges.js';
import {
  changedImageSchema,
  datasetVersionNameSchema,
  datasetVersionSchema,
  differenceCountsSchema,
  differenceSchema,
  newDatasetVersionSchema,
  present,
} from '../data/datasets/versions/schemas.js';
import { authProblems, keySecurity } from './auth.js';
import { datasetParams, type DatasetRouteDeps } from './datasets.js';
import { problems } from './problem.js';

const common = { tags: ['datasets'], security: keySecurity, params: datasetParams };
const ofOne = { ...common, params: datasetParams.extend({ version: datasetVersionNameSchema }) };
const listProblems = { ...problems('invalid_request', 'unknown_dataset'), ...authProblems };
const oneProblems = { ...listProblems, ...problems('unknown_dataset', 'unknown_dataset_version') };

const listRoute = {
  ...common,
  operationId: 'listDatasetVersions',
  summary: 'List the versions of a dataset',
  response: {
    200: z
      .object({ versions: z.array(datasetVersionSchema).meta({ description: 'The newest first' }) })
      .meta({ id: 'DatasetVersionList' }),
    ...listProblems,
  },
};

const createRoute = {
  ...common,
  operationId: 'createDatasetVersion',
  summary: 'Give the present state of a dataset a name, or that of a training',
  description: 'Its images keep their files, whatever happens to the dataset.',
  body: newDatasetVersionSchema,
  response: {
    201: datasetVersionSchema,
    ...listProblems,
    ...problems('unknown_dataset', 'unknown_training', 'conflict'),
  },
};

const diffRoute = {
  ...ofOne,
  operationId: 'compareDatasetVersions',
  summary: 'What is different between two states of a dataset',
  description: `From \`version\` to \`to\`; either may be \`${present}\`, the dataset as it is. An image that was deleted and uploaded again under the same label is the same.`,
  querystring: z.object({
    to: datasetVersionNameSchema.default(present),
    change: differenceSchema.optional().meta({ description: 'Only images that differ like this' }),
    after: z.coerce.number().int().min(0).default(0).meta({ description: '`next` of the page before' }),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  response: {
    200: z
      .object({
        counts: differenceCountsSchema.meta({ description: 'Of all images, whatever page this is' }),
        images: z.array(changedImageSchema),
        next: z.int().nullable().meta({ description: '`after` of the next page; null on the last one' }),
      })
      .meta({ id: 'DatasetDifferencePage' }),
    ...oneProblems,
  },
};

const restoreRoute = {
  ...ofOne,
  operationId: 'restoreDatasetVersion',
  summary: 'Make a dataset what a version of it is',
  description: `All of it or nothing. Images that the version does not have are removed, as by \`updateImages\`: they can be brought back one by one for ${undoMinutes} minutes. With \`keepAs\` the state before has a name, and restoring that undoes this.`,
  body: z
    .strictObject({
      keepAs: newDatasetVersionSchema.shape.name
        .optional()
        .meta({ description: 'Name for the state of the dataset before; absent: it gets none' }),
    })
    .meta({ id: 'DatasetRestoration' })
    .nullish(),
  response: {
    200: z
      .object({ counts: differenceCountsSchema.meta({ description: 'What was changed in the dataset' }) })
      .meta({ id: 'RestoredDataset' }),
    ...oneProblems,
    ...problems('conflict'),
  },
};

const removeRoute = {
  ...ofOne,
  operationId: 'deleteDatasetVersion',
  summary: 'Delete a version of a dataset',
  description: 'The dataset stays as it is. Files of images that nothing else has go at once.',
  response: { 204: z.null().meta({ description: 'Deleted' }), ...oneProblems },
};

export const datasetVersionRoutes =
  ({ storage, requireScope }: DatasetRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('train'));
    const { datasetVersions } = storage;
    const path = '/v1/admin/datasets/:name/versions';
    const onePath = `${path}/:version`;

    app.get(path, { schema: listRoute }, async ({ params: { name } }) => ({
      versions: await datasetVersions.list(name),
    }));

    app.post(path, { schema: createRoute }, async ({ params: { name }, body }, reply) =>
      reply.code(201).send(await datasetVersions.create(name, body)),
    );

    app.get(`${onePath}/diff`, { schema: diffRoute }, async ({ params: { name, version }, query: { to, ...page } }) =>
      datasetVersions.compare(name, [version, to], page),
    );

    app.post(`${onePath}/restore`, { schema: restoreRoute }, async ({ params: { name, version }, body }) => ({
      counts: await storage.restoreVersion(name, version, body?.keepAs),
    }));

    app.delete(onePath, { schema: removeRoute }, async ({ params: { name, version } }, reply) => {
      await storage.removeVersion(name, version);
      return reply.code(204).send(null);
    });
  };
