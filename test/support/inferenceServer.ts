// A server of the Open Inference Protocol for tests, over HTTP and gRPC: it runs backbones on an engine of its own, and has the faults that a test gives it.
import { Server as GrpcServer, ServerCredentials, status as codes, type ServiceError } from '@grpc/grpc-js';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createInThread } from '../../src/engines/create.js';
import { loadedIdOf, type BackboneArtifact, type Engine } from '../../src/engines/engine.js';
import { jsonLengthHeader } from '../../src/formats/openInference/binaryBody.js';
import { decodeMessage, encodeMessage, type ModelInferRequest } from '../../src/formats/openInference/messages.js';
import { servedName } from '../../src/models/servedBackbone.js';

/** What is wrong with it; may be changed at any time. */
export interface Faults {
  /** Before each answer of inference, in milliseconds. */
  delayMs?: number;
  /** Answers inference with this HTTP status, or the gRPC code of it. */
  status?: 400 | 500 | undefined;
  /** Is applied to the values. */
  distort?: ((values: Float32Array) => Float32Array) | undefined;
  /** Name of the input in the metadata. */
  inputName?: string;
  /** Answers in JSON alone. */
  isTextOnly?: boolean;
}

export interface InferenceServer {
  readonly url: string;
  readonly faults: Faults;
  /** Requests of inference that have arrived, with the number of images of each. */
  readonly asked: number[];
  /** Closes every connection and its port, as the end of its process would. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What both protocols answer. */
class Models {
  readonly asked: number[] = [];
  readonly faults: Faults = {};
  readonly #byName = new Map<string, BackboneArtifact>();

  constructor(
    private readonly engine: Engine,
    backbones: readonly BackboneArtifact[],
  ) {
    for (const backbone of backbones)
      this.#byName.set(servedName(backbone.id, backbone.output ?? 'embedding'), backbone);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  describe(name: string) {
    const { preprocessing, output } = this.#byName.get(name)!;
    const { height, width } = preprocessing;
    return {
      name,
      inputs: [{ name: this.faults.inputName ?? 'pixels', datatype: 'UINT8', shape: [-1, height, width, 3] }],
      outputs: [{ name: output ?? 'embedding', datatype: 'FP32', shape: [-1, -1] }],
    };
  }

  outputOf(name: string): string {
    return this.#byName.get(name)!.output ?? 'embedding';
  }

  async infer(name: string, count: number, pixels: Uint8Array): Promise<Tensor> {
    this.asked.push(count);
    const { delayMs, distort } = this.faults;
    if (delayMs !== undefined) await setTimeout(delayMs, undefined, { ref: false });
    const backboneId = loadedIdOf(this.#byName.get(name)!);
    const { embeddings } = await this.engine.run({ backboneId, pixels: Uint8Array.from(pixels), count, headIds: [] });
    const values = distort?.(embeddings) ?? embeddings;
    return { shape: [count, values.length / count], values };
  }
}

export type Protocol = 'http' | 'grpc';

/** Serves the backbones on a free port; `cacheDir` takes what is compiled of them. */
export async function startInferenceServer(
  protocol: Protocol,
  backbones: readonly BackboneArtifact[],
  cacheDir: string,
): Promise<InferenceServer> {
  const engine = await createInThread({ engine: 'onnx', device: 'cpu', threads: 1, cacheDir, warmupBatchSizes: [] });
  for (const backbone of backbones) await engine.loadBackbone(backbone);
  const models = new Models(engine, backbones);
  const listening = protocol === 'http' ? overHttp(models) : overGrpc(models);
  let port = await listening.start(0);
  return {
    url: `${protocol}://127.0.0.1:${port}`,
    faults: models.faults,
    asked: models.asked,
    stop: () => listening.stop(),
    start: async () => {
      port = await listening.start(port);
    },
    close: async () => {
      await listening.stop();
      await engine.close();
    },
  };
}

interface Listening {
  /** On `port`, 0 for a free one, which is given. */
  start(port: number): Promise<number>;
  /** Idempotent. */
  stop(): Promise<void>;
}

function overHttp(models: Models): Listening {
  let server = createServer();
  const sockets = new Set<Socket>();
  return {
    start: (port) => {
      server = createServer((request, response) => {
        answer(models, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
      });
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      return new Promise((resolve) =>
        server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
      );
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const serverDescription = { name: 'tests', version: '1.0' };

async function answer(models: Models, request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const body = await bodyOf(request);
  const [, name, action] = /^\/v2\/models\/([^/]+)(?:\/(\w+))?$/.exec(request.url!) ?? [];
  const json = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
  if (name === undefined) return json(200, serverDescription);
  if (!models.has(name)) return json(404, { error: `there is no model ${name}` });
  if (action === 'ready') return json(200, {});
  if (action !== 'infer') return json(200, models.describe(name));
  const length = Number(request.headers[jsonLengthHeader]);
  const { inputs } = JSON.parse(body.subarray(0, length).toString()) as { inputs: { shape: number[] }[] };
  const { shape, values } = await models.infer(name, inputs[0]!.shape[0]!, body.subarray(length));
  if (models.faults.status !== undefined) return json(models.faults.status, { error: 'as the test wants it' });
  const output = { name: models.outputOf(name), datatype: 'FP32', shape };
  if (models.faults.isTextOnly) return json(200, { outputs: [{ ...output, data: [...values] }] });
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const head = JSON.stringify({ outputs: [{ ...output, parameters: { binary_data_size: bytes.length } }] });
  return response
    .writeHead(200, { [jsonLengthHeader]: String(head.length) })
    .end(Buffer.concat([Buffer.from(head), bytes]));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

interface Call {
  readonly request: Buffer;
}
type Respond = (error: Partial<ServiceError> | null, answer?: Buffer) => void;

function overGrpc(models: Models): Listening {
  let server: GrpcServer | undefined;
  const unary =
    (response: string, make: (request: Buffer) => Promise<object> | object) => (call: Call, respond: Respond) =>
      void Promise.resolve(call.request)
        .then(make)
        .then(
          (message) => respond(null, encodeMessage(response, message)),
          (error: unknown) => {
            const { code, message } = error as Partial<ServiceError> & { message: string };
            respond({ code: code ?? codes.INTERNAL, details: message });
          },
        );
  const named = (bytes: Buffer): string => {
    const { name } = decodeMessage('ModelRequest', bytes) as { name: string };
    if (!models.has(name)) throw Object.assign(new Error(`there is no model ${name}`), { code: codes.NOT_FOUND });
    return name;
  };
  const methods = {
    ServerMetadata: unary('ServerMetadataResponse', () => serverDescription),
    ModelReady: unary('ModelReadyResponse', (bytes) => ({ ready: named(bytes) !== '' })),
    ModelMetadata: unary('ModelMetadataResponse', (bytes) => models.describe(named(bytes))),
    ModelInfer: unary('ModelInferResponse', async (bytes) => {
      const request = decodeMessage('ModelInferRequest', bytes) as ModelInferRequest;
      const { model_name: name, inputs, raw_input_contents: raw } = request;
      const { shape, values } = await models.infer(name, inputs[0]!.shape[0]!, raw[0]!);
      const { status, isTextOnly } = models.faults;
      if (status !== undefined)
        throw Object.assign(new Error('as the test wants it'), {
          code: status === 400 ? codes.INVALID_ARGUMENT : codes.INTERNAL,
        });
      const contents = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      const output = { name: models.outputOf(name), datatype: 'FP32', shape };
      return isTextOnly
        ? { outputs: [{ ...output, contents: { fp32_contents: contents } }] }
        : { outputs: [output], raw_output_contents: [contents] };
    }),
  };
  const asItIs = (bytes: Buffer): Buffer => bytes;
  const definition = Object.fromEntries(
    Object.keys(methods).map((name) => [
      name,
      {
        path: `/inference.GRPCInferenceService/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: asItIs,
        requestDeserialize: asItIs,
        responseSerialize: asItIs,
        responseDeserialize: asItIs,
      },
    ]),
  );
  return {
    start: async (port) => {
      server = new GrpcServer();
      server.addService(definition, methods);
      return new Promise((resolve, reject) =>
        server!.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
          error === null ? resolve(bound) : reject(error),
        ),
      );
    },
    stop: async () => server?.forceShutdown(),
  };
}
