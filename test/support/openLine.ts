// A TCP connection's way to another port of this machine that can be cut as a network is: without a word to either end.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Line {
  /** Where to connect, on 127.0.0.1. */
  readonly port: number;
  /** Connections that there are carry nothing any more, and stay open. New ones are carried. */
  silence(): void;
  /** Ends all connections. */
  close(): void;
}

/** A line to `target`, a port of 127.0.0.1. */
export async function openLine(target: number): Promise<Line> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
