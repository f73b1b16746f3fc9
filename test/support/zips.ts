// Zip files as tests need them: honest ones, and such as no honest program writes.
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip of these entries, deflated. */
export function zipOf(entries: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), name, { compress: true });
  zip.end();
  return buffer(zip.outputStream);
}

/** The zip with its folder `name`, of two letters, called `..` everywhere. */
export function escapeFolder(zip: Buffer, name: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(`${name}/`, '../'), 'latin1');
}

/** The zip with the central directory's claim that the entry `name` unpacks to `bytes` bytes (below 4 GiB). */
export function claimSize(zip: Buffer, name: string, bytes: number): Buffer {
  const changed = Buffer.from(zip);
  // The last mention of the name is in the central directory, whose record has the size 22 bytes before it (APPNOTE 4.3.12).
  changed.writeUInt32LE(bytes, changed.lastIndexOf(name) - 22);
  return changed;
}
