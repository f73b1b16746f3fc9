// One log line for each request. Probes, and what is refused in a flood, would drown the rest: those are at debug, and how many were
// refused is one line every ten seconds.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked for every few seconds by machines: logged at debug unless it fails. */
    probe?: boolean;
  }
  interface FastifyRequest {
    /** What the handler adds to the request's log line: model, images, timings, error code. Never bytes or keys. */
    outcome: Readonly<Record<string, unknown>>;
  }
}

const summaryEveryMs = 10_000;

/** Adds the lines to every route of `app`. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('outcome');
  app.addHook('onRequest', async (request) => {
    request.outcome = {};
  });
  const countRefusal = summariseRefusals(app);
  app.addHook('onResponse', async (request, reply) => {
    if (isRefusal(reply)) countRefusal(String(request.outcome['code']));
    request.log[levelOf(request, reply)](describeRequest(request, reply), 'request');
  });
}

const isRefusal = ({ statusCode }: FastifyReply): boolean => statusCode === 429;

const levelOf = ({ routeOptions }: FastifyRequest, reply: FastifyReply): 'debug' | 'info' =>
  isRefusal(reply) || (routeOptions.config.probe === true && reply.statusCode < 400) ? 'debug' : 'info';

const describeRequest = ({ ip, key, method, routeOptions, outcome }: FastifyRequest, reply: FastifyReply) => ({
  client: ip,
  ...(key !== undefined && { key: key.id }),
  method,
  route: routeOptions.url,
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime * 10) / 10,
  ...outcome,
});

/** The returned function counts one refusal; what was counted is written down ten seconds after the first, and at the end. */
function summariseRefusals(app: FastifyInstance): (code: string) => void {
  let refused: Record<string, number> = {};
  let timer: NodeJS.Timeout | undefined;
  const summarise = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (Object.keys(refused).length > 0) app.log.warn({ refused }, 'requests were refused');
    refused = {};
  };
  app.addHook('onClose', async () => summarise());
  return (code) => {
    refused[code] = (refused[code] ?? 0) + 1;
    timer ??= setTimeout(summarise, summaryEveryMs).unref();
  };
}
