// The bodies that are arriving or are held: bounds their memory by the bytes that have come, whatever their headers announce, and
// drops those that do not come while others wait.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import { groupBy } from '../groupBy.js';
import { abandonUpload } from './uploadTimeout.js';

export interface UploadsOptions {
  /** Sum of the bodies in memory, in bytes. */
  readonly maxBytes: number;
  /** Whether requests are being refused for want of room. */
  readonly isPressed: () => boolean;
  /** Called when an upload is refused for want of memory. */
  readonly onRefusal: () => void;
}

export interface Upload {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: string;
  /** Announced by its headers, or the most that there may be. */
  readonly bytes: number;
}

/** An upload that is watched. */
export interface WatchedUpload {
  /** Tells that the body takes `bytes` of memory beside those that came over the connection. Throws AppError overloaded when that is too much. */
  grow(bytes: number): void;
}

interface Watched extends Upload {
  /** Bytes of the connection before this body, and those that came with its head, at most 64 KiB: they are not told apart. */
  readonly before: number;
  /** Bytes of the body by the last look. */
  seen: number;
  /** Bytes that it takes beside them. */
  grown: number;
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

  /** Watches an upload until its exchange is over. Throws AppError overloaded when there is no room for it. */
  start(upload: Upload): WatchedUpload {
    if (!this.#hasRoom(upload)) {
      this.options.onRefusal();
      throw noRoom();
    }
    const before = upload.request.raw.socket.bytesRead;
    const watched = { ...upload, before, seen: 0, grown: 0, paced: 0, pacedAt: performance.now() };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    upload.request.exchange.onceOver(() => this.#forget(watched));
    return { grow: (bytes) => this.#grow(watched, bytes) };
  }

  /** At once, and the one that grows has to go: a compressed body becomes a thousand times as long between two looks. */
  #grow(watched: Watched, bytes: number): void {
    watched.grown += bytes;
    if (bytesOf(this.#watched) <= this.options.maxBytes) return;
    watched.grown = 0;
    this.options.onRefusal();
    throw noRoom();
  }

  /** Whoever holds half of the memory gets no more of it. Who holds none is let in: if it becomes too much, another has to go. */
  #hasRoom({ caller, bytes }: Upload): boolean {
    const free = this.options.maxBytes - bytesOf(this.#watched);
    const own = bytesOf([...this.#watched].filter((one) => one.caller === caller));
    return own === 0 ? free > 0 : own + bytes <= free;
  }

  #forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const one of this.#watched) one.seen = arrivedOf(one);
    if (this.options.isPressed()) this.#dropSlow();
    while (bytesOf(this.#watched) > this.options.maxBytes && this.#dropNewestOfLargest());
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

  /** Of whoever holds most, the upload that began last and is not complete. False when there is none. */
  #dropNewestOfLargest(): boolean {
    const arriving = this.#arriving().filter(({ seen }) => seen > 0);
    const uploadsOf = groupBy(this.#watched, ({ caller }) => caller);
    const held = new Map(arriving.map(({ caller }) => [caller, bytesOf(uploadsOf.get(caller)!)]));
    const most = Math.max(...held.values());
    const newest = arriving.findLast(({ caller }) => held.get(caller) === most);
    if (newest !== undefined) this.#drop(newest, noRoom());
    return newest !== undefined;
  }

  #arriving(): Watched[] {
    return [...this.#watched].filter(({ request }) => !request.raw.complete);
  }

  #drop(watched: Watched, error: AppError): void {
    this.#forget(watched);
    abandonUpload(error, watched.request, watched.reply);
  }
}

const bytesOf = (uploads: Iterable<Watched>): number =>
  [...uploads].reduce((sum, { seen, grown }) => sum + seen + grown, 0);

const tooSlow = (): AppError =>
  new AppError(
    'request_timeout',
    `others are waiting, and fewer than ${leastBytesPerPeriod} bytes of the body came in ${periodMs / 1000} s`,
  );

const noRoom = (): AppError =>
  new AppError('overloaded', 'the bodies of all uploads together have grown too large; try again in a moment');

/** The connection may have brought the next request already: a complete body has what was announced. */
function arrivedOf({ request: { raw, headers }, before, bytes }: Watched): number {
  if (raw.complete && headers['content-length'] !== undefined) return bytes;
  return Math.min(bytes, raw.socket.bytesRead - before);
}
