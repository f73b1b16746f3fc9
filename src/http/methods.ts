// Methods that an address does not have: 405 with `Allow` (RFC 9110, 15.5.6), and OPTIONS, which asks for them. HEAD comes with every GET.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';

interface Resource {
  readonly path: RegExp;
  readonly methods: Set<string>;
}

/**
 * Answers what no route does, before the body is read. Called after CORS, whose headers these answers carry too, and before the
 * routes, so that it sees them all.
 */
export function answerOtherMethods(app: FastifyInstance): void {
  const resources = new Map<string, Resource>();
  app.addHook('onRoute', ({ url, method }) => {
    const resource = resources.get(url) ?? { path: pathOf(url), methods: new Set(['OPTIONS']) };
    for (const one of [method].flat()) resource.methods.add(one);
    // With a prefix, Fastify tells of `/prefix` and `/prefix/` as one, and of their HEAD as two.
    if (resource.methods.has('HEAD')) resource.methods.add('GET');
    resources.set(url, resource);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!isUndeclared(request)) {
      done();
      return;
    }
    const path = addressOf(request);
    // `OPTIONS *` asks for what the server as a whole has (RFC 9110, 9.3.7).
    const isServer = request.method === 'OPTIONS' && path === '*';
    const here = [...resources.values()]
      .filter((one) => isServer || one.path.test(path))
      .flatMap(({ methods }) => [...methods]);
    answer(request, reply, [...new Set(here)].sort());
  });
  app.setNotFoundHandler((request, reply) => answer(request, reply, []));
}

/** `*` is what the CORS plugin declares for OPTIONS. */
const isUndeclared = ({ is404, routeOptions: { url } }: FastifyRequest): boolean => is404 || url === '*';

const addressOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? '';

function answer(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): FastifyReply {
  const call = `${request.method} ${addressOf(request)}`;
  if (methods.length === 0) throw new AppError('not_found', `there is no ${call}; /docs lists what there is`);
  const allow = methods.join(', ');
  reply.header('allow', allow);
  if (request.method === 'OPTIONS') return reply.code(204).send();
  throw new AppError('method_not_allowed', `there is no ${call}; this address has ${allow}`);
}

/** The addresses of a route: `:name` stands for one segment, `*` for any number. */
function pathOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
