// A span for each request, under the caller's, in the words of OpenTelemetry's conventions for HTTP.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Attributes, Span, Tracer } from '../tracing/tracer.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request's work is recorded under; undefined where nothing is traced. */
    span: Span | undefined;
  }
}

/** Traces every request of `app` but those of probes, from before all hooks but that of the exchange; its log lines name the span. */
export function traceRequests(app: FastifyInstance, tracer: Tracer | undefined): void {
  app.decorateRequest('span');
  if (tracer === undefined) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.probe !== true) trace(tracer, request, reply);
    done();
  });
}

function trace(tracer: Tracer, request: FastifyRequest, reply: FastifyReply): void {
  const { method, routeOptions } = request;
  const route = routeOptions.url;
  const span = tracer.start(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: parentOf(request),
    attributes: attributesOf(request),
  });
  request.span = span;
  request.log = reply.log = request.log.child(span.ids);
  request.exchange.onceOver(() => end(span, request, reply));
}

function parentOf({ headers: { traceparent, tracestate } }: FastifyRequest) {
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** Neither the query nor the client's address: as little of persons as a trace can do with. */
const attributesOf = ({ id, method, protocol, url, routeOptions, headers, raw }: FastifyRequest): Attributes => ({
  'http.request.method': method,
  ...(routeOptions.url !== undefined && { 'http.route': routeOptions.url }),
  'url.scheme': protocol,
  'url.path': url.split('?', 1)[0]!,
  'network.protocol.version': raw.httpVersion,
  ...(headers['user-agent'] !== undefined && { 'user_agent.original': headers['user-agent'] }),
  'taxon.request.id': id,
});

/** A client's own mistake is no error of the span, as the conventions have it; `taxon.code` names it. */
function end(span: Span, { outcome }: FastifyRequest, { statusCode, raw }: FastifyReply): void {
  const { code, models } = outcome as { readonly code?: string; readonly models?: readonly string[] };
  if (raw.writableFinished) span.set({ 'http.response.status_code': statusCode });
  span.set({
    ...(code !== undefined && { 'taxon.code': code }),
    ...(models !== undefined && { 'taxon.models': models }),
  });
  if (!raw.writableFinished) span.end({ error: 'connection_closed' });
  else span.end(statusCode >= 500 ? { error: code ?? String(statusCode) } : {});
}
