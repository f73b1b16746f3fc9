// What an endpoint of the remote engine is asked, whichever protocol carries it. Implementations: httpTransport, grpcTransport.
import { z } from 'zod';
import type { TensorMetadata } from '../../formats/openInference/messages.js';

export interface ServerDescription {
  readonly name: string;
  readonly version: string;
}

export interface ModelDescription {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface InferCall {
  readonly model: string;
  /** [images, height, width, 3] of `pixels`. */
  readonly shape: readonly number[];
  /** uint8; copied before the call gives back its promise. */
  readonly pixels: Uint8Array;
  /** Name of the output wanted. */
  readonly output: string;
  /** Of the answer, beyond which it is not read. */
  readonly maxBytes: number;
}

/**
 * An endpoint did not do what was asked. refused: it answered that it does not do this, and would again. wrong: it answered what is no answer to
 * this. failed: it was not there, was late, or broke.
 */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';

  constructor(
    readonly kind: 'failed' | 'refused' | 'wrong',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Calls reject with EndpointError; with the signal's reason once it is aborted. */
export interface Transport {
  /** Without user and password. */
  readonly address: string;
  describeServer(signal: AbortSignal): Promise<ServerDescription>;
  describeModel(model: string, signal: AbortSignal): Promise<ModelDescription>;
  /** Rejects when it is not ready. */
  checkReady(model: string, signal: AbortSignal): Promise<void>;
  /** The output, in row-major order. */
  infer(call: InferCall, signal: AbortSignal): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly url: URL;
  /** A connection ended that was not ended here: what is at the other end the next time may be another program. */
  readonly onDisconnect: () => void;
}

/** In one line, for the log. */
export const messageOf = (error: unknown): string => {
  // Node.js gives several addresses that were all tried as an error without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (error instanceof z.ZodError)
    return `the answer is no such answer: ${z.prettifyError(error).replaceAll(/\s+/g, ' ')}`;
  return error instanceof Error ? error.message : String(error);
};

/** What `read` makes of an answer. Throws EndpointError when it is no answer. */
export function understand<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new EndpointError('wrong', messageOf(error), { cause: error });
  }
}
