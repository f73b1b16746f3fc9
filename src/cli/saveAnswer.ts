// What a server answers, as a file that is there whole or not at all.
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { withConnection, type ConnectionOptions } from './connection.js';

/** Gets `path` and writes what comes to `file`, replacing what is there; gives its bytes. `mode`: of the file, default 0o666. Throws as AdminClient.request. */
export async function saveAnswer(
  options: ConnectionOptions,
  path: string,
  file: string,
  mode?: number,
): Promise<number> {
  const unfinished = `${file}.part`;
  try {
    await withConnection(options, async ({ client }) => {
      const { body } = await client.request('GET', path);
      await pipeline(
        Readable.fromWeb(body as ReadableStream),
        createWriteStream(unfinished, mode === undefined ? {} : { mode }),
      );
    });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  return (await stat(file)).size;
}
