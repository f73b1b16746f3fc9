// A sorted table of keys and values as LevelDB defines it (github.com/google/leveldb, doc/table_format.md): the index of TensorFlow's checkpoints.
import { invalidModel } from '../invalidModel.js';

const footerBytes = 48;
const magic = 0xdb4775248b80fb57n;

/** Reads numbers of seven bits a byte, the lowest first. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly path: string,
  ) {}

  number(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw damaged(this.path);
  }

  take(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.bytes.length) throw damaged(this.path);
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }
}

const damaged = (path: string): Error => invalidModel(`${path} is damaged: its table ends too early; copy it again`);

function blockAt(file: Uint8Array, offset: number, length: number, path: string): Uint8Array {
  // Behind each block: one byte for its compression, four for its checksum.
  const compression = file[offset + length];
  if (compression === undefined || offset + length + 5 > file.length) throw damaged(path);
  if (compression !== 0)
    throw invalidModel(`${path} is a compressed table, which TensorFlow never writes as the index of a checkpoint`);
  return file.subarray(offset, offset + length);
}

/** Keys share their beginning with the one before; the block ends with the places where they do not, and the number of those. */
function* entriesOf(block: Uint8Array, path: string): Generator<readonly [key: Buffer, value: Uint8Array]> {
  if (block.length < 4) throw damaged(path);
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 * (restarts + 1);
  const cursor = new Cursor(block, 0, path);
  let key = Buffer.alloc(0);
  while (cursor.position < end) {
    const [shared, own, length] = [cursor.number(), cursor.number(), cursor.number()];
    key = Buffer.concat([key.subarray(0, shared), cursor.take(own)]);
    yield [key, cursor.take(length)];
  }
}

/** All values by key. `path` is for messages. Throws AppError invalid_model when the bytes are no such table. */
export function readSortedTable(file: Uint8Array, path: string): ReadonlyMap<string, Uint8Array> {
  const footer = file.subarray(-footerBytes);
  if (footer.length < footerBytes || Buffer.from(footer).readBigUInt64LE(footerBytes - 8) !== magic)
    throw invalidModel(`${path} cannot be read: it is damaged, or no index of a TensorFlow checkpoint`);
  const cursor = new Cursor(footer, 0, path);
  const [, , offset, length] = [cursor.number(), cursor.number(), cursor.number(), cursor.number()];
  const found = new Map<string, Uint8Array>();
  for (const [, handle] of entriesOf(blockAt(file, offset, length, path), path)) {
    const place = new Cursor(handle, 0, path);
    for (const [key, value] of entriesOf(blockAt(file, place.number(), place.number(), path), path))
      found.set(key.toString('utf8'), value);
  }
  return found;
}
