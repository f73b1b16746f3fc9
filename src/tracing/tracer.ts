// Traces as the rest of the program sees them. What records and sends them, openTelemetry.ts, is loaded only where a collector is named.

export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The names under which a log line belongs to a span, in hexadecimal. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

export interface SpanOptions {
  /** When it began, in milliseconds of `performance.now()`; absent: now. */
  readonly startedAt?: number;
  readonly attributes?: Attributes;
}

export interface SpanEnd {
  /** What went wrong, in one word: the code of an error. */
  readonly error?: string;
  /** When it ended, in milliseconds of `performance.now()`; absent: now. */
  readonly at?: number;
}

/** A piece of work that has begun. */
export interface Span {
  readonly ids: TraceIds;
  /** The header by which whatever works on its behalf, now or later, names it (W3C Trace Context). */
  readonly traceparent: string;
  /** Begins a part of it. */
  start(name: string, options?: SpanOptions): Span;
  set(attributes: Attributes): void;
  /** The first call counts. */
  end(outcome?: SpanEnd): void;
}

export interface TraceOptions extends SpanOptions {
  /** `server`: of a request that came from outside; `consumer`: of work that waited in a queue. */
  readonly kind: 'server' | 'consumer';
  /** What the caller named as its own span; what is not well formed counts as absent. */
  readonly parent?: { readonly traceparent: string; readonly tracestate?: string } | undefined;
}

export interface Tracer {
  /** Begins the part of a trace that this process has; a trace of its own where there is no parent. */
  start(name: string, options: TraceOptions): Span;
  /** Sends what has ended, for a few seconds at most. Idempotent. */
  close(): Promise<void>;
}
