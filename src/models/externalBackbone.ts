// Backbones that are not layers but another framework's graph, kept unchanged: their identity, and their folders.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { replaceFile } from '../durableFiles.js';
import {
  backboneRecordName,
  readBackboneRecord,
  writeBackboneRecord,
  type BackboneKind,
  type BackboneRecord,
} from './backboneRecord.js';
import { invalidModel } from '../formats/invalidModel.js';
import { listFiles, type ListedFiles } from './listedFiles.js';
import type { Preprocessing } from '../image/preprocessing.js';

export type ExternalKind = Exclude<BackboneKind, 'layers'>;

type Identified = Pick<BackboneRecord, 'preprocessing' | 'ends'> & { readonly kind: ExternalKind };

/** SHA-256, in hexadecimal, over the files, what of the graph is used, and how pixels are normalised for it. */
function externalId({ kind, preprocessing, ends }: Identified, files: ListedFiles): string {
  const { height, width, channels, scale, offset } = preprocessing;
  const hashes = Object.entries(files)
    .map(([name, { sha256 }]) => [name, sha256])
    .sort(([a], [b]) => (a! < b! ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['taxon-backbone/1', kind, height, width, channels, scale, offset, ends ?? null, hashes]))
    .digest('hex');
}

/** Lists the files called `names` that are in `directory` and writes its record. Gives the record. */
export async function recordExternal(
  directory: string,
  draft: Omit<BackboneRecord, 'format' | 'id' | 'files'> & { readonly kind: ExternalKind },
  names: readonly string[],
): Promise<BackboneRecord> {
  const files = await listFiles(directory, names);
  const record = { format: 'taxon-backbone/1', ...draft, id: externalId(draft, files), files } as const;
  await writeBackboneRecord(directory, record);
  return record;
}

/**
 * The record of a backbone that is another framework's graph; undefined for layers.
 * Throws AppError invalid_model when the files in `directory`, with these pixels, are not those of backbone `id`.
 */
export async function readExternal(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
): Promise<(BackboneRecord & { readonly kind: ExternalKind }) | undefined> {
  const record = await readBackboneRecord(directory);
  if (record === undefined || record.kind === 'layers') return undefined;
  const external = { ...record, kind: record.kind };
  const found = externalId({ ...external, preprocessing }, await listFiles(directory, Object.keys(record.files)));
  if (found === id) return external;
  throw invalidModel(`${directory}: its files belong to backbone ${found}, not to ${id} as its manifest says`);
}

/** Notes in the record of the external backbone in `directory` that it takes one image at a time, which does not change its identity. */
export async function recordOneAtATime(directory: string): Promise<void> {
  const record = await readBackboneRecord(directory);
  await replaceFile(
    join(directory, backboneRecordName),
    `${JSON.stringify({ ...record, oneAtATime: true }, null, 2)}\n`,
  );
}
