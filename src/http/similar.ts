// POST /v1/similar: the images of a dataset that are most like those sent. With the scope that may look at images of datasets.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { datasetNameSchema, splitSchema } from '../data/datasets/schemas.js';
import { AppError } from '../errors.js';
import type { Searchable, SimilarImage, SimilarImages } from '../training/similar/similarImages.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import {
  classifyUpload,
  imageBody,
  jsonToo,
  modelRefSchema,
  ofImage,
  presentImage,
  selectionQuery,
  selectionsOf,
  timingSchema,
  uploadProblems,
  imageErrorSchema,
  type ClassifyRouteDeps,
} from './classify.js';
import { imageFields } from './classifyUpload.js';
import { thumbnailPath } from './datasetImages.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';

export interface SimilarRouteDeps extends ClassifyRouteDeps {
  readonly similar: SimilarImages;
  readonly requireScope: RequireScope;
}

const query = selectionQuery.extend({
  model: z.string().optional().describe('Classifier whose backbone compares; absent: the default one.'),
  dataset: datasetNameSchema
    .optional()
    .describe('Dataset to be searched; absent: the one that the version was trained on.'),
  limit: z.coerce.number().int().min(1).max(50).default(10).describe('Images to find for each image sent.'),
});

const similarImageSchema = z
  .object({
    imageId: z.int(),
    image: z.string().meta({ description: 'SHA-256 of the file' }),
    dataset: z.string(),
    label: z.string(),
    split: splitSchema,
    similarity: z.number().meta({ description: 'Cosine of the embeddings: 1 for the same image' }),
    thumbnail: z.string().meta({ description: 'Path of a preview' }),
  })
  .meta({ id: 'SimilarImage' });

const answerSchema = z
  .object({
    model: modelRefSchema,
    dataset: z.string(),
    searched: z.int().meta({ description: 'Images of the dataset that have an embedding' }),
    missing: z.int().meta({ description: 'Images of the dataset that have none yet, and so are not found' }),
    results: z.array(
      z
        .object({
          ...ofImage,
          similar: z.array(similarImageSchema).optional().meta({ description: 'Most similar first' }),
          error: imageErrorSchema.optional(),
        })
        .meta({ id: 'SimilarToImage', description: 'It has `similar` or an `error`' }),
    ),
    timing: timingSchema,
  })
  .meta({ id: 'SimilarImages' });

export const similarRoutes =
  (deps: SimilarRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const { similar, registry, timeoutMs, limits, requireScope, admit } = deps;
    const schema = {
      tags: ['datasets'],
      security: keySecurity,
      operationId: 'findSimilar',
      summary: 'Find the images of a dataset that are most like an image',
      description: `From stored embeddings, which trainings and predictions make. ${jsonToo('classifyBase64')}`,
      querystring: query,
      response: { 200: answerSchema, ...uploadProblems, ...problems('unknown_dataset', 'conflict'), ...authProblems },
    };
    const config = { requestBody: imageBody('SimilarUpload', 'image', limits.maxImages) };
    const options = { schema, config, onRequest: requireScope('train'), preParsing: admit };
    plain.withTypeProvider<ZodTypeProvider>().post('/v1/similar', options, async (request) => {
      const { limit, dataset: named } = request.query;
      const selections = selectionsOf(request.query, registry);
      if (selections.length > 1)
        throw new AppError('invalid_request', 'model: name one classifier whose backbone compares the images');
      const { name, version } = selections[0]!;
      const dataset = named ?? (await similar.datasetOf(registry.version(name, version).manifest));
      const { images, outcome } = await classifyUpload(deps, request, imageFields, selections);
      const { manifest, backboneId, images: outcomes } = outcome.models[0]!;
      return withinDeadline(request.exchange, timeoutMs, async (signal) => {
        const searchable = await similar.open(dataset, { ...manifest, backboneId }, signal);
        const results = [];
        for (const [index, one] of outcomes.entries()) {
          const found = one.ok ? await searchable.nearest(one.embedding, limit, signal) : [];
          results.push(presentImage(images[index]!, one, () => ({ similar: present(searchable, found) })));
        }
        const { searched, missing } = searchable;
        const model = { name: manifest.name, version: manifest.version };
        return { model, dataset, searched, missing, results, timing: outcome.timing };
      });
    });
  };

const present = ({ dataset }: Searchable, found: readonly SimilarImage[]): z.output<typeof similarImageSchema>[] =>
  found.map(({ image: { id, sha256, label, split }, similarity }) => ({
    imageId: id,
    image: sha256,
    dataset,
    label,
    split,
    similarity: Math.round(similarity * 1e6) / 1e6,
    thumbnail: thumbnailPath(dataset, id),
  }));
