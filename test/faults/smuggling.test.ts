// Requests that two servers in a row could cut in different places: this one must refuse them, and never answer the hidden request.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exchange } from '../support/faults/client.js';
import { assertUnharmed, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';

const server = await startFaultyServer({ after });
const hidden = 'GET /openapi.json HTTP/1.1\r\nHost: taxon\r\n\r\n';
const start = 'POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/png\r\n';

const attacks: Readonly<Record<string, string>> = {
  'both lengths and chunks': `${start}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'chunks and then a length': `${start}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${hidden}`,
  'two lengths that differ': `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  'two lengths that are equal': `${start}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc${hidden}`,
  'a list of lengths': `${start}Content-Length: 3, 3\r\n\r\nabc${hidden}`,
  'a negative length': `${start}Content-Length: -1\r\n\r\n${hidden}`,
  'a length with a sign': `${start}Content-Length: +3\r\n\r\nabc${hidden}`,
  'a length in hexadecimal': `${start}Content-Length: 0x3\r\n\r\nabc${hidden}`,
  'a length of more digits than a number has': `${start}Content-Length: 99999999999999999999999\r\n\r\nabc${hidden}`,
  'a folded header': `${start}X-A: b\r\n Content-Length: 3\r\nContent-Length: 0\r\n\r\n${hidden}`,
  'a folded transfer encoding': `${start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'a space before the colon': `${start}Content-Length : 3\r\n\r\nabc${hidden}`,
  'a header name with a tab': `${start}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'an unknown transfer encoding': `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
  'chunked, but not last': `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
  'chunked twice': `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`,
  'a chunk size that is none': `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${hidden}`,
  'a chunk size with a sign': `${start}Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n${hidden}`,
  'a chunk that is longer than it says': `${start}Transfer-Encoding: chunked\r\n\r\n1\r\naa\r\n0\r\n\r\n${hidden}`,
  'lines that end in a bare line feed': `${start.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${hidden}`,
  'a bare carriage return in a header': `${start}X-A: b\rContent-Length: 3\r\nContent-Length: 0\r\n\r\n${hidden}`,
  'a NUL in a header': `${start}X-A: b\0c\r\nContent-Length: 0\r\n\r\n${hidden}`,
  'no host': 'GET /health/live HTTP/1.1\r\n\r\n',
  'a version of HTTP that is none': 'GET /health/live HTTP/9.9\r\nHost: taxon\r\n\r\n',
  'a method that is none': 'EAT /health/live HTTP/1.1\r\nHost: taxon\r\n\r\n',
  'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'headers of 70 KB': `GET /health/live HTTP/1.1\r\nHost: taxon\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`,
};

test('a request that can be cut in two ways is refused, and what hides behind it is not answered', async (t) => {
  const tally = new Tally();
  for (const [name, text] of Object.entries(attacks)) {
    const replies = await exchange(server.url, text);
    for (const reply of replies) tally.add(reply, name);
    if (replies.length === 0) tally.refuse();
    assert.ok(
      replies.every(({ status }) => status >= 400),
      `${name}: ${replies.map(({ status }) => status).join()}`,
    );
  }
  await assertUnharmed(server);
  tally.report(t, 'request smuggling and broken HTTP');
});

test('a body that says that it is compressed is not unpacked', async (t) => {
  const tally = new Tally();
  const { gzipSync } = await import('node:zlib');
  const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20));
  const types = ['image/png', 'application/json', 'multipart/form-data; boundary=b', 'application/octet-stream'];
  for (const type of types)
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip']) {
      const head = `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`;
      const [reply] = await exchange(server.url, Buffer.concat([Buffer.from(head), bomb]));
      assert.ok(reply && reply.status >= 400, `${type} ${encoding}`);
      tally.add(reply, `${type} as ${encoding}`);
    }
  const head = `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/png\r\nTransfer-Encoding: gzip, chunked\r\n\r\n`;
  const size = bomb.length.toString(16);
  const body = Buffer.concat([Buffer.from(`${head}${size}\r\n`), bomb, Buffer.from('\r\n0\r\n\r\n')]);
  for (const reply of await exchange(server.url, body)) tally.add(reply, 'Transfer-Encoding: gzip');
  assert.equal(tally.counts.answered, 0);
  await assertUnharmed(server);
  tally.report(t, 'compressed bodies (Content-Encoding)');
});
