// taxon keys: who may call a server that asks for keys.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { scopeSchema } from '../data/keys/schemas.js';
import { JsonBody } from './adminClient.js';
import { confirm } from './confirm.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { wholeNumber } from './numbers.js';
import { factsOf, show, tableOf } from './output.js';

const keySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  prefix: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
type Key = z.infer<typeof keySchema>;

export const keysCommand = (): Command =>
  new Command('keys')
    .description('List, create and revoke API keys.')
    .addCommand(listCommand())
    .addCommand(createCommand())
    .addCommand(revokeCommand());

const listCommand = (): Command =>
  withConnectionOptions(new Command('list').description('List the keys; the keys themselves were shown once.'))
    .addHelpText('after', examples('taxon keys list'))
    .action(async (options: ConnectionOptions) => {
      const listSchema = z.object({ keys: z.array(keySchema) });
      const list = await withConnection(options, ({ client }) => client.call(listSchema, 'GET', '/v1/admin/keys'));
      show(options, list, () => describeList(list.keys));
    });

const describeList = (keys: readonly Key[]): string =>
  tableOf(
    [
      { title: 'ID' },
      { title: 'NAME' },
      { title: 'SCOPES' },
      { title: 'BEGINS WITH' },
      { title: 'EXPIRES' },
      { title: 'LAST USED' },
    ],
    keys.map(({ id, name, scopes, prefix, expiresAt, lastUsedAt }) => [
      id,
      name,
      scopes.join(', '),
      prefix,
      expiresAt === null ? 'never' : expiresAt.slice(0, 10),
      lastUsedAt === null ? 'never' : lastUsedAt.slice(0, 16).replace('T', ' '),
    ]),
  );

interface CreateOptions extends ConnectionOptions {
  readonly name: string;
  readonly scope: string[];
  readonly expires?: string;
  readonly perMinute?: number;
  readonly perDay?: number;
  readonly capture?: boolean;
}

const createCommand = (): Command =>
  withConnectionOptions(
    new Command('create')
      .description('Create a key, and show it this once.')
      .requiredOption('-n, --name <name>', 'for people to tell keys apart')
      .addOption(
        new Option('-s, --scope <scopes...>', 'what it may do: train includes classify, admin includes all')
          .choices(scopeSchema.options)
          .default(['classify']),
      )
      .option('--expires <date>', 'when it ends: 2030-01-31, or a time such as 2030-01-31T12:00:00Z (default: never)')
      .option('--per-minute <number>', 'requests a minute (default: as the server says)', wholeNumber(1))
      .option('--per-day <number>', 'requests a day (default: any number)', wholeNumber(1))
      .option('--capture', 'images of its requests may be kept for review'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon keys create --name till-3',
        'taxon keys create --name nightly --scope train --expires 2030-01-31',
      ),
    )
    .action(async (options: CreateOptions) => {
      const { name, scope: scopes, expires, perMinute, perDay, capture } = options;
      const body = {
        name,
        scopes,
        ...(expires !== undefined && { expiresAt: timeOf(expires) }),
        ...(perMinute !== undefined && { requestsPerMinute: perMinute }),
        ...(perDay !== undefined && { requestsPerDay: perDay }),
        ...(capture === true && { capture }),
      };
      const createdSchema = keySchema.extend({ key: z.string() });
      const created = await withConnection(options, ({ client }) =>
        client.call(createdSchema, 'POST', '/v1/admin/keys', () => new JsonBody(body)),
      );
      show(options, created, () => describeCreated(created));
    });

function timeOf(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError(`--expires ${text} is no date such as 2030-01-31.`);
  return time.toISOString();
}

const describeCreated = ({ id, name, scopes, key, expiresAt }: Key & { readonly key: string }): string =>
  `${factsOf([
    ['key', key],
    ['id', id],
    ['name', name],
    ['scopes', scopes.join(', ')],
    ['expires', expiresAt ?? 'never'],
  ])}\n\nKeep the key: it is not shown again.`;

const revokeCommand = (): Command =>
  withConnectionOptions(
    new Command('revoke')
      .description('Revoke a key at once.')
      .argument('<id>', 'as taxon keys list shows it')
      .option('-y, --yes', 'do not ask'),
  )
    .addHelpText('after', examples('taxon keys revoke 3f0a1c52-7d41-4c1e-9d55-5f2b0a7e6c11 --yes'))
    .action(async (id: string, options: ConnectionOptions & { readonly yes?: boolean }) => {
      await confirm(`Revoke the key ${id}?`, options);
      await withConnection(options, ({ client }) =>
        client.call(z.undefined(), 'DELETE', `/v1/admin/keys/${encodeURIComponent(id)}`),
      );
      show(options, { revoked: id }, () => `Revoked ${id}.`);
    });
