// GET /v1/admin/backup: everything that the server keeps, as one file, while it answers and trains.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Readable } from 'node:stream';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { binaryAnswer } from './openapi.js';
import { problems } from './problem.js';

export interface BackupRouteDeps {
  readonly openBackup: () => Promise<Readable>;
  readonly requireScope: RequireScope;
}

const route = {
  tags: ['operations'],
  security: keySecurity,
  operationId: 'getBackup',
  summary: 'Take everything along',
  description:
    'A tar of the database, the images and the classifiers as they are at one moment, for `taxon restore`; it ends with the hashes of all that is in it. It takes a while to begin.',
  response: {
    200: { description: 'The backup', content: { 'application/x-tar': { schema: binaryAnswer } } },
    ...problems('conflict', 'storage_full', 'storage_unavailable', 'database_unavailable'),
    ...authProblems,
  },
};

export const backupRoutes =
  ({ openBackup, requireScope }: BackupRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.get('/v1/admin/backup', { schema: route, onRequest: requireScope('admin') }, async (request, reply) => {
      const stream = await openBackup();
      // A client that went meanwhile reads nothing to the end.
      request.exchange.onceOver(() => stream.destroy());
      return reply
        .type('application/x-tar')
        .header('content-disposition', 'attachment; filename="taxon-backup.tar"')
        .send(stream);
    });
  };
