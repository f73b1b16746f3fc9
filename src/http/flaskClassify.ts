// POST /classify: the contract of the Flask server that many Keras tutorials end with, so that its clients move over unchanged.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { inLabelOrder } from '../serving/probabilities.js';
import {
  classifyUpload,
  imageBody,
  jsonToo,
  predictionSchema,
  uploadProblems,
  type ClassifyRouteDeps,
} from './classify.js';
import { clientOf } from './client.js';

const responseSchema = z
  .object({
    success: z.literal(true),
    predictions: z.array(predictionSchema).describe('Every class, in label order.'),
  })
  .meta({ id: 'FlaskClassification' });

export const flaskClassifyRoutes =
  (deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const schema = {
      tags: ['classify'],
      operationId: 'classifyImageInLabelOrder',
      summary: 'Classify one image, every class in label order',
      description: jsonToo('classifyBase64'),
      response: { 200: responseSchema, ...uploadProblems },
    };
    const options = {
      preParsing: deps.admit,
      config: { requestBody: imageBody('FlaskImageUpload', 'img', 1) },
      schema,
    };
    app.post('/classify', options, async (request) => {
      const oneImage = { ...deps, limits: { ...deps.limits, maxImages: 1 } };
      const selections = deps.rollouts.draw(clientOf(request), [{ name: deps.registry.defaultName() }]);
      const { outcome } = await classifyUpload(oneImage, request, ['img'], selections);
      const { manifest, images } = outcome.models[0]!;
      const [image] = images;
      if (image?.ok !== true) throw new Error('a lone failed image is thrown by classifyUpload');
      return { success: true as const, predictions: inLabelOrder(image.probabilities, manifest.labels) };
    });
  };
