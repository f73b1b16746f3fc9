// taxon datasets collect: images with open licenses, searched for and gathered into a dataset or a folder.
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { imageLimitsOf, loadConfig } from '../config.js';
import { datasetNameSchema } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import { createImageDecoder } from '../image/decoder.js';
import { classifierNameOf } from '../models/classifierNames.js';
import { collectImages, type Collected } from './collect/collectImages.js';
import { Collection, folderImagesOf, type KeptImage } from './collect/collection.js';
import { readLicenses, type LicenseCode } from './collect/licenses.js';
import { Openverse, openverseUrl } from './collect/openverse.js';
import type { ImageProvider } from './collect/provider.js';
import { readSearchTerms, type SearchRow } from './collect/searchTerms.js';
import { Web } from './collect/web.js';
import { Wikimedia, wikimediaUrl } from './collect/wikimedia.js';
import {
  addAll,
  describeUpload,
  tellFailures,
  withTarget,
  withTargetOptions,
  type TargetOptions,
} from './datasetTarget.js';
import { exitCodes, InterruptedError, UsageError } from './exit.js';
import { examples } from './help.js';
import { show, tableOf, tell, type OutputOptions } from './output.js';
import { startProgress } from './progress.js';

interface CollectOptions extends TargetOptions {
  readonly provider: 'openverse' | 'wikimedia';
  readonly license: string;
  readonly dataset?: string;
  readonly to?: string;
  readonly folder?: string;
  readonly contact?: string;
  readonly dryRun?: boolean;
  readonly api?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly privateNetworks?: string;
}

export const datasetCollectCommand = (): Command =>
  withTargetOptions(
    new Command('collect')
      .description(
        'Search for images with open licenses and gather them into a dataset, with who made each. Started again, it goes on where it was.',
      )
      .argument('<searchterms>', 'CSV with the columns search_term,number_imgs,category,set')
      .addOption(
        new Option('--provider <name>', 'where to search').choices(['openverse', 'wikimedia']).default('openverse'),
      )
      .option(
        '--license <list>',
        'which licenses may be among them: cc0, pdm, by, by-sa, by-nc, by-nd, by-nc-sa, by-nc-nd; and what all must allow: commercial, modification',
        'commercial,modification',
      )
      .option('-d, --dataset <name>', "dataset to add to, made when missing (default: the file's name)")
      .option('--to <folder>', 'only fill this folder, and no dataset')
      .option('--folder <path>', 'where the images are kept on the way to a dataset (default: collected/<dataset>)')
      .option('--dry-run', 'only count what is found')
      .addOption(
        new Option(
          '--contact <who>',
          'e-mail address or web page of yours, told to the provider; Wikimedia asks for it',
        ).env('TAXON_CONTACT'),
      )
      .addOption(
        new Option('--client-id <id>', 'of an application registered with Openverse').env('OPENVERSE_CLIENT_ID'),
      )
      .addOption(new Option('--client-secret <secret>', 'its secret').env('OPENVERSE_CLIENT_SECRET'))
      .option('--api <url>', `another instance of the provider (default: ${openverseUrl} or ${wikimediaUrl})`)
      .option('--private-networks <list>', 'networks to fetch from beside public addresses, as 10.1.0.0/16'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon datasets collect searchterms.csv --dry-run',
        'taxon datasets collect searchterms.csv --dataset fruit',
        'taxon datasets collect searchterms.csv --provider wikimedia --contact me@example.org --license cc0,by --to ./fruit',
      ),
    )
    .action(collect);

async function collect(path: string, options: CollectOptions): Promise<void> {
  if (options.to !== undefined && (options.dataset ?? options.folder) !== undefined)
    throw new UsageError('--to fills a folder and no dataset: leave --dataset and --folder out, or --to.');
  const [licenses, rows] = [readLicenses(options.license), await readSearchTerms(path)];
  const dataset = datasetOf(path, options);
  const folder = options.to ?? options.folder ?? join('collected', dataset);
  const gathered = await withProvider(licenses, options, async (searching) => {
    if (options.dryRun !== true) return gather({ ...searching, folder, licenses, rows });
    await countAll(searching.provider, rows, options);
    return undefined;
  });
  if (gathered === undefined) return;
  const { collected, images } = gathered;
  tellShort(collected.rows);
  if (images.length === 0) throw new Error('No images were found that can be kept.');
  const results = options.to === undefined ? await upload(dataset, folder, images, options) : undefined;
  const document = { provider: options.provider, folder, ...shownOf(collected), images: images.length };
  if (results === undefined) {
    show(options, document, () => describe(collected, folder, images));
    return;
  }
  if (tellFailures(results)) process.exitCode = exitCodes.failed;
  const described = `${describe(collected, folder, images)}\n${describeUpload(dataset, results)}`;
  show(options, { ...document, dataset, upload: sumUp(results) }, () => described);
}

interface Searching {
  readonly provider: ImageProvider;
  readonly web: Web;
  readonly signal: AbortSignal;
}

/** Runs `work`; Ctrl-C ends its requests with InterruptedError. */
async function withProvider<T>(
  licenses: ReadonlySet<LicenseCode>,
  options: CollectOptions,
  work: (searching: Searching) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new InterruptedError('Interrupted: what was collected is kept.'));
  const { signal } = interruption;
  const web = new Web({ userAgent: userAgentOf(options), networks: networksOf(options), signal });
  process.once('SIGINT', interrupt);
  try {
    return await work({ provider: openProvider(web, licenses, options), web, signal });
  } finally {
    process.off('SIGINT', interrupt);
    await web.close();
  }
}

function datasetOf(path: string, { dataset, to }: CollectOptions): string {
  const name = datasetNameSchema.safeParse(dataset ?? classifierNameOf(basename(path, extname(path))));
  if (name.success) return name.data;
  // Nobody asks for it.
  if (to !== undefined) return '';
  throw new UsageError('Name the dataset with --dataset: 1 to 64 of a-z 0-9 . _ -');
}

/** As https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy has it. Throws UsageError. */
function userAgentOf({ provider, contact = '' }: CollectOptions): string {
  if (!/^[\x20-\x27\x2a-\x7e]*$/.test(contact)) throw new UsageError('--contact: an e-mail address or a web page.');
  if (contact === '' && provider === 'wikimedia')
    throw new UsageError(
      'Wikimedia asks programs for whom to write to: give an address or a page of yours as --contact.',
    );
  return contact === '' ? 'Taxon-Collect/1' : `Taxon-Collect/1 (${contact})`;
}

function networksOf({ privateNetworks = '' }: CollectOptions): string[] {
  const names = privateNetworks.split(',').filter((name) => name.trim() !== '');
  const networks = z.array(z.union([z.cidrv4(), z.cidrv6()])).safeParse(names.map((name) => name.trim()));
  if (networks.success) return networks.data;
  throw new UsageError('--private-networks: networks such as 10.1.0.0/16 or fd00::/8, comma-separated.');
}

function openProvider(web: Web, licenses: ReadonlySet<LicenseCode>, options: CollectOptions): ImageProvider {
  const { provider, clientId, clientSecret } = options;
  const url = (options.api ?? (provider === 'openverse' ? openverseUrl : wikimediaUrl)).replace(/\/+$/, '');
  if (!z.url({ protocol: /^https?$/ }).safeParse(url).success)
    throw new UsageError('--api: an address such as https://api.example.org.');
  if (provider === 'wikimedia') return new Wikimedia({ web, url });
  if ((clientId ?? '') === '' || (clientSecret ?? '') === '') return new Openverse({ web, url, licenses });
  return new Openverse({ web, url, licenses, credentials: { clientId: clientId!, clientSecret: clientSecret! } });
}

async function countAll(provider: ImageProvider, rows: readonly SearchRow[], options: OutputOptions): Promise<void> {
  const found = new Map<string, number>();
  for (const { term } of rows) if (!found.has(term)) found.set(term, await provider.count(term));
  const counted = rows.map((row) => ({ ...rowOf(row), found: found.get(row.term)! }));
  show(options, { provider: provider.name, rows: counted }, () =>
    tableOf(
      [...rowColumns, { title: 'FOUND', align: 'right' }],
      counted.map((row) => [...cellsOf(row), String(row.found)]),
    ),
  );
}

interface Gathering extends Searching {
  readonly folder: string;
  readonly licenses: ReadonlySet<LicenseCode>;
  readonly rows: readonly SearchRow[];
}

/** The folder says who made its images whether or not the work was finished. */
async function gather({ folder, ...deps }: Gathering): Promise<{ collected: Collected; images: KeptImage[] }> {
  const limits = imageLimitsOf(loadConfig(process.env));
  const [collection, decoder] = [
    await Collection.open(folder),
    createImageDecoder({ limits, concurrency: availableParallelism() }),
  ];
  const asked = deps.rows.reduce((sum, row) => sum + row.asked, 0);
  const progress = startProgress('Collecting');
  const onProgress = (kept: number, term: string): void =>
    progress.update(Math.min(1, kept / asked), `${kept} of ${asked} images, ${term}`);
  const kept = (): KeptImage[] => collection.kept(deps.licenses);
  try {
    const maxImageBytes = limits.maxBytes;
    const collected = await collectImages({ ...deps, collection, decoder, maxImageBytes, onProgress }, deps.rows);
    return { collected, images: kept() };
  } finally {
    progress.stop();
    await collection.writeAttributions(kept());
    await decoder.close();
  }
}

const upload = (dataset: string, folder: string, images: readonly KeptImage[], options: TargetOptions) =>
  withTarget(options, async (target) => {
    await target.prepare(dataset);
    return addAll(target, dataset, folderImagesOf(folder, images));
  });

const rowOf = ({ term, label, split, asked }: SearchRow) => ({ term, label, split: split ?? null, asked });
type ShownRow = ReturnType<typeof rowOf>;

const shownOf = ({ rows, leftOut }: Collected) => ({
  rows: rows.map((row) => ({ ...rowOf(row), kept: row.kept, before: row.before })),
  leftOut,
});

const rowColumns = [
  { title: 'SEARCH' },
  { title: 'CLASS' },
  { title: 'SPLIT' },
  { title: 'ASKED', align: 'right' as const },
];
const cellsOf = ({ term, label, split, asked }: ShownRow): string[] => [term, label, split ?? '', String(asked)];

const reasons: Readonly<Record<keyof Collected['leftOut'], string>> = {
  'looks-the-same': 'look like another',
  unreadable: 'cannot be read',
  'too-large': 'too large',
  'not-there': 'not there',
  'other-license': 'under other licenses',
  unreachable: 'could not be reached',
};

function describe(collected: Collected, folder: string, images: readonly KeptImage[]): string {
  const { rows, leftOut } = shownOf(collected);
  const table = tableOf(
    [...rowColumns, { title: 'KEPT', align: 'right' }],
    rows.map((row) => [...cellsOf(row), String(row.kept)]),
  );
  const before = rows.reduce((sum, row) => sum + row.before, 0);
  const left = Object.entries(reasons)
    .map(([reason, words]) => [leftOut[reason as keyof typeof leftOut], words] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`);
  return [
    `${table}\n`,
    `${folder}: ${images.length} images, ${before} of them there before; attribution.csv says who made them`,
    ...(left.length > 0 ? [`left out: ${left.join(', ')}`] : []),
  ].join('\n');
}

/** A search that found too little is nobody's fault, and worth knowing. */
function tellShort(rows: Collected['rows']): void {
  for (const { term, asked, kept } of rows) if (kept < asked) tell(`"${term}": only ${kept} of ${asked} images.`);
}
