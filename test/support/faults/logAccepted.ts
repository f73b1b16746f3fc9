// Loaded before the server: a line on standard output for each connection that the process lets in, with the client's port.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

subscribe('net.server.socket', (message) => {
  console.log(`accepted ${(message as { socket: Socket }).socket.remotePort}`);
});
