// SHA-256 of files, each file read once: a version's files are looked at whenever the models directory is, and almost never change.
import { createHash } from 'node:crypto';
import { createReadStream, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface FileHash {
  readonly sha256: string;
  readonly bytes: number;
}

interface Known {
  readonly sha256: string;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/**
 * A file changed this shortly before it was read may change again within the same tick of its file system's clock, and look
 * the same: its hash is not kept. FAT counts in two seconds, everything else more finely.
 */
const restlessMs = 2_000;

/** Files that are remembered; a version has about ten. */
const maxKnown = 10_000;

export class FileHashes {
  /** By device and inode, so that a file renamed or linked stays known; the least recently asked for first. */
  readonly #known = new Map<string, Known>();
  #bytesRead = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** Bytes read for hashing so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Reads the file unless it is known with this size and time of change. Throws the file system's error when it is missing. */
  async of(path: string): Promise<FileHash> {
    const before = await stat(path, { bigint: true });
    const known = this.#find(before);
    if (known !== undefined) return { sha256: known, bytes: Number(before.size) };
    const sha256 = await this.#read(path);
    const after = await stat(path, { bigint: true });
    const isAtRest = this.now() - Number(after.mtimeMs) > restlessMs;
    if (isAtRest && before.ino === after.ino && before.mtimeNs === after.mtimeNs) this.#keep(after, sha256);
    return { sha256, bytes: Number(after.size) };
  }

  /** To be called after writing `path` and hashing its bytes on the way, before anything else knows of the file. */
  async remember(path: string, sha256: string): Promise<void> {
    this.#keep(await stat(path, { bigint: true }), sha256);
  }

  async #read(path: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      this.#bytesRead += chunk.length;
    }
    return hash.digest('hex');
  }

  #find(file: BigIntStats): string | undefined {
    const key = keyOf(file);
    const known = this.#known.get(key);
    if (known?.size !== file.size || known.mtimeNs !== file.mtimeNs) return undefined;
    this.#known.delete(key);
    this.#known.set(key, known);
    return known.sha256;
  }

  #keep(file: BigIntStats, sha256: string): void {
    this.#known.delete(keyOf(file));
    this.#known.set(keyOf(file), { sha256, size: file.size, mtimeNs: file.mtimeNs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxKnown) this.#known.delete(oldest!);
  }
}

const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** Of this thread: what a file holds is the same for everyone who asks. */
export const fileHashes = new FileHashes();
