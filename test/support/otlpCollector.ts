// A collector for tests: takes traces over OTLP (HTTP, protobuf) and keeps their spans.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import protobuf from 'protobufjs';

/** What these tests read of https://github.com/open-telemetry/opentelemetry-proto, with its numbers. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Export { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
`);
const exportType = root.lookupType('Export');

type Value = string | boolean | number | Value[];

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it has none. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 2: server, 5: consumer, 1: internal. */
  readonly kind: number;
  /** In nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, Value>>;
  /** 2: it failed. */
  readonly status: number;
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: AnyValue[] };
}
interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: KeyValue[];
  readonly status: { readonly code: number } | null;
}

const valueOf = ({ stringValue, boolValue, intValue, doubleValue, arrayValue }: AnyValue): Value =>
  stringValue ?? boolValue ?? doubleValue ?? arrayValue?.values.map(valueOf) ?? Number(intValue);

const record = (pairs: readonly KeyValue[]): Record<string, Value> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));

const hex = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

const toSpan = (raw: RawSpan): CollectedSpan => ({
  traceId: hex(raw.traceId),
  spanId: hex(raw.spanId),
  parentSpanId: hex(raw.parentSpanId),
  name: raw.name,
  kind: raw.kind,
  start: BigInt(raw.startTimeUnixNano),
  end: BigInt(raw.endTimeUnixNano),
  attributes: record(raw.attributes),
  status: raw.status?.code ?? 0,
});

export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** Attributes of the last resource that sent. */
  resource: Readonly<Record<string, Value>> = {};
  /** What it answers with. */
  status = 200;
  /** Exports so far, refused ones too. */
  exports = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#take(request).then((status) => response.writeHead(status).end());
    });
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The spans of a trace, once all of `names` are among them. */
  async trace(traceId: string, names: readonly string[]): Promise<CollectedSpan[]> {
    for (;;) {
      const own = this.spans.filter((span) => span.traceId === traceId);
      if (names.every((name) => own.some((span) => span.name === name))) return own;
      await delay(10);
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.exports += 1;
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') return 415;
    if (this.status === 200) this.#keep(Buffer.concat(chunks));
    return this.status;
  }

  #keep(bytes: Buffer): void {
    const message = exportType.toObject(exportType.decode(bytes), { bytes: String, longs: String, arrays: true });
    for (const { resource, scopeSpans } of message['resourceSpans'] as {
      resource: { attributes: KeyValue[] };
      scopeSpans: { spans: RawSpan[] }[];
    }[]) {
      this.resource = record(resource.attributes);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(toSpan)));
    }
  }
}
