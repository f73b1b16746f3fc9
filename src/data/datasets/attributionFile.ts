// attribution.csv: who made the images of a folder or an archive, and under which licenses. It lies at the top, or in the one folder there.
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { tidyAttribution, type Attribution } from './attribution.js';

export const attributionFileName = 'attribution.csv';

const place = /^(?:\.[/\\])?(?:[^/\\]+[/\\])?attribution\.csv$/i;

/** `path` is as an archive has it. */
export const isAttributionFile = (path: string): boolean => place.test(path);

/** The largest that is read: of some 100,000 images. */
export const maxAttributionFileBytes = 64 * 2 ** 20;

/** An image with what is said of it. */
export interface Attributed {
  /** Relative to the folder of attribution.csv, with forward slashes. */
  readonly file: string;
  readonly sha256: string;
  readonly attribution: Attribution;
}

const columns = ['file', 'sha256', 'title', 'author', 'license', 'license_url', 'source_url', 'provider'] as const;
const rowSchema = z.partialRecord(z.enum(columns), z.string());

/** What a table in a spreadsheet would take for a formula is written with an apostrophe before it, which readAttributionFile takes away. */
const escapedFormula = /^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;

/** Text of an attribution.csv with these images. */
export function writeAttributionFile(images: Iterable<Attributed>): Readable {
  const rows = (function* () {
    for (const { file, sha256, attribution } of images) {
      const { title, author, license, licenseUrl, sourceUrl, provider } = attribution;
      yield [file, sha256, title, author, license, licenseUrl, sourceUrl, provider];
    }
  })();
  return Readable.from(rows).pipe(stringify({ header: true, columns: [...columns], escape_formulas: true }));
}

/** What an attribution.csv says: of an image by its hash, or where there is none, by its path. */
export class Attributions {
  readonly #bySha256 = new Map<string, Attribution>();
  readonly #byFile = new Map<string, Attribution>();

  /** `folder`: of the file, relative to where paths begin that are asked for; empty: the same. */
  constructor(private readonly folder: string) {}

  add(file: string | undefined, sha256: string | undefined, attribution: Attribution): void {
    if (sha256) this.#bySha256.set(sha256.toLowerCase(), attribution);
    else if (file) this.#byFile.set(posix.join(this.folder, file.replaceAll('\\', '/')), attribution);
  }

  of(path: string, sha256: string): Attribution | undefined {
    return this.#bySha256.get(sha256) ?? this.#byFile.get(posix.normalize(path.replaceAll('\\', '/')));
  }
}

/**
 * Reads the bytes of an attribution.csv at `path`. Its columns are in any order, and any but `file` and `sha256` may be missing. Throws
 * CsvError when it is no CSV.
 */
export async function readAttributionFile(path: string, bytes: Uint8Array): Promise<Attributions> {
  const attributions = new Attributions(posix.dirname(path));
  const rows = Readable.from(pieces(bytes)).pipe(
    parse({
      bom: true,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 100_000,
    }),
  );
  for await (const row of rows) {
    const { file, sha256, license_url: licenseUrl, source_url: sourceUrl, ...texts } = readRow(row);
    const attribution = tidyAttribution({ ...texts, licenseUrl, sourceUrl });
    if (attribution) attributions.add(file, sha256, attribution);
  }
  return attributions;
}

const readRow = (row: unknown): z.output<typeof rowSchema> => {
  const values = z.record(z.string(), z.string()).parse(row);
  return rowSchema.parse(
    Object.fromEntries(columns.map((name) => [name, (values[name] ?? '').trim().replace(escapedFormula, '')])),
  );
};

const pieceBytes = 64 * 2 ** 10;

/** A piece in each turn of the event loop, which others wait for. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
    await setImmediate();
  }
}
