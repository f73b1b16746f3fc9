// The file of one embedding: its values in float32, little-endian, and a checksum of them.
import { closeSync, fstatSync, futimesSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';

if (endianness() !== 'LE')
  throw new Error('embeddings are stored as little-endian float32, which this machine does not use');

const checksumBytes = 4;

export function encodeEmbedding(embedding: Float32Array): Buffer {
  const values = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(crc32(values));
  return Buffer.concat([values, checksum]);
}

/** Writes the values of a file into `target`; gives false, and leaves it alone, where the file is damaged or of another size. */
export function decodeEmbedding(file: Buffer, target: Float32Array): boolean {
  const length = target.byteLength;
  if (file.length !== length + checksumBytes) return false;
  if (crc32(file.subarray(0, length)) !== file.readUInt32LE(length)) return false;
  Buffer.from(target.buffer, target.byteOffset, length).set(file.subarray(0, length));
  return true;
}

/** What was used in this time need not be marked again: the clean-up removes what was not used for much longer. */
const touchAfterMs = 3_600_000;

/**
 * Reads one after another, in a thread that may be kept waiting: for thousands of small files that is many times as fast as promises of
 * them. Each is marked as used. Gives a function that reads the file at `path` as decodeEmbedding does; false too where there is none.
 */
export function createEmbeddingReader(size: number, now = Date.now()): (path: string, target: Float32Array) => boolean {
  // One byte more, so that a file that is too long is found to be.
  const buffer = Buffer.alloc(size * Float32Array.BYTES_PER_ELEMENT + checksumBytes + 1);
  return (path, target) => {
    const file = openIfThere(path);
    if (file === undefined) return false;
    try {
      if (now - fstatSync(file).mtimeMs > touchAfterMs) futimesSync(file, now / 1000, now / 1000);
      return decodeEmbedding(buffer.subarray(0, readSync(file, buffer)), target);
    } finally {
      closeSync(file);
    }
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
