// A folder of collected images with a journal of all that was looked at, so that a second run goes on where the first one ended.
import { createWriteStream } from 'node:fs';
import { access, appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { attributionSchema, type Attribution } from '../../data/datasets/attribution.js';
import { attributionFileName, writeAttributionFile } from '../../data/datasets/attributionFile.js';
import { HashIndex } from '../../data/datasets/hashIndex.js';
import { splitSchema } from '../../data/datasets/schemas.js';
import { nearDuplicateBits } from '../../data/images/perceptualHash.js';
import type { FolderImage } from '../imageFolder.js';
import { licenseCodes, type LicenseCode } from './licenses.js';
import { keyOf, type SearchRow } from './searchTerms.js';

/** Begins with a dot: no image of a class, wherever the folder is imported. */
const journalName = '.collected.jsonl';

/** Why an image was left out for good. */
export const leftOutReasons = ['looks-the-same', 'unreadable', 'too-large', 'not-there'] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

const keptSchema = z.object({
  /** Of the provider and its image. */
  key: z.string(),
  term: z.string(),
  label: z.string(),
  split: splitSchema.optional(),
  /** Relative to the folder, with forward slashes. */
  file: z.string(),
  sha256: z.string(),
  /** See differenceHash. */
  dhash: z.string().length(512),
  license: z.enum(licenseCodes),
  attribution: attributionSchema,
});
export type KeptImage = z.output<typeof keptSchema>;
const lineSchema = z.union([keptSchema, z.object({ key: z.string(), leftOut: z.enum(leftOutReasons) })]);
type Line = z.output<typeof lineSchema>;

/** An image that may be kept. */
export interface Candidate {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly format: string;
  readonly sha256: string;
  readonly dhash: string;
  readonly license: LicenseCode;
  readonly attribution: Attribution;
}

export class Collection {
  readonly #keys = new Set<string>();
  readonly #looks = new HashIndex(nearDuplicateBits);
  #looked = 0;
  /** In the order in which they came; those that somebody has taken out of the folder are not among them. */
  readonly #kept: KeptImage[] = [];

  private constructor(readonly folder: string) {}

  /** Makes `folder` when it is missing. Throws Error for a journal that is not one. */
  static async open(folder: string): Promise<Collection> {
    await mkdir(folder, { recursive: true });
    const collection = new Collection(folder);
    for (const line of await readJournal(join(folder, journalName))) {
      collection.#keys.add(line.key);
      if ('leftOut' in line) continue;
      collection.#looks.add(++collection.#looked, line.dhash);
      if (await isThere(join(folder, line.file))) collection.#kept.push(line);
    }
    return collection;
  }

  /** Whether an image was looked at, whatever became of it. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Those that are in the folder, under one of `licenses`. */
  kept(licenses: ReadonlySet<LicenseCode>, row?: SearchRow): KeptImage[] {
    return this.#kept.filter(
      (image) =>
        licenses.has(image.license) && (row === undefined || keyOf({ split: undefined, ...image }) === keyOf(row)),
    );
  }

  /** Keeps the image for `row`, unless it looks like one that was kept before. Gives whether it is kept. */
  async add({ label, split, term }: SearchRow, candidate: Candidate): Promise<boolean> {
    const { key, bytes, format, sha256, dhash, license, attribution } = candidate;
    if (this.#looks.nearest(dhash) !== undefined) {
      await this.leaveOut(key, 'looks-the-same');
      return false;
    }
    const name = `${key.replaceAll(/[^\w.-]+/g, '-')}.${format}`;
    const file = [...(split === undefined ? [] : [split]), label, name].join('/');
    await writeWhole(join(this.folder, file), bytes);
    const kept: KeptImage = { key, term, label, split, file, sha256, dhash, license, attribution };
    await this.#write(kept);
    this.#looks.add(++this.#looked, dhash);
    this.#kept.push(kept);
    return true;
  }

  leaveOut(key: string, leftOut: LeftOutReason): Promise<void> {
    return this.#write({ key, leftOut });
  }

  /** Writes attribution.csv for `images`, which are in the folder. */
  async writeAttributions(images: readonly KeptImage[]): Promise<void> {
    const path = join(this.folder, attributionFileName);
    await pipeline(writeAttributionFile(images), createWriteStream(`${path}.part`));
    await rename(`${path}.part`, path);
  }

  async #write(line: Line): Promise<void> {
    await appendFile(join(this.folder, journalName), `${JSON.stringify(line)}\n`);
    this.#keys.add(line.key);
  }
}

/** As images of a folder that `datasets import` would add. */
export const folderImagesOf = (folder: string, images: readonly KeptImage[]): FolderImage[] =>
  images.map(({ file, label, split, attribution }) => ({
    name: file,
    path: join(folder, file),
    label,
    split,
    attribution,
  }));

async function readJournal(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  // What is behind the last line break was being written when the process ended.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await writeFile(path, whole);
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => readLine(path, index + 1, line));
}

function readLine(path: string, number: number, line: string): Line {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(`${path}, line ${number}, is not of a journal of collected images. Name another folder.`, {
      cause,
    });
  }
}

/** A file that has its name is whole. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
