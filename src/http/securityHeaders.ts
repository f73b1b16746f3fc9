// Helmet's headers on every answer to a request, errors included (what is no HTTP is refused without). The API itself needs none of what
// they forbid; /docs needs its own scripts.
import { IncomingMessage, ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet, { type HelmetOptions } from 'helmet';

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
 * TLS that it does not have. Called before all hooks that refuse requests.
 */
export function addSecurityHeaders(app: FastifyInstance, { isShared }: { isShared: boolean }): void {
  const plain = headersOf({
    contentSecurityPolicy,
    crossOriginResourcePolicy: { policy: isShared ? 'cross-origin' : 'same-origin' },
    strictTransportSecurity: false,
  });
  const secure = { ...plain, 'strict-transport-security': oneYear };
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.protocol === 'https' ? secure : plain);
    done();
  });
}

/** The header's value, for pages that need another policy than /docs. */
export const contentSecurityPolicyOf = (directives: Readonly<Record<string, readonly string[]>>): string =>
  headersOf({ contentSecurityPolicy: { useDefaults: false, directives } })['content-security-policy'] as string;

/** What Helmet sets on an answer. It is the same for all, and having it made anew for each is a tenth of what a refusal costs. */
function headersOf(options: HelmetOptions): OutgoingHttpHeaders {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, () => undefined);
  return response.getHeaders();
}
