// Whole files by key, wherever they are kept: what a directory and a bucket have in common. A key is a relative path: `images/ab/cd/<sha256>`.
import type { Readable } from 'node:stream';
import { AppError } from '../errors.js';

export interface PutOptions {
  /**
   * false for what can be made again and is checked when read: a power cut may damage it. Absent: it is durable when the call
   * returns. A bucket is always durable.
   */
  readonly durable?: boolean;
}

export interface FileEntry {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since the epoch: when it was written; of a directory also when it was last marked as used. */
  readonly modifiedMs: number;
  /** Another one when the content is another. */
  readonly tag: string;
}

/**
 * A reader sees a file whole or not at all, and from the moment that a write has returned. All calls may be repeated. They throw AppError
 * `storage_unavailable` when the store cannot be reached or does not allow the call, writes also `storage_full`.
 */
export interface FileStore {
  /** For people: where the files are. */
  readonly name: string;
  /** Whether all files are on a disk of this machine, or one that it has mounted. */
  readonly isLocal: boolean;
  /** Replaces what is there. */
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<void>;
  /** Of all that create the same key at the same time one gets true; the others get false and have written nothing. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** As put, of a local file of any size, which is not read into memory as a whole. */
  putFile(key: string, path: string): Promise<void>;
  /** undefined when there is none. */
  read(key: string): Promise<Buffer | undefined>;
  /** Writes its content to `path`, where nothing may be yet; false when there is no such file. What a failure leaves there is not whole. */
  copyTo(key: string, path: string): Promise<boolean>;
  /** undefined when there is none. The stream fails where it is removed before it was opened. */
  open(key: string): Promise<Readable | undefined>;
  has(key: string): Promise<boolean>;
  /** Those that are there; the others are passed over. */
  remove(keys: readonly string[]): Promise<void>;
  /** What begins with `folder`, which ends in a slash, in no order. */
  list(folder: string): AsyncIterable<FileEntry>;
  /** As list, of the keys alone: of a directory that is several times as fast. */
  keys(folder: string): AsyncIterable<string>;
  /** For those who remove what was not used for the longest time. A bucket does not know it: there the age counts. */
  markUsed(key: string): Promise<void>;
  /**
   * The file's path on this machine, which has what lies there now: all files of a directory, of a bucket those that were read or written here
   * lately.
   */
  localPath(key: string): string;
}

const partPattern = /^[\w@-][\w.@-]*$/;

/** Whether `name` may stand between the slashes of a key. */
export const isKeyPart = (name: string): boolean => partPattern.test(name);

/** Gives `key`. Throws AppError invalid_request for one that could lead out of a directory, or that is hidden there. */
export function checkedKey(key: string): string {
  if (key.split('/').every(isKeyPart)) return key;
  throw new AppError('invalid_request', `"${key}" is no key of a file: words with slashes between them are`);
}
