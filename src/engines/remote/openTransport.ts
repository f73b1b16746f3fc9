// The URL of an endpoint → what speaks its protocol. Nothing is connected before the first call.
import { GrpcTransport } from './grpcTransport.js';
import { HttpTransport } from './httpTransport.js';
import type { Transport, TransportOptions } from './transport.js';

/** Protocols: http, https, grpc and grpcs. */
export const openTransport = (options: TransportOptions): Transport =>
  options.url.protocol.startsWith('grpc') ? new GrpcTransport(options) : new HttpTransport(options);
