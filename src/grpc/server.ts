// The Open Inference Protocol over gRPC, on a port of its own: calls are let in, answered, logged, and refused in gRPC's words.
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  ServerListenerBuilder,
  status as codes,
  type ServerInterceptor,
  type ServiceDefinition,
  type StatusObject,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { AppError } from '../errors.js';
import { toAppError } from '../http/problem.js';
import { Call, CallAdmission, type CallAdmissionDeps } from './callAdmission.js';
import { decodeMessage, encodeMessage } from '../formats/openInference/messages.js';
import { createMethods, type Method, type ServiceDeps } from './service.js';

export interface GrpcServerOptions {
  readonly logger: Logger;
  readonly admission: CallAdmissionDeps;
  readonly service: ServiceDeps;
  /** Longest time in which a message must have arrived. */
  readonly uploadTimeoutMs: number;
  /** Longest wait for calls in flight when the server closes. */
  readonly shutdownTimeoutMs: number;
}

export interface GrpcServer {
  /** Gives the address with its port. Throws when it is taken. */
  listen(host: string, port: number): Promise<string>;
  /** Idempotent: calls in flight are answered. */
  close(): Promise<void>;
}

const serviceName = 'inference.GRPCInferenceService';

type PartialStatus = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

interface Unary {
  readonly request: Buffer;
  readonly metadata: Metadata;
}
type Respond = (error: PartialStatus | null, message?: Buffer) => void;

/** Builds the server without listening. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const methods = createMethods(options.service);
  const calls = new WeakMap<Metadata, LoggedCall>();
  const server = new Server({
    interceptors: [createInterceptor(options, methods, calls)],
    'grpc.max_receive_message_length': options.admission.maxMessageBytes,
  });
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      ({ request, metadata }: Unary, respond: Respond): void => {
        const call = calls.get(metadata)!;
        answer(method, request, call).then(
          (message) => respond(null, message),
          (error: unknown) => respond(call.refuse(error)),
        );
      },
    ]),
  );
  server.addService(definitionOf(Object.keys(methods)), implementation);
  return {
    listen: (host, port) => listen(server, host, port),
    close: () => close(server, options.shutdownTimeoutMs),
  };
}

/** Messages stay bytes until a call is let in. */
const definitionOf = (names: readonly string[]): ServiceDefinition =>
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        path: `/${serviceName}/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: asItIs,
        requestDeserialize: asItIs,
        responseSerialize: asItIs,
        responseDeserialize: asItIs,
      },
    ]),
  );

const asItIs = (bytes: Buffer): Buffer => bytes;

async function answer({ request: type, response, answer }: Method, bytes: Buffer, { call, note }: LoggedCall) {
  const request = decodeMessage(type, bytes) as never;
  return encodeMessage(response, await answer(request, call, note));
}

/** A call with its line in the log. */
class LoggedCall {
  #outcome: object = {};
  readonly #startedAt = performance.now();

  constructor(
    readonly call: Call,
    private readonly name: string,
    private readonly logger: Logger,
  ) {}

  readonly note = (outcome: object): void => {
    this.#outcome = { ...this.#outcome, ...outcome };
  };

  /** What the caller is told. */
  refuse(error: unknown): PartialStatus {
    const known = toAppError(error);
    this.note({ code: known.code });
    if (known.status === 500) this.logger.error({ err: error }, 'call failed');
    return statusOf(known);
  }

  end(code: codes): void {
    const { call } = this;
    const level = code === codes.RESOURCE_EXHAUSTED || call.rules.scope === 'open' ? 'debug' : 'info';
    const ms = Math.round((performance.now() - this.#startedAt) * 10) / 10;
    const key = call.key === undefined ? {} : { key: call.key.id };
    this.logger[level]({ client: call.caller.ip, ...key, call: this.name, grpc: code, ms, ...this.#outcome }, 'call');
  }
}

/** Reads no message before its call is let in. */
function createInterceptor(
  { logger, admission: deps, uploadTimeoutMs }: GrpcServerOptions,
  methods: Readonly<Record<string, Method>>,
  calls: WeakMap<Metadata, LoggedCall>,
): ServerInterceptor {
  const admission = new CallAdmission(deps);
  return (method, next) => {
    const name = method.path.slice(method.path.lastIndexOf('/') + 1);
    let logged: LoggedCall | undefined;
    let stopTimer: () => void = () => undefined;
    const intercepted = new ServerInterceptingCall(next, {
      start: (start) =>
        start(
          new ServerListenerBuilder()
            .withOnReceiveMetadata((metadata, goOn) => {
              const call = new Call(methods[name]!.rules, {
                ip: next.getConnectionInfo().remoteAddress,
                headers: headersOf(metadata),
              });
              const current = new LoggedCall(call, name, logger);
              logged = current;
              calls.set(metadata, current);
              const refuse = (error: unknown): void => intercepted.sendStatus(current.refuse(error));
              const late = setTimeout(() => refuse(tooLate(uploadTimeoutMs)), uploadTimeoutMs).unref();
              stopTimer = () => clearTimeout(late);
              call.exchange.onceOver(stopTimer);
              admission.letIn(call).then(() => goOn(metadata), refuse);
            })
            .withOnReceiveMessage((message: Buffer, goOn) => {
              stopTimer();
              try {
                admission.arrived(logged!.call, message.length);
                goOn(message);
              } catch (error) {
                intercepted.sendStatus(logged!.refuse(error));
              }
            })
            .withOnCancel(() => logged?.call.exchange.end())
            .build(),
        ),
      sendStatus: (status, send) => {
        logged?.end(status.code);
        logged?.call.exchange.end();
        send(status);
      },
    });
    return intercepted;
  };
}

const tooLate = (ms: number): AppError =>
  new AppError('request_timeout', `the message must have arrived within ${ms} ms`);

function headersOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]));
}

/** gRPC's codes by HTTP's (status); https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const codeOfStatus: Readonly<Record<number, codes>> = {
  400: codes.INVALID_ARGUMENT,
  401: codes.UNAUTHENTICATED,
  403: codes.PERMISSION_DENIED,
  404: codes.NOT_FOUND,
  408: codes.DEADLINE_EXCEEDED,
  409: codes.FAILED_PRECONDITION,
  413: codes.INVALID_ARGUMENT,
  415: codes.INVALID_ARGUMENT,
  422: codes.INVALID_ARGUMENT,
  429: codes.RESOURCE_EXHAUSTED,
  499: codes.CANCELLED,
  503: codes.UNAVAILABLE,
  504: codes.DEADLINE_EXCEEDED,
  507: codes.RESOURCE_EXHAUSTED,
};

/** With the project's code, and when to come again, in the trailing metadata. */
function statusOf({ status, code, detail, retryAfterS }: AppError): PartialStatus {
  const metadata = new Metadata();
  metadata.set('taxon-code', code);
  if (retryAfterS !== undefined) metadata.set('retry-after', String(retryAfterS));
  return { code: codeOfStatus[status] ?? codes.INTERNAL, details: detail, metadata };
}

function listen(server: Server, host: string, port: number): Promise<string> {
  const literal = host.includes(':') ? `[${host}]` : host;
  return new Promise((resolve, reject) =>
    server.bindAsync(`${literal}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(`${literal}:${bound}`) : reject(error),
    ),
  );
}

/** Calls in flight have `timeoutMs`. */
function close(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), timeoutMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
