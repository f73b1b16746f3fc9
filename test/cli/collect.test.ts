// taxon datasets collect against a server that answers in the forms that the providers document. Nothing goes to the internet.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, beforeEach, mock, test } from 'node:test';
import { allCommands, createProgram } from '../../src/cli/program.js';
import { licenseOf } from '../../src/cli/collect/wikimedia.js';
import { run } from '../../src/cli/run.js';
import { adminKey, call, startApp } from '../http/runningApp.js';
import { client, startImageProviders, work, type Work } from '../support/imageProviders.js';
import { seededImage } from '../support/seededImages.js';

const range = (count: number, first: number): number[] => Array.from({ length: count }, (_, index) => first + index);
const many = (count: number, first: number, changes: Partial<Work> = {}): Promise<Work[]> =>
  Promise.all(range(count, first).map((seed) => work(seed, changes)));

const apple = await many(45, 1000);
const html = { body: Buffer.from('<!doctype html><title>Gone</title>'), type: 'text/html; charset=utf-8' };
const pear = [
  await work(2000),
  await work(2001, { body: await seededImage(2000, 60) }),
  await work(2002, { body: await seededImage(2000), license: 'cc0', version: '1.0' }),
  await work(2003, html),
  await work(2004, { ...html, type: 'image/jpeg' }),
  await work(2005, { body: (await seededImage(2005)).subarray(0, 400) }),
  await work(2006, { body: Buffer.alloc(400_000) }),
  await work(2007, { license: 'by-nc' }),
  await work(2008, { license: 'other' }),
  await work(2009, { license: 'by-sa', version: '4.0', author: '' }),
];
const providers = await startImageProviders({ apple, pear });
after(() => providers.close());
const { seen, troubles } = providers;
const { url } = await startApp();
const directory = await mkdtemp(join(tmpdir(), 'taxon-collect-'));
after(() => rm(directory, { recursive: true, force: true }));

beforeEach(() => {
  seen.length = 0;
  troubles.clear();
});

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}
interface Document {
  readonly rows: ReadonlyArray<{
    readonly asked: number;
    readonly kept: number;
    readonly before: number;
    readonly found: number;
  }>;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly images: number;
  readonly upload: { readonly added: number; readonly duplicates: number };
  readonly error: { readonly detail: string };
}

const local = ['--private-networks', '127.0.0.0/8'];
const commandOf = (terms: string, ...args: readonly string[]): string[] => [
  ...['datasets', 'collect', terms, '--api', providers.url],
  ...(args.includes('--private-networks') ? [] : local),
  ...args,
];
const environment = { TAXON_URL: url, TAXON_API_KEY: adminKey, MAX_IMAGE_BYTES: '300000' };

/** In this process. */
async function collect(terms: string, ...args: readonly string[]): Promise<Ran> {
  Object.assign(process.env, environment);
  let [stdout, stderr] = ['', ''];
  const program = createProgram();
  for (const command of allCommands(program)) command.configureOutput({ writeErr: (line) => (stderr += line) });
  const log = mock.method(console, 'log', (line: string) => (stdout += `${line}\n`));
  const error = mock.method(console, 'error', (line: string) => (stderr += `${line}\n`));
  try {
    return { status: await run(program, commandOf(terms, ...args)), stdout, stderr };
  } finally {
    log.mock.restore();
    error.mock.restore();
    process.exitCode = 0;
  }
}
const documentOf = ({ stdout }: Ran): Document => JSON.parse(stdout) as Document;

async function termsFile(name: string, lines: readonly string[]): Promise<string> {
  const path = join(directory, name);
  await mkdir(directory, { recursive: true });
  await writeFile(path, `search_term,number_imgs,category,set\n${lines.join('\n')}\n`);
  return path;
}
const folderOf = (name: string): string => join(directory, name);
const fetchedFiles = (): string[] => seen.map(({ path }) => path).filter((path) => path.startsWith('/files/'));
/** undefined: one that is answered as always. */
const trouble = (path: string, ...answers: Array<((answer: ServerResponse) => void) | undefined>): void =>
  void troubles.set(path, answers);
const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (answer: ServerResponse): void =>
    void answer.writeHead(status, headers).end(body);
const imagesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jpeg')).sort();

test('a dataset is filled page by page, each image with who made it, and rows of one search share its results', async () => {
  const terms = await termsFile('fruit.csv', ['apple,23,apple,train', 'apple,2,apple,test', 'pear,2,"pear, ripe",']);
  const ran = await collect(terms, '--folder', folderOf('fruit'), '--json', '--contact', 'me@example.org');
  assert.equal(ran.status, 0, ran.stderr);
  const { rows, upload, images } = documentOf(ran);
  assert.deepEqual(
    rows.map(({ kept, before }) => [kept, before]),
    [
      [23, 0],
      [2, 0],
      [2, 0],
    ],
  );
  assert.deepEqual([images, upload.added], [27, 27]);
  assert.equal(new Set(fetchedFiles()).size, fetchedFiles().length);
  const pages = seen
    .filter(({ path }) => path === '/v1/images/')
    .map(({ query }) => [query.get('q'), query.get('page')]);
  assert.deepEqual(pages, [
    ['apple', '1'],
    ['apple', '2'],
    ['pear', '1'],
  ]);
  assert.ok(seen.every(({ userAgent }) => userAgent === 'Taxon-Collect/1 (me@example.org)'));

  const headers = { authorization: `Bearer ${adminKey}` };
  const { body } = await call<{ images: Array<{ label: string; split: string; attribution: { title: string } }> }>(
    `${url}/v1/admin/datasets/fruit/images`,
    { headers },
  );
  const ofTest = body.images.filter(({ split, label }) => split === 'test' && label === 'apple');
  assert.deepEqual(
    // Those that are uploaded together are in no order.
    ofTest.map(({ attribution }) => attribution).sort((a, b) => (a.title < b.title ? -1 : 1)),
    [1023, 1024].map((seed) => ({
      title: `Work ${seed}`,
      author: `Author ${seed}`,
      license: 'CC BY 2.0',
      licenseUrl: 'https://creativecommons.org/licenses/by/2.0/',
      sourceUrl: `https://example.org/photos/00000000-0000-4000-8000-00000000${seed}`,
      provider: 'openverse',
    })),
  );
});

test('once more, nothing is asked for, fetched or added', async () => {
  const ran = await collect(folderOf('fruit.csv'), '--folder', folderOf('fruit'), '--json');
  const { rows, upload } = documentOf(ran);
  assert.deepEqual([rows.map(({ before }) => before), upload.added, upload.duplicates], [[23, 2, 2], 0, 27]);
  assert.deepEqual(seen, []);
});

test('the folder can be imported by itself, with who made its images, wherever they were moved to', async () => {
  const program = createProgram();
  const log = mock.method(console, 'log', () => undefined);
  const folder = folderOf('fruit');
  const moved = (await imagesIn(join(folder, 'train/apple')))[0]!;
  await mkdir(join(folder, 'train/quince'), { recursive: true });
  await writeFile(join(folder, 'train/quince/mine.jpeg'), await readFile(join(folder, 'train/apple', moved)));
  await rm(join(folder, 'train/apple', moved));
  assert.equal(await run(program, ['datasets', 'import', folder, '--dataset', 'reviewed']), 0);
  log.mock.restore();
  const { body } = await call<{ images: Array<{ attribution: { author: string } }> }>(
    `${url}/v1/admin/datasets/reviewed/images?label=quince`,
    { headers: { authorization: `Bearer ${adminKey}` } },
  );
  assert.equal(body.images[0]!.attribution.author, `Author ${Number(moved.slice(-17, -5))}`);
  const exported = await fetch(`${url}/v1/admin/datasets/reviewed/export`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.ok(Buffer.from(await exported.arrayBuffer()).includes('attribution.csv'));
});

test('an image that somebody took out of the folder does not come back: another takes its place', async () => {
  const terms = await termsFile('one.csv', ['apple,1,apple,train']);
  const to = folderOf('one');
  await collect(terms, '--to', to);
  const [first] = await imagesIn(to);
  await rm(join(to, first!));
  const { rows } = documentOf(await collect(terms, '--to', to, '--json'));
  assert.deepEqual([rows[0]!.kept, rows[0]!.before], [1, 0]);
  assert.notEqual((await imagesIn(to))[0], first);
  assert.ok(!(await readFile(join(to, 'attribution.csv'), 'utf8')).includes(first!));
});

test('copies, pages in place of images, broken, empty and too large files are left out, and too few are said to be', async () => {
  const terms = await termsFile('pears.csv', ['pear,9,pear,']);
  const ran = await collect(terms, '--to', folderOf('pears'), '--license', 'all', '--json');
  assert.equal(ran.status, 0);
  const { rows, leftOut } = documentOf(ran);
  assert.equal(rows[0]!.kept, 3);
  assert.deepEqual(leftOut, {
    'looks-the-same': 2,
    unreadable: 3,
    'too-large': 1,
    'not-there': 0,
    'other-license': 0,
    unreachable: 0,
  });
  assert.match(ran.stderr, /"pear": only 3 of 9 images\./);
  const again = documentOf(await collect(terms, '--to', folderOf('pears'), '--license', 'all', '--json'));
  assert.deepEqual([again.rows[0]!.kept, fetchedFiles().length], [3, 9]);
});

test('only licenses that were asked for are kept, and what another run kept under others is not counted', async () => {
  const terms = await termsFile('pears.csv', ['pear,9,pear,']);
  const { rows, images } = documentOf(await collect(terms, '--to', folderOf('pears'), '--license', 'by-sa', '--json'));
  assert.deepEqual([rows[0]!.kept, images], [1, 1]);
  const table = await readFile(join(folderOf('pears'), 'attribution.csv'), 'utf8');
  assert.match(table, /^file,sha256,title,author,license,license_url,source_url,provider\n/);
  assert.match(table, /Work 2009,,CC BY-SA 4\.0,/);
  assert.doesNotMatch(table, /Work 2000/);
  assert.equal(seen[0]!.query.get('license'), 'by-sa');
  assert.equal((await collect(terms, '--license', 'by-nc,commercial')).status, 2);
  assert.equal((await collect(terms, '--license', 'gpl')).status, 2);
});

test('a busy API is asked again when it says so, and an image whose host stumbles is fetched again', async () => {
  const terms = await termsFile('busy.csv', ['apple,3,apple,']);
  const throttled = JSON.stringify({ detail: 'Request was throttled. Expected available in 1 second.' });
  trouble('/v1/images/', answering(429, { 'retry-after': '1' }, throttled), answering(502, {}, '<html>Bad Gateway'));
  trouble(
    `/files/${apple[1]!.id}`,
    (answer) => {
      answer.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '1000' }).write('x');
      setImmediate(() => answer.destroy());
    },
    answering(503, { 'retry-after': new Date(Date.now() - 1_000).toUTCString() }),
  );
  trouble(`/files/${apple[2]!.id}`, answering(404));
  const { rows, leftOut } = documentOf(await collect(terms, '--to', folderOf('busy'), '--json'));
  assert.deepEqual([rows[0]!.kept, leftOut['not-there']], [3, 1]);
  assert.equal(seen.filter(({ path }) => path === '/v1/images/').length, 3);
  assert.equal(fetchedFiles().filter((path) => path === `/files/${apple[1]!.id}`).length, 3);
  assert.deepEqual(
    (await imagesIn(folderOf('busy'))).map((name) => Number(name.slice(-17, -5))),
    [1000, 1001, 1003],
  );
});

test('a limit that is used up for long ends the run; the next one goes on and fetches nothing twice', async () => {
  const terms = await termsFile('limit.csv', ['apple,22,apple,']);
  const used = answering(429, { 'retry-after': '3600' }, '{"detail":"Request was throttled."}');
  trouble('/v1/images/', undefined, used);
  const stopped = await collect(terms, '--to', folderOf('limit'), '--json');
  assert.equal(stopped.status, 1);
  assert.match(documentOf(stopped).error.detail, /names 60 minutes/);

  assert.ok((await readFile(join(folderOf('limit'), 'attribution.csv'), 'utf8')).includes('Work 1019'));
  // One of the images, on the other page.
  trouble(`/files/${apple[20]!.id}`, answering(429, { 'retry-after': '7200' }));
  assert.equal((await collect(terms, '--to', folderOf('limit'))).status, 1);
  const before = fetchedFiles();
  assert.equal(before.length, 22);
  seen.length = 0;
  const { rows } = documentOf(await collect(terms, '--to', folderOf('limit'), '--json'));
  assert.equal(rows[0]!.kept, 22);
  assert.deepEqual(
    fetchedFiles().filter((path) => before.includes(path)),
    [`/files/${apple[20]!.id}`],
  );
});

test('Ctrl-C ends a run in the middle of an image, and the next one goes on', async () => {
  const terms = await termsFile('interrupted.csv', ['apple,12,apple,']);
  const to = folderOf('interrupted');
  const held = `/files/${apple[9]!.id}`;
  const asked = new Promise<void>((begun) => trouble(held, () => begun()));
  const child = spawn(process.execPath, [resolve('dist/src/cli/main.js'), ...commandOf(terms, '--to', to)], {
    env: { PATH: process.env.PATH, ...environment },
  });
  const ended = new Promise<number | null>((end) => child.once('close', end));
  const stderr = text(child.stderr);
  await asked;
  child.kill('SIGINT');
  assert.deepEqual([await ended, await stderr], [130, 'Interrupted: what was collected is kept.\n']);
  assert.ok((await imagesIn(to)).length >= 8);
  assert.ok((await readdir(to, { recursive: true })).every((name) => !name.endsWith('.part')));
  // As if it had been killed while it wrote: the rest of a line.
  const journal = join(to, '.collected.jsonl');
  await writeFile(journal, `${await readFile(journal, 'utf8')}{"key":"openv`);
  const kept = (await imagesIn(to)).map((name) => name.slice(-17, -5));
  seen.length = 0;
  const { rows } = documentOf(await collect(terms, '--to', to, '--json'));
  assert.deepEqual([rows[0]!.kept, rows[0]!.before], [12, kept.length]);
  assert.deepEqual(
    fetchedFiles().filter((path) => kept.includes(path.slice(-12))),
    [],
  );
});

test('with credentials a token is got once, and pages are larger', async () => {
  const terms = await termsFile('token.csv', ['apple,41,apple,', 'pear,1,pear,']);
  const credentials = ['--client-id', client.id, '--client-secret', client.secret];
  const { rows } = documentOf(await collect(terms, '--to', folderOf('token'), '--json', ...credentials));
  assert.deepEqual(
    rows.map(({ kept }) => kept),
    [41, 1],
  );
  assert.equal(seen.filter(({ path }) => path === '/v1/auth_tokens/token/').length, 1);
  const searches = seen.filter(({ path }) => path === '/v1/images/');
  assert.ok(searches.length === 2 && searches.every(({ authorization }) => authorization?.startsWith('Bearer ')));
  assert.ok(seen.every(({ path, authorization }) => !path.startsWith('/files/') || authorization === undefined));
  const wrong = await collect(terms, '--to', folderOf('wrong'), '--client-id', client.id, '--client-secret', 'x');
  assert.deepEqual([wrong.status, /answered 401: invalid_client/.test(wrong.stderr)], [1, true]);
  assert.ok(!wrong.stderr.includes('secret=x'));
});

const wikimedia = ['--provider', 'wikimedia', '--contact', 'https://example.org/me'];

test('Wikimedia Commons: details that come in parts, licenses and names out of HTML, and databases that are behind', async () => {
  const terms = await termsFile('commons.csv', ['pear,9,pear,']);
  const lag = JSON.stringify({ error: { code: 'maxlag', info: 'Waiting for db1: 6 seconds lagged' } });
  trouble('/w/api.php', answering(200, { 'retry-after': '0', 'mediawiki-api-error': 'maxlag' }, lag));
  const { rows, leftOut } = documentOf(await collect(terms, '--to', folderOf('commons'), '--json', ...wikimedia));
  assert.deepEqual([rows[0]!.kept, leftOut['other-license'], leftOut['looks-the-same']], [2, 2, 2]);
  const table = await readFile(join(folderOf('commons'), 'attribution.csv'), 'utf8');
  assert.match(
    table,
    /Work 2000,Author 2000 & Co,CC BY 2\.0,https:\/\/creativecommons\.org\/licenses\/by\/2\.0,https:\/\/commons\.example\.org\/wiki\/File:\S+,wikimedia\n/,
  );
  assert.ok(seen.every(({ userAgent }) => userAgent === 'Taxon-Collect/1 (https://example.org/me)'));
  assert.ok(seen.every(({ path, query }) => path !== '/w/api.php' || query.get('maxlag') === '5'));

  trouble('/w/api.php', answering(200, {}, '{"error":{"code":"badvalue","info":"Unrecognized value."}}'));
  const refused = await collect(terms, '--to', folderOf('refused'), ...wikimedia);
  assert.deepEqual([refused.status, /answered 200: Unrecognized value/.test(refused.stderr)], [1, true]);
});

test('a folder that was filled by one provider is filled up by the other, without the images it has', async () => {
  const terms = await termsFile('both.csv', ['pear,9,pear,']);
  await collect(terms, '--to', folderOf('both'));
  const { rows, leftOut } = documentOf(await collect(terms, '--to', folderOf('both'), '--json', ...wikimedia));
  assert.deepEqual([rows[0]!.kept, rows[0]!.before, leftOut['looks-the-same']], [2, 2, 4]);
});

test('--dry-run counts, and leaves no folder', async () => {
  const terms = await termsFile('dry.csv', ['apple,3,apple,train', 'apple,1,apple,test', 'cherry,2,cherry,']);
  const { rows } = documentOf(await collect(terms, '--to', folderOf('dry'), '--dry-run', '--json'));
  assert.deepEqual(
    rows.map(({ asked, found }) => [asked, found]),
    [
      [3, 45],
      [1, 45],
      [2, 0],
    ],
  );
  assert.equal(seen.length, 2);
  assert.ok(!(await readdir(directory)).includes('dry'));
  const ofCommons = documentOf(await collect(terms, '--dry-run', '--json', ...wikimedia));
  assert.deepEqual(
    ofCommons.rows.map(({ found }) => found),
    [45, 45, 0],
  );
});

test('a run that has nothing in the end says so, and makes no dataset', async () => {
  const terms = await termsFile('cherries.csv', ['cherry,2,cherry,']);
  const { status, stderr } = await collect(terms, '--folder', folderOf('cherries'));
  assert.deepEqual([status, /No images were found that can be kept\./.test(stderr)], [1, true]);
  const { status: found } = await call(`${url}/v1/admin/datasets/cherries`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.equal(found, 404);
});

test('licenses of Commons are told by their codes', () => {
  const codes = [
    'cc0',
    'cc-zero',
    'pd',
    'cc-pd-mark',
    'cc-by-2.0',
    'cc-by-sa-3.0-de',
    'cc-by-nc-nd-4.0',
    'fal',
    'gfdl',
    '',
  ];
  assert.deepEqual(codes.map(licenseOf), [
    'cc0',
    'cc0',
    'pdm',
    'pdm',
    'by',
    'by-sa',
    'by-nc-nd',
    undefined,
    undefined,
    undefined,
  ]);
});

test('addresses in private networks are not fetched from', async () => {
  const terms = await termsFile('private.csv', ['apple,1,apple,']);
  const { status, stderr } = await collect(terms, '--to', folderOf('private'), '--private-networks', '10.0.0.0/8');
  assert.equal(status, 1);
  assert.match(stderr, /127\.0\.0\.1 is not at a public address/);
  assert.deepEqual(seen, []);
});

test('what is asked for wrongly is said by the line, before anything is asked for', async () => {
  const refusal = async (lines: readonly string[], ...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await collect(await termsFile('bad.csv', lines), '--to', folderOf('bad'), ...args);
    assert.ok(status === 1 || status === 2, stderr);
    return stderr;
  };
  assert.match(await refusal(['apple,0,apple,']), /bad\.csv, line 2: .*a whole number from 1/);
  assert.match(await refusal(['apple,5,a/b,']), /line 2: .*no slashes/);
  assert.match(await refusal(['apple,5,apple,held-out']), /line 2: .*train, validation or test/);
  assert.match(await refusal(['apple,5,test,']), /a category called test needs a set/);
  assert.match(await refusal(['apple,5,apple,', 'apple,6,apple,']), /line 3: the same search as in line 2/);
  assert.match(await refusal(['apple,5']), /cannot be read as CSV/);
  assert.match(await refusal([]), /has no lines/);
  assert.match(await refusal(['apple,5,apple,'], '--provider', 'wikimedia'), /--contact/);
  assert.match(await refusal(['apple,5,apple,'], '--dataset', 'x'), /--to fills a folder and no dataset/);
  assert.match(await refusal(['apple,5,apple,'], '--private-networks', 'home'), /--private-networks/);
  assert.deepEqual(seen, []);
});
