// The bodies that are arriving or are held: bounds their memory by the bytes that have come, whatever their headers announce, and
// drops those that do not come while others wait.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import { abandonUpload } from './uploadTimeout.js';

export interface UploadsOptions {
  /** Sum of the bodies in memory, in bytes. */
  readonly maxBytes: number;
  /** Whether requests are being refused for want of room. */
  readonly isPressed: () => boolean;
}

export interface Upload {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: string;
  /** Announced by its headers, or the most that there may be. */
  readonly bytes: number;
}

interface Watched extends Upload {
  /** Bytes of the connection before this body. */
  readonly before: number;
  /** Bytes of the body by the last look. */
  seen: number;
  /** Bytes of the body when its pace was last measured, and when that was. */
  paced: number;
  pacedAt: number;
}

/** How often the uploads are looked at, in milliseconds. A connection of 1 Gbit/s brings 30 MB meanwhile. */
const lookEveryMs = 250;

/** While others wait, a body that brings less than this in a period is dropped. A telephone on EDGE sends ten times as much. */
const leastBytesPerPeriod = 2048;
const periodMs = 2000;

export class Uploads {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: UploadsOptions) {}

  /** Watches an upload until its response closes. Throws AppError overloaded when there is no room for it. */
  start(upload: Upload): void {
    const held = this.#bytesOf(() => true);
    const own = this.#bytesOf(({ caller }) => caller === upload.caller);
    // Whoever holds half of the memory gets no more of it, so that there is some left for others.
    if (held > 0 && own + upload.bytes > this.options.maxBytes - held)
      throw new AppError('overloaded', `${held} bytes of uploads are held in memory; try again in a moment`);
    const before = upload.request.raw.socket.bytesRead;
    const watched = { ...upload, before, seen: 0, paced: 0, pacedAt: performance.now() };
    this.#watched.add(watched);
    upload.reply.raw.once('close', () => this.#forget(watched));
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
  }

  #forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #bytesOf(which: (watched: Watched) => boolean): number {
    return [...this.#watched].filter(which).reduce((sum, { seen }) => sum + seen, 0);
  }

  #look(): void {
    for (const one of this.#watched) one.seen = Math.min(one.bytes, one.request.raw.socket.bytesRead - one.before);
    if (this.options.isPressed()) this.#dropSlow();
    this.#dropLargest();
  }

  #dropSlow(): void {
    const now = performance.now();
    for (const one of this.#arriving()) {
      if (now - one.pacedAt < periodMs) continue;
      if (one.seen - one.paced < leastBytesPerPeriod) this.#drop(one, tooSlow());
      one.paced = one.seen;
      one.pacedAt = now;
    }
  }

  /** Where bodies grew beyond the room together, whoever holds most loses its newest. */
  #dropLargest(): void {
    while (this.#bytesOf(() => true) > this.options.maxBytes) {
      const arriving = this.#arriving();
      const most = Math.max(...arriving.map(({ caller }) => this.#bytesOf((one) => one.caller === caller)));
      const newest = arriving.findLast(({ caller }) => this.#bytesOf((one) => one.caller === caller) === most);
      if (newest === undefined) return;
      this.#drop(newest, noMemory());
    }
  }

  #arriving(): Watched[] {
    return [...this.#watched].filter(({ request }) => !request.raw.complete);
  }

  #drop(watched: Watched, error: AppError): void {
    this.#forget(watched);
    abandonUpload(error, watched.request, watched.reply);
  }
}

const tooSlow = (): AppError =>
  new AppError(
    'request_timeout',
    `others are waiting, and fewer than ${leastBytesPerPeriod} bytes of the body came in ${periodMs / 1000} s`,
  );

const noMemory = (): AppError =>
  new AppError('overloaded', 'the bodies of all uploads together have grown too large; try again in a moment');
