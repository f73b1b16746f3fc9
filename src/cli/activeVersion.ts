// Which version of a classifier is active: the database says, or, while a server has the embedded one open, that server.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { loadConfig, storageSettingsOf } from '../config.js';
import { Classifiers } from '../data/classifiers/classifiers.js';
import { isMissingTable } from '../data/database/databaseErrors.js';
import { connect, type DatabaseOptions } from '../data/database/openDatabase.js';
import { AppError } from '../errors.js';
import { findServer } from '../localServer.js';
import { AdminClient, RefusedError, type AdminClientOptions } from './adminClient.js';
import { defaultUrl } from './connection.js';

/** Undefined while none was ever chosen, or the server does not know the classifier yet: the newest is active then. Throws AppError database_unavailable, or not_ready when no server answers. */
export async function findActiveVersion(
  name: string,
  { url, key }: { readonly url: string | undefined; readonly key: string | undefined },
): Promise<number | undefined> {
  const { databaseUrl, dataDir } = storageSettingsOf(loadConfig(process.env));
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'db'))) return undefined;
  try {
    return await readActiveVersion(name, { databaseUrl, dataDir, logger: pino({ level: 'silent' }) });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error;
    const running = url === undefined ? await findServer(dataDir) : undefined;
    return askActiveVersion(name, running ?? { url: url ?? defaultUrl, key });
  }
}

async function readActiveVersion(name: string, options: DatabaseOptions): Promise<number | undefined> {
  const database = await connect(options);
  try {
    return (await new Classifiers(database).activeVersions()).get(name);
  } catch (error) {
    if (isMissingTable(error)) return undefined;
    throw error;
  } finally {
    await database.close();
  }
}

async function askActiveVersion(name: string, server: AdminClientOptions): Promise<number | undefined> {
  const schema = z.object({ activeVersion: z.int() });
  try {
    return (await new AdminClient(server).call(schema, 'GET', `/v1/models/${name}`)).activeVersion;
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'unknown_model') return undefined;
    throw error;
  }
}
