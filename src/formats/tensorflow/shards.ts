// Several files read as one run of bytes, so that a weight may cross the end of a shard.
import { open, type FileHandle } from 'node:fs/promises';
import { invalidModel } from '../invalidModel.js';

export interface Shards {
  readonly byteLength: number;
  /** A fresh copy of `length` bytes from `offset` on; both must lie inside. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

interface Shard {
  readonly path: string;
  readonly file: FileHandle;
  readonly start: number;
  readonly end: number;
}

/** Opens the files at `paths`, in order. Throws AppError invalid_model naming one that cannot be opened. */
export async function openShards(paths: readonly string[]): Promise<Shards> {
  const shards: Shard[] = [];
  const close = async (): Promise<void> => {
    for (const { file } of shards) await file.close();
  };
  try {
    for (const path of paths) shards.push(await openShard(path, shards.at(-1)?.end ?? 0));
  } catch (error) {
    await close();
    throw error;
  }
  return { byteLength: shards.at(-1)?.end ?? 0, read: (offset, length) => readAcross(shards, offset, length), close };
}

async function openShard(path: string, start: number): Promise<Shard> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read`, cause);
  });
  const { size } = await file.stat();
  return { path, file, start, end: start + size };
}

async function readAcross(shards: readonly Shard[], offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (const { path, file, start, end } of shards) {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + length);
    if (from >= to) continue;
    const { bytesRead } = await file.read(bytes, from - offset, to - from, from - start);
    if (bytesRead !== to - from) throw invalidModel(`${path} became shorter while it was read`);
  }
  return bytes;
}
