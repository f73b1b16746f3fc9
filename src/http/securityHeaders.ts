// Helmet's headers on every answer to a request, errors included (what is no HTTP is refused without). The API itself needs none of what
// they forbid; /docs needs its own scripts.
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/**
 * What /docs loads, and nothing else: its own scripts, styles and icons, and the API. Helmet's `upgrade-insecure-requests` is left
 * out: a server without TLS would be asked for its scripts over TLS.
 */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'self'"],
  },
};

/** Helmet's own value. */
const oneYear = 'max-age=31536000; includeSubDomains';

/**
 * `isShared`: pages of other origins may embed what the server answers, as CORS_ORIGINS allows some to read it.
 * Strict-Transport-Security goes only to who came over TLS, which a proxy in TRUST_PROXY says: without it, a server would ask for
 * TLS that it does not have.
 */
export async function addSecurityHeaders(app: FastifyInstance, { isShared }: { isShared: boolean }): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy,
    crossOriginResourcePolicy: { policy: isShared ? 'cross-origin' : 'same-origin' },
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.protocol === 'https') reply.header('strict-transport-security', oneYear);
  });
}
