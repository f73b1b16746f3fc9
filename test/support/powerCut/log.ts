// The log of a recorded process: changes of files in their order, and between them what the process did.
import fs from 'node:fs';

/** `fd` is -1 for a file that is made and closed at once. */
export type Change =
  | { readonly kind: 'open'; readonly path: string; readonly fd: number; readonly truncate: boolean }
  | { readonly kind: 'close'; readonly fd: number }
  | { readonly kind: 'write'; readonly fd: number; readonly position: number }
  | { readonly kind: 'truncate'; readonly fd: number; readonly size: number }
  | { readonly kind: 'truncatePath'; readonly path: string; readonly size: number }
  | { readonly kind: 'flush'; readonly fd: number }
  | { readonly kind: 'mkdir' | 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  /** The process began its step of that number, or has it acknowledged. */
  | { readonly kind: 'begun' | 'acknowledged'; readonly step: number };

export interface Entry {
  readonly change: Change;
  readonly data?: Uint8Array | undefined;
}

let descriptor: number | undefined;

/** Appends to POWER_CUT_LOG in one write: threads do not mix their entries. */
export function appendRecord(
  { openSync, writeSync }: Pick<typeof fs, 'openSync' | 'writeSync'>,
  { change, data = new Uint8Array() }: Entry,
): void {
  descriptor ??= openSync(process.env.POWER_CUT_LOG!, 'a');
  const header = Buffer.from(JSON.stringify(change));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(header.length, 0);
  lengths.writeUInt32LE(data.length, 4);
  writeSync(descriptor, Buffer.concat([lengths, header, data]));
}

/** Every entry of a log, in order. */
export function readLog(path: string): Entry[] {
  const bytes = fs.readFileSync(path);
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length;) {
    const dataAt = at + 8 + bytes.readUInt32LE(at);
    const end = dataAt + bytes.readUInt32LE(at + 4);
    entries.push({
      change: JSON.parse(bytes.toString('utf8', at + 8, dataAt)) as Change,
      data: bytes.subarray(dataAt, end),
    });
    at = end;
  }
  return entries;
}
