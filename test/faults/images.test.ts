// Images that are something else too, that unpack to more than there is room for, or whose metadata are rubbish.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { gifBomb, pngBomb, readImage } from '../support/fixtureImages.js';
import { post, send, type Reply } from '../support/faults/client.js';
import { assertUnharmed, key, postFile, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';
import { zipOf } from '../support/zips.js';

const server = await startFaultyServer({ after });
await server.createDataset();
const jpeg = await readImage('scene.jpg');
const png = await readImage('palette.png');
const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const classify = (bytes: Uint8Array): Promise<Reply> => post(`${server.url}/v1/classify`, 'image/jpeg', bytes);

/** A JPEG with a segment of its own after the start: `marker` is 0xe1 for EXIF, 0xe2 for ICC. */
function withSegment(marker: number, content: Uint8Array, claimedLength = content.length + 2): Buffer {
  const head = Buffer.from([0xff, marker, claimedLength >> 8, claimedLength & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

/** A PNG with a chunk of its own after the header. */
function withChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([text(type), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length);
  frame.writeUInt32BE(crc32(body), 4);
  const afterHeader = 33;
  return Buffer.concat([
    png.subarray(0, afterHeader),
    frame.subarray(0, 4),
    body,
    frame.subarray(4),
    png.subarray(afterHeader),
  ]);
}

test('an image that is something else too is taken as the image that it is, and served as nothing else', async (t) => {
  const tally = new Tally();
  const zip = await zipOf({ 'hat/a.jpg': jpeg });
  const html = text('<script>alert(document.domain)</script>');
  const polyglots: Readonly<Record<string, Buffer>> = {
    'a JPEG and a zip': Buffer.concat([jpeg, zip]),
    'a JPEG and a page': Buffer.concat([jpeg, html]),
    'a JPEG with a page in a comment': withSegment(0xfe, html),
    'a PNG and a page': Buffer.concat([png, html]),
    'a PNG with a page in its text': withChunk('tEXt', Buffer.concat([text('Comment\0'), html])),
    'a GIF that is a script': text('GIF89a/*\x00\x00\x00\x00\x00*/=1;alert(1)'),
    'a page that ends in a JPEG': Buffer.concat([html, jpeg]),
    'a PDF with a JPEG in it': Buffer.concat([text('%PDF-1.4\n1 0 obj\nstream\n'), jpeg, text('\nendstream')]),
    'a vector image that reads a file': text(
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&f;</text></svg>',
    ),
    'an ImageMagick script': text('push graphic-context\nviewbox 0 0 9 9\nfill \'url(https://example.com/"|id")\'\n'),
    'a PostScript program': text('%!PS\n(/etc/passwd) (r) file\nshowpage\n'),
    'a playlist': text('#EXTM3U\n#EXTINF:10.0,\nconcat:http://127.0.0.1/|file:///etc/passwd\n'),
  };
  for (const [name, bytes] of Object.entries(polyglots)) {
    tally.add(await classify(bytes), name);
    const added = await postFile(`${server.url}/v1/admin/datasets/d/images?label=odd`, 'a.html', bytes);
    const { results } = JSON.parse(tally.add(added, name).body) as { results: { id?: number }[] };
    const id = results[0]?.id;
    if (id === undefined) continue;
    const served = await fetch(`${server.url}/v1/admin/datasets/d/images/${id}/file`, { headers: key });
    assert.match(served.headers.get('content-type') ?? '', /^image\/(jpeg|png|gif)$/, name);
    assert.equal(served.headers.get('x-content-type-options'), 'nosniff', name);
    await served.body?.cancel();
  }
  await assertUnharmed(server);
  tally.report(t, 'polyglot images');
});

test('rubbish in the metadata of an image neither harms nor hides the image', async (t) => {
  const tally = new Tally();
  const exif = text('Exif\0\0');
  const rubbish = Buffer.alloc(60_000, 0xa5);
  const loop = Buffer.from('49492a0008000000010000000000000000000000000008000000', 'hex');
  const profile = Buffer.concat([text('name\0\0'), deflateSync(Buffer.alloc(200 * 2 ** 20))]);
  const cases: Readonly<Record<string, Buffer>> = {
    'EXIF of rubbish': withSegment(0xe1, Buffer.concat([exif, rubbish])),
    'EXIF whose directory follows itself': withSegment(0xe1, Buffer.concat([exif, loop])),
    'EXIF that claims more than the file has': withSegment(0xe1, exif, 0xffff),
    'EXIF of no length': withSegment(0xe1, Buffer.alloc(0), 0),
    'EXIF with an orientation of 65,535': withSegment(
      0xe1,
      Buffer.concat([exif, Buffer.from('49492a00080000000100120103000100000000ffff00000000000000', 'hex')]),
    ),
    'ICC of rubbish': withSegment(0xe2, Buffer.concat([text('ICC_PROFILE\0\x01\x01'), rubbish])),
    'ICC part 9 of 1': withSegment(0xe2, Buffer.concat([text('ICC_PROFILE\0\x09\x01'), rubbish])),
    'ICC with a size of 4 GB': withSegment(
      0xe2,
      Buffer.concat([text('ICC_PROFILE\0\x01\x01'), Buffer.alloc(4, 0xff), Buffer.alloc(124), text('acsp')]),
    ),
    'a PNG whose profile unpacks to 200 MB': withChunk('iCCP', profile),
    'a PNG whose text unpacks to 200 MB': withChunk('zTXt', profile),
    'a PNG with EXIF of rubbish': withChunk('eXIf', rubbish),
    'XMP with an external entity': withSegment(
      0xe1,
      text('http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'),
    ),
  };
  for (const [name, bytes] of Object.entries(cases)) tally.add(await classify(bytes), name);
  assert.ok(tally.counts.answered > 0);
  await assertUnharmed(server);
  tally.report(t, 'EXIF, ICC and XMP rubbish');
});

test('an image bomb is refused from its header', async (t) => {
  const tally = new Tally();
  const huge = await sharp({ create: { width: 8_000, height: 8_000, channels: 3, background: 'red' } })
    .jpeg({ quality: 1 })
    .toBuffer();
  const header = Buffer.from(png);
  header.writeUInt32BE(2 ** 31 - 1, 16);
  header.writeUInt32BE(2 ** 31 - 1, 20);
  const bombs = [pngBomb(65_536), gifBomb(40_000, 100, 40_000), huge, header];
  for (const bytes of [...bombs, ...bombs]) tally.add(await classify(bytes), 'a bomb');
  assert.equal(tally.counts.answered, 0);
  tally.add(await send(`${server.url}/health/ready`), 'readiness');
  await assertUnharmed(server);
  tally.report(t, 'image bombs');
});
