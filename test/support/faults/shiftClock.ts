// Loaded before the server: each SIGUSR2 sets the clock of the whole process, its threads too, a day forward, then two days back.
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const day = 86_400_000;
const jumps = [day, -day, 0];
const RealDate = Date;
let shiftMs = 0;

// A proxy and no subclass: dates that come from another thread stay instances of it.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given) =>
    given.length === 0 ? new target(target.now() + shiftMs) : new target(...(given as [number])),
  get: (target, name) => (name === 'now' ? () => target.now() + shiftMs : (Reflect.get(target, name) as unknown)),
});

const channel = new BroadcastChannel('clock');
channel.onmessage = (message) => (shiftMs = (message as { data: number }).data);
channel.unref();

if (isMainThread)
  process.on('SIGUSR2', () => {
    shiftMs = jumps[(jumps.indexOf(shiftMs) + 1) % jumps.length]!;
    channel.postMessage(shiftMs);
  });
