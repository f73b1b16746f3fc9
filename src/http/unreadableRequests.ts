// What Node.js refuses before there is a request, as a problem like any other error.
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { AppError } from '../errors.js';
import { toProblem } from './problem.js';

/** Fastify's clientErrorHandler: answers and ends the connection, on which nothing further could be read. */
export function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const fault = faultOf(error);
  const body = JSON.stringify(toProblem(fault, randomUUID()));
  socket.write(
    `HTTP/1.1 ${fault.status} ${fault.code}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

function faultOf({ code, message }: ConnectionError): AppError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('headers_too_large', 'the request line and the headers may have 16 KiB together');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('request_timeout', 'the request did not arrive in time');
    default:
      return new AppError('invalid_request', `this is not HTTP: ${message}`);
  }
}
