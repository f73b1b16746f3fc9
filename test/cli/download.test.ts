import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { download } from '../../src/cli/download.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

async function serve(test: TestContext, listener: RequestListener): Promise<{ url: string; folder: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  test.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`, folder };
}

describe('a download', () => {
  it('goes on where a broken connection stopped it', async (test) => {
    const ranges: (string | undefined)[] = [];
    const { url, folder } = await serve(test, (request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start });
      if (start > 0) response.end(content.subarray(start));
      else response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    const file = join(folder, 'weights');
    let last = [0, 0];
    await download(url, file, (bytes, total) => (last = [bytes, total]));
    assert.deepEqual(await readFile(file), content);
    assert.equal(ranges[0], undefined);
    assert.match(ranges[1]!, /^bytes=\d+-$/);
    assert.deepEqual(last, [content.length, content.length]);
  });

  it('leaves nothing behind when the server refuses', async (test) => {
    const { url, folder } = await serve(test, (_, response) => response.writeHead(404).end());
    await assert.rejects(
      download(url, join(folder, 'weights'), () => undefined),
      /could not be downloaded/,
    );
    assert.deepEqual(await readdir(folder), []);
  });
});
