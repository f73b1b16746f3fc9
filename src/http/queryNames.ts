// A misspelt query name would be as good as left out, and its sender none the wiser: names that a route does not have are refused.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AppError } from '../errors.js';

/** Answers `invalid_request` before the body is read, and after the key was checked. */
export function refuseUnknownQueryNames(app: FastifyInstance): void {
  app.addHook('preParsing', ({ query, routeOptions: { schema } }, _reply, _payload, done) => {
    // Pages that are not of the API (/docs) have their own ways.
    if (schema !== undefined && schema.hide !== true) {
      const known = namesOf(schema.querystring);
      const unknown = Object.keys(query as object).find((name) => !known.includes(name));
      if (unknown !== undefined) throw new AppError('invalid_request', describe(unknown, known));
    }
    done();
  });
}

const namesOf = (schema: unknown): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

function describe(unknown: string, known: readonly string[]): string {
  const meant = known.find((name) => plain(name) === plain(unknown));
  const hint =
    meant !== undefined
      ? `did you mean "${meant}"?`
      : known.length === 0
        ? 'this call takes none'
        : `this call takes ${known.join(', ')}`;
  return `there is no query parameter "${unknown.slice(0, 100)}"; ${hint}`;
}

/** top_k, topk and TOP-K are taken for topK. */
const plain = (name: string): string => name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
