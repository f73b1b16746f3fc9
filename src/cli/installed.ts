// What the commands that install a version say of it, and who serves it.
import { loadConfig } from '../config.js';
import { findServer } from '../localServer.js';
import type { Version } from '../models/versions.js';
import { z } from 'zod';
import { AdminClient } from './adminClient.js';
import { show, type OutputOptions } from './output.js';

/** Lets a server that runs on this machine's data directory serve it; `more` is for programs. */
export async function reportInstalled(
  { directory, manifest: { name, version } }: Version,
  output: OutputOptions,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const isServed = await reload(name, version);
  const served = isServed ? 'The running server serves it.' : 'A server serves it from its next start or reload.';
  show(
    output,
    { ...more, installed: { name, version, directory, isServed } },
    () => `Installed ${name} version ${version} in ${directory}. ${served}`,
  );
}

const reloadedSchema = z.object({ added: z.array(z.object({ name: z.string(), version: z.int() })) });

/** Whether a server found the version; one that looks elsewhere does not. */
async function reload(name: string, version: number): Promise<boolean> {
  const server = await findServer(loadConfig(process.env).DATA_DIR);
  if (server === undefined) return false;
  try {
    const { added } = await new AdminClient(server).call(reloadedSchema, 'POST', '/v1/admin/reload');
    return added.some((one) => one.name === name && one.version === version);
  } catch {
    // It is installed whatever the server says.
    return false;
  }
}
