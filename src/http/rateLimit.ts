// How many requests one client may make: in a minute, by its key or else its address, in each process; in a day, by its key.
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify';
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import { AppError, type ErrorCode } from '../errors.js';
import { clientAddress } from './clientAddress.js';
import { withProblems } from './problem.js';
import { RequestWindows } from './requestWindows.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests a minute of one address on this route alone, where no key is asked for; 0: no limit. Absent: `requestsPerMinute` of limitRates. */
    anonymousRequestsPerMinute?: number;
  }
}

export interface RateLimits {
  /** Of a key that has no limit of its own; of an address where no key is asked for. 0: no limit. */
  readonly requestsPerMinute: number;
  /** Counts a request of a key. Throws AppError `quota_exceeded`. */
  readonly count: (key: VerifiedKey) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

const minuteMs = 60_000;
const problemsOfLimits: readonly ErrorCode[] = ['rate_limited', 'quota_exceeded'];

/** `routes`, limited; answers carry RateLimit-Limit, -Remaining and -Reset where a limit applies. Keys must have been verified by hooks before. */
export const limitRates =
  (limits: RateLimits, routes: readonly FastifyPluginAsync[]): FastifyPluginAsync =>
  async (app) => {
    const limitOf = createLimitOf(limits);
    await app.register(rateLimit, {
      timeWindow: minuteMs,
      max: limitOf,
      allowList: (request) => limitOf(request) === 0,
      keyGenerator: clientOf,
      store: createWindowStore(limits.now ?? (() => performance.now())),
      enableDraftSpec: true,
      errorResponseBuilder: (_request, { max, ttl }) =>
        new AppError('rate_limited', `at most ${max} requests a minute`, { retryAfterS: Math.ceil(ttl / 1000) }),
    });
    // After that of the plugin: what it refuses does not count for the day.
    app.addHook('onRoute', (route) => countDaily(route, limits));
    for (const inner of routes) await app.register(inner);
  };

const createLimitOf =
  ({ requestsPerMinute }: RateLimits) =>
  ({ key, routeOptions }: FastifyRequest): number =>
    key === undefined
      ? (routeOptions.config.anonymousRequestsPerMinute ?? requestsPerMinute)
      : (key.requestsPerMinute ?? requestsPerMinute);

/** A route with a limit of its own has a count of its own. */
function clientOf(request: FastifyRequest): string {
  if (request.key !== undefined) return request.key.id;
  const { url, config } = request.routeOptions;
  const address = clientAddress(request);
  return config.anonymousRequestsPerMinute === undefined ? address : `${address} ${url}`;
}

function countDaily(route: RouteOptions, { count }: RateLimits): void {
  const countRequest: onRequestHookHandler = ({ key }, _reply, done) => {
    if (key !== undefined) count(key);
    done();
  };
  route.onRequest = [...[route.onRequest ?? []].flat(), countRequest];
  if (route.schema === undefined || route.schema.hide === true) return;
  const response = withProblems(route.schema.response as Record<string, unknown> | undefined, problemsOfLimits);
  route.schema = { ...route.schema, response };
}

/** The plugin's own store reads a clock that may be set back, and then refuses clients for as long. */
function createWindowStore(now: () => number) {
  return class WindowStore {
    readonly #windows = new RequestWindows(now);

    incr(
      client: string,
      callback: (error: null, result: { current: number; ttl: number }) => void,
      windowMs: number,
    ): void {
      callback(null, this.#windows.count(client, windowMs));
    }

    /** For routes with options of the plugin, of which there are none. */
    child(): this {
      return this;
    }
  };
}
