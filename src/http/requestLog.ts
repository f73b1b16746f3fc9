// One log line for each request. Probes, and what is refused in a flood, would drown the rest: those are at debug, and how many were
// refused is one line every ten seconds.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

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

/** Adds the lines to every route of `app`, whose logger is `logger`. */
export function logRequests(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('outcome');
  app.addHook('onRequest', (request, _reply, done) => {
    request.outcome = {};
    done();
  });
  const countRefusal = summariseRefusals(app);
  app.addHook('onResponse', (request, reply, done) => {
    if (isRefusal(reply)) countRefusal(String(request.outcome['code']));
    const level = levelOf(request, reply);
    if (logger.isLevelEnabled(level)) request.log[level](describeRequest(request, reply), 'request');
    done();
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
