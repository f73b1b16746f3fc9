// What a backup is: a tar that begins with what made it, and ends with the hash of everything in it, so that one that was cut is not taken for whole.
import { z } from 'zod';

export const headName = 'taxon-backup.json';
/** The last entry: a line for each other one, `<SHA-256 in hexadecimal>  <name>`, as sha256sum reads it. */
export const sumsName = 'SHA256SUMS';

export const headSchema = z.object({
  format: z.literal('taxon-backup/1'),
  /** Of Taxon. */
  release: z.string(),
  /** Number of the last migration. */
  schema: z.int(),
  createdAt: z.string(),
});
export type BackupHead = z.infer<typeof headSchema>;

/** Where entries of each kind go below the data directory, models below the models directory. */
const kinds = ['database', 'images', 'models', 'trainings'] as const;
type Kind = (typeof kinds)[number];

/** What an entry is of, by its name. Undefined for a name that no backup has, such as one that leads elsewhere. */
export function kindOf(name: string): Kind | undefined {
  const [first, ...rest] = name.split('/');
  const isPlain = rest.length > 0 && rest.every((part) => part !== '' && part !== '.' && part !== '..');
  const kind = kinds.find((known) => known === first);
  return isPlain && !name.includes('\\') && !name.includes('\0') ? kind : undefined;
}
