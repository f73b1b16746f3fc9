// The Open Inference Protocol over gRPC, with raw tensors, on one connection.
import { randomUUID } from 'node:crypto';
import { Client, connectivityState, credentials, Metadata, status as codes, type ServiceError } from '@grpc/grpc-js';
import { checkDatatype, checkLength, floatsOf } from '../../formats/openInference/binaryBody.js';
import {
  decodeMessage,
  encodeMessage,
  type ModelInferResponse,
  type ModelMetadataResponse,
} from '../../formats/openInference/messages.js';
import { inputName } from '../../models/servedBackbone.js';
import {
  EndpointError,
  understand,
  type InferCall,
  type ModelDescription,
  type ServerDescription,
  type Transport,
  type TransportOptions,
} from './transport.js';

/** Feature maps of a batch: 16 MB for 32 images of Inception-V3. */
const maxMessageBytes = 256 * 2 ** 20;

export class GrpcTransport implements Transport {
  readonly address: string;
  readonly #client: Client;
  #isClosed = false;

  constructor({ url, onDisconnect }: TransportOptions) {
    this.address = `${url.protocol}//${url.host}`;
    this.#client = new Client(
      url.host,
      url.protocol === 'grpcs:' ? credentials.createSsl() : credentials.createInsecure(),
      {
        'grpc.max_receive_message_length': maxMessageBytes,
        'grpc.max_send_message_length': maxMessageBytes,
        // Two endpoints may be the same server under two names: each has its own connection.
        'grpc.use_local_subchannel_pool': 1,
        'grpc.max_reconnect_backoff_ms': 5_000,
        'grpc.keepalive_time_ms': 20_000,
      },
    );
    this.#watch(onDisconnect);
  }

  async describeServer(signal: AbortSignal): Promise<ServerDescription> {
    return this.#call('ServerMetadata', 'Empty', {}, 'ServerMetadataResponse', signal);
  }

  async describeModel(name: string, signal: AbortSignal): Promise<ModelDescription> {
    const answer = await this.#call<ModelMetadataResponse>(
      'ModelMetadata',
      'ModelRequest',
      { name },
      'ModelMetadataResponse',
      signal,
    );
    return answer;
  }

  async checkReady(name: string, signal: AbortSignal): Promise<void> {
    const { ready } = await this.#call<{ readonly ready: boolean }>(
      'ModelReady',
      'ModelRequest',
      { name },
      'ModelReadyResponse',
      signal,
    );
    if (!ready) throw new EndpointError('failed', `the model ${name} is not ready`);
  }

  async infer({ model, shape, pixels, output }: InferCall, signal: AbortSignal): Promise<Float32Array> {
    const request = {
      model_name: model,
      id: randomUUID(),
      inputs: [{ name: inputName, datatype: 'UINT8', shape }],
      outputs: [{ name: output }],
      raw_input_contents: [pixels],
    };
    const answer = await this.#call<ModelInferResponse>(
      'ModelInfer',
      'ModelInferRequest',
      request,
      'ModelInferResponse',
      signal,
    );
    return understand(() => outputOf(answer, output));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#client.close();
  }

  #watch(onDisconnect: () => void): void {
    const channel = this.#client.getChannel();
    const state = channel.getConnectivityState(false);
    channel.watchConnectivityState(state, Infinity, () => {
      if (this.#isClosed) return;
      if (state === connectivityState.READY) onDisconnect();
      this.#watch(onDisconnect);
    });
  }

  async #call<T>(
    method: string,
    requestType: string,
    request: object,
    responseType: string,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
        `/inference.GRPCInferenceService/${method}`,
        asItIs,
        asItIs,
        encodeMessage(requestType, request),
        new Metadata(),
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (signal.aborted) reject(signal.reason as Error);
          else if (error !== null) reject(endpointErrorOf(method, error));
          else resolve(answer!);
        },
      );
      const cancel = (): void => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
    return understand(() => decodeMessage(responseType, bytes)) as T;
  }
}

const asItIs = (bytes: Buffer): Buffer => bytes;

const refusals: ReadonlySet<codes> = new Set([
  codes.INVALID_ARGUMENT,
  codes.NOT_FOUND,
  codes.PERMISSION_DENIED,
  codes.UNAUTHENTICATED,
  codes.UNIMPLEMENTED,
  codes.FAILED_PRECONDITION,
]);

const endpointErrorOf = (method: string, { code, details }: ServiceError): EndpointError =>
  new EndpointError(
    refusals.has(code) ? 'refused' : 'failed',
    `${method} was answered ${codes[code]}: ${details.slice(0, 300)}`,
  );

function outputOf({ outputs, raw_output_contents: raw }: ModelInferResponse, name: string): Float32Array {
  const index = outputs.findIndex((one) => one.name === name);
  const found = outputs[index];
  if (found === undefined) throw new Error(`there is no output "${name}" in the answer`);
  checkDatatype(name, found.datatype);
  const bytes = raw[index] ?? found.contents?.fp32_contents ?? Buffer.alloc(0);
  return checkLength(name, floatsOf(bytes), found.shape);
}
