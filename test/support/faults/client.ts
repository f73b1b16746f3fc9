// Clients for tests of faults: one request on a connection of its own, and bare sockets that speak HTTP badly.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Reply {
  readonly status: number;
  /** Of a problem document. */
  readonly code?: string | undefined;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  /** Whom the server sees, for a test with clients at several addresses: one of 127.0.0.0/8. */
  readonly localAddress?: string | undefined;
}

/** The connection ended before a whole answer had come. */
export class BrokenConnection extends Error {
  constructor(
    /** Of the client's end; undefined when there was no connection. */
    readonly port: number | undefined,
    cause: unknown,
  ) {
    super(String(cause), { cause });
  }
}

/** Throws BrokenConnection. */
export async function send(
  url: string,
  { method = 'GET', headers = {}, body, localAddress }: Call = {},
): Promise<Reply> {
  const outgoing = httpRequest(url, { method, headers, localAddress, agent: false });
  let port: number | undefined;
  outgoing.once('socket', (socket) => socket.once('connect', () => (port = socket.localPort)));
  outgoing.end(body);
  try {
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return replyOf(incoming.statusCode!, (await buffer(incoming)).toString());
  } catch (error) {
    throw new BrokenConnection(port, error);
  }
}

export const post = (url: string, type: string, body: Uint8Array | string, headers = {}): Promise<Reply> =>
  send(url, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

/** A form with one part: `head` are the lines of its header. */
export function postPart(url: string, head: string, bytes: Uint8Array, headers = {}): Promise<Reply> {
  const body = Buffer.concat([Buffer.from(`--edge\r\n${head}\r\n\r\n`), bytes, Buffer.from('\r\n--edge--\r\n')]);
  return post(url, 'multipart/form-data; boundary=edge', body, headers);
}

function replyOf(status: number, body: string): Reply {
  try {
    return { status, body, code: (JSON.parse(body) as { code?: string }).code };
  } catch {
    return { status, body };
  }
}

/** A connected socket whose errors are left to `close`. */
export async function open(url: string, allowHalfOpen = false): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when it is over, by a reset too: that would reject `once(socket, 'close')`. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

/** Every answer on the connection until the server closes it. */
export async function readReplies(socket: Socket): Promise<Reply[]> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closed(socket);
  return parseReplies(Buffer.concat(chunks).toString('latin1'));
}

/** Sends `text` as it is and no more, and gives the answers until the server closes the connection or says nothing for `quietMs`. */
export async function exchange(url: string, text: string | Uint8Array, quietMs = 3_000): Promise<Reply[]> {
  const socket = await open(url);
  socket.setTimeout(quietMs, () => socket.destroy());
  const replies = readReplies(socket);
  socket.write(text);
  return replies;
}

function parseReplies(text: string): Reply[] {
  const replies: Reply[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at);
    const head = text.slice(at, end < 0 ? undefined : end);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    if (end < 0 || Number.isNaN(status)) break;
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? text.length - end - 4);
    const body = Buffer.from(text.slice(end + 4, end + 4 + length), 'latin1').toString();
    if (status >= 200) replies.push(replyOf(status, body));
    at = end + 4 + (status >= 200 ? length : 0);
  }
  return replies;
}
