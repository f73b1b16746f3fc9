// Traces recorded by OpenTelemetry and sent to a collector over OTLP (HTTP, protobuf). Its own variables say the rest: OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_…, OTEL_EXPORTER_OTLP_HEADERS, …_TIMEOUT, …_COMPRESSION.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as RecordedSpan,
  type Tracer as Recorder,
} from '@opentelemetry/api';
import { ExportResultCode, W3CTraceContextPropagator, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Attributes, Span, SpanEnd, SpanOptions, TraceIds, TraceOptions, Tracer } from './tracer.js';

export interface OpenTelemetryOptions {
  /** Of a collector, without the path of traces (OTEL_EXPORTER_OTLP_ENDPOINT). */
  readonly endpoint: string;
  readonly serviceVersion: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** A collector that is away keeps no shutdown waiting for longer. */
const closeWithinMs = 2_000;
/** Longer texts, which only callers have, are cut off. */
const longestText = 1_024;

const propagator = new W3CTraceContextPropagator();
const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER };

/** Sends nothing yet, and never throws: a collector that is away costs its traces and a line of the log. */
export function createOpenTelemetry({ endpoint, serviceVersion, logger }: OpenTelemetryOptions): Tracer {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const own = { 'service.name': 'taxon', 'service.version': serviceVersion, 'service.instance.id': randomUUID() };
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [envDetector] })),
    generalLimits: { attributeValueLengthLimit: longestText },
    spanProcessors: [new BatchSpanProcessor(tellOfFailures(exporter, logger))],
  });
  const recorder = provider.getTracer('taxon', serviceVersion);
  let closing: Promise<unknown> | undefined;
  return {
    start: (name, options) => startTrace(recorder, name, options),
    close: async () => {
      closing ??= Promise.race([
        provider.shutdown().catch(() => undefined),
        delay(closeWithinMs, undefined, { ref: false }),
      ]);
      await closing;
    },
  };
}

function startTrace(recorder: Recorder, name: string, { kind, parent, ...options }: TraceOptions): Span {
  // One for the whole trace: parts that follow one another must not overlap because the clock of the machine was set meanwhile.
  const epochMs = Date.now() - performance.now();
  const from = propagator.extract(ROOT_CONTEXT, parent ?? {}, defaultTextMapGetter);
  return new OpenTelemetrySpan({ recorder, epochMs }, from, name, options, kinds[kind]);
}

interface TraceParts {
  readonly recorder: Recorder;
  /** What makes milliseconds since 1970 of those of `performance.now()`. */
  readonly epochMs: number;
}

class OpenTelemetrySpan implements Span {
  readonly #span: RecordedSpan;
  readonly #context: Context;

  constructor(
    private readonly parts: TraceParts,
    from: Context,
    name: string,
    { startedAt, attributes = {} }: SpanOptions,
    kind = SpanKind.INTERNAL,
  ) {
    const startTime = this.#timeOf(startedAt);
    this.#span = parts.recorder.startSpan(name, { kind, startTime, attributes: mutable(attributes) }, from);
    this.#context = trace.setSpan(from, this.#span);
  }

  get ids(): TraceIds {
    const { traceId, spanId } = this.#span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  get traceparent(): string {
    const headers: { traceparent?: string } = {};
    propagator.inject(this.#context, headers, defaultTextMapSetter);
    return headers.traceparent!;
  }

  start(name: string, options: SpanOptions = {}): Span {
    return new OpenTelemetrySpan(this.parts, this.#context, name, options);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(mutable(attributes));
  }

  end({ error, at }: SpanEnd = {}): void {
    if (!this.#span.isRecording()) return;
    if (error !== undefined)
      this.#span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR, message: error });
    this.#span.end(this.#timeOf(at));
  }

  #timeOf(at = performance.now()): number {
    return this.parts.epochMs + at;
  }
}

const mutable = (attributes: Attributes) => attributes as Record<string, string | number | boolean | string[]>;

/** One line when a collector stops taking traces, and one when it takes them again. */
function tellOfFailures(exporter: SpanExporter, logger: OpenTelemetryOptions['logger']): SpanExporter {
  let isFailing = false;
  const note = ({ code, error }: ExportResult): void => {
    const fails = code === ExportResultCode.FAILED;
    if (fails && !isFailing) logger.warn({ err: error }, 'traces cannot be sent to the collector, and are lost');
    if (!fails && isFailing) logger.info('the collector takes traces again');
    isFailing = fails;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(result);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
