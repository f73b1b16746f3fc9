// The page at /, for people: files that `npm run build` made of web/, sent as they are. It uses the same API as every other program.
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';
import { contentSecurityPolicyOf } from './securityHeaders.js';

/** dist/web, beside dist/src. */
const builtPage = fileURLToPath(new URL('../../web/', import.meta.url));

/** What the page is made of, and nothing inline. `blob:` is what a user has dropped or the camera shows. */
const contentSecurityPolicy = contentSecurityPolicyOf({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'blob:'],
  mediaSrc: ["'self'", 'blob:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'self'"],
});

/** The names of assets change with their content. */
const forever = 'public, max-age=31536000, immutable';

/** Nothing is served where the page has not been built: an API alone needs none. */
export const pageRoutes: FastifyPluginAsync = async (app) => {
  const isBuilt = await access(builtPage).then(
    () => true,
    () => false,
  );
  if (!isBuilt) return;
  // A route for each file, so that all other addresses stay the API's own 404.
  await app.register(fastifyStatic, {
    root: builtPage,
    wildcard: false,
    preCompressed: true,
    schemaHide: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('content-security-policy', contentSecurityPolicy);
      reply.header('cache-control', path.includes('/assets/') ? forever : 'no-cache');
    },
  });
};
