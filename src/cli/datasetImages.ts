// taxon datasets images, relabel: the images of a dataset, and their classes.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { imageStateSchema, maxChanges } from '../data/datasets/imageChanges.js';
import { splitSchema } from '../data/datasets/schemas.js';
import { JsonBody, type AdminClient } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { datasetPathOf } from './datasetPath.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { wholeNumber } from './numbers.js';
import { show, tableOf } from './output.js';

const imageSchema = z.looseObject({
  id: z.int(),
  label: z.string(),
  split: z.string(),
  fileNames: z.array(z.string()),
  width: z.int(),
  height: z.int(),
});
type Image = z.infer<typeof imageSchema>;

const pageSchema = z.object({ images: z.array(imageSchema), next: z.int().nullable(), total: z.int().nullable() });

interface ImagesOptions extends ConnectionOptions {
  readonly label?: string;
  readonly split?: string;
  readonly fileName?: string;
  readonly after: number;
  readonly limit: number;
}

/** Images on a page, unless more or fewer are asked for. */
const defaultLimit = 20;

export const datasetImagesCommand = (): Command =>
  withConnectionOptions(
    new Command('images')
      .description('List images of a dataset, a page at a time, with the ids by which they are relabelled.')
      .argument('<name>', 'the dataset')
      .option('-l, --label <label>', 'only of this class')
      .addOption(new Option('--split <split>', 'only of this part').choices(splitSchema.options))
      .option('--file-name <text>', 'only those whose file name has this in it')
      .option('--after <id>', 'go on behind this image', wholeNumber(0), 0)
      .option('--limit <number>', 'most images to list, 1000 at most', wholeNumber(1), defaultLimit),
  )
    .addHelpText(
      'after',
      examples('taxon datasets images flowers --label rose', 'taxon datasets images flowers --file-name IMG_2 --json'),
    )
    .action(async (name: string, options: ImagesOptions) => {
      const { after, limit } = options;
      const page = await withConnection(options, ({ client }) => readPage(client, name, { ...options, after, limit }));
      show(options, page, () => describePage(page));
    });

type PageWish = Pick<ImagesOptions, 'label' | 'split' | 'fileName' | 'after' | 'limit'>;

function readPage(
  client: AdminClient,
  name: string,
  { label, split, fileName, after, limit }: PageWish,
): Promise<z.infer<typeof pageSchema>> {
  const query = new URLSearchParams({
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
    ...(fileName !== undefined && { fileName }),
    after: String(after),
    limit: String(limit),
  });
  return client.call(pageSchema, 'GET', `${datasetPathOf(name)}/images?${query.toString()}`);
}

function describePage({ images, next, total }: z.infer<typeof pageSchema>): string {
  if (images.length === 0) return 'No such images.';
  const table = tableOf(
    [
      { title: 'ID', align: 'right' },
      { title: 'CLASS' },
      { title: 'SPLIT' },
      { title: 'SIZE', align: 'right' },
      { title: 'FILE' },
    ],
    images.map(({ id, label, split, width, height, fileNames }: Image) => [
      String(id),
      label,
      split,
      `${width} × ${height}`,
      fileNames.join(', '),
    ]),
  );
  if (next === null) return table;
  return `${table}\n\n${images.length}${total === null ? '' : ` of ${total}`}; go on with --after ${next}`;
}

interface RelabelOptions extends ConnectionOptions {
  readonly from?: string;
}

export const datasetRelabelCommand = (): Command =>
  withConnectionOptions(
    new Command('relabel')
      .description('Give images another class: some by their ids, or all of one class.')
      .argument('<name>', 'the dataset')
      .argument('<label>', 'the class that they become')
      .argument('[ids...]', 'images, as `datasets images` lists them')
      .option('--from <label>', 'all images of this class'),
  )
    .addHelpText(
      'after',
      examples('taxon datasets relabel flowers tulip 17 4', 'taxon datasets relabel flowers tulip --from tulips'),
    )
    .action(relabel);

async function relabel(name: string, label: string, given: readonly string[], options: RelabelOptions): Promise<void> {
  const { from } = options;
  if (given.length > 0 === (from !== undefined))
    throw new UsageError('Name images by their ids, or a class as --from.');
  const ids = given.map(imageId);
  const before = await withConnection(options, async ({ client }) =>
    changeLabels(client, name, label, from === undefined ? ids : await listClass(client, name, from)),
  );
  const count = before.length === 1 ? '1 image is' : `${before.length} images are`;
  show(options, { dataset: name, label, before }, () => `${name}: ${count} of the class ${label} now.`);
}

function imageId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${text} is no id of an image: a whole number, as \`taxon datasets images\` lists them.`);
}

async function listClass(client: AdminClient, name: string, label: string): Promise<number[]> {
  const ids: number[] = [];
  let next: number | null = 0;
  while (next !== null) {
    const page: z.infer<typeof pageSchema> = await readPage(client, name, { label, after: next, limit: maxChanges });
    ids.push(...page.images.map(({ id }) => id));
    next = page.next;
  }
  return ids;
}

/** Gives what each image was before. */
async function changeLabels(
  client: AdminClient,
  name: string,
  label: string,
  ids: readonly number[],
): Promise<Array<z.infer<typeof imageStateSchema>>> {
  const before = [];
  for (let start = 0; start < ids.length; start += maxChanges) {
    const changes = ids.slice(start, start + maxChanges).map((id) => ({ id, label }));
    const changedSchema = z.object({ before: z.array(imageStateSchema) });
    const path = `${datasetPathOf(name)}/images`;
    before.push(...(await client.call(changedSchema, 'PATCH', path, () => new JsonBody({ changes }))).before);
  }
  return before;
}
