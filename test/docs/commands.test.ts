// The commands that README and docs show are run, or say why not. Which is which stands behind the language of a block: test/support/docs/fences.ts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fencesOf, isShell, shellMarkOf, type Fence } from '../support/docs/fences.js';
import { pages, withoutFences } from '../support/docs/pages.js';
import { skip, theRoom, testPages } from '../support/docs/pageTests.js';

/** Whose TypeScript and Python others run: test/clients/snippets.test.ts and clients/python/tests/test_readme.py. */
const runByClients: ReadonlySet<string> = new Set([
  'README.md',
  'clients/python/README.md',
  'clients/typescript/README.md',
]);
const programs: ReadonlySet<string> = new Set(['ts', 'python']);

const fencesOfPages = new Map<string, Fence[]>();
for (const page of pages) fencesOfPages.set(page, await fencesOf(page));

test('every block has a language, and those of commands say whether they are run', (t) => {
  const reasons = new Map<string, string[]>();
  let run = 0;
  for (const [page, fences] of fencesOfPages) {
    for (const fence of fences) {
      assert.notEqual(
        fence.language,
        '',
        `${fence.place}: the block has no language: name one, \`text\` where it has none`,
      );
      if (!isShell(fence) && (!programs.has(fence.language) || runByClients.has(page))) continue;
      const mark = shellMarkOf(fence);
      assert.ok(
        mark,
        `${fence.place}: mark the block as \`test\`, \`test=stopped\`, \`test=server\` or \`untested="reason"\``,
      );
      if ('untested' in mark) reasons.set(mark.untested, [...(reasons.get(mark.untested) ?? []), fence.place]);
      else if (isShell(fence)) run++;
      else assert.fail(`${fence.place}: nothing runs it`);
    }
  }
  t.diagnostic(`${run} blocks are run, ${[...reasons.values()].flat().length} are not:`);
  for (const [reason, places] of reasons) t.diagnostic(`${reason}: ${places.join(', ')}`);
});

test('no block is indented in place of fenced, where no mark could stand', async () => {
  for (const page of pages)
    assert.doesNotMatch(
      withoutFences(await readFile(page, 'utf8')),
      /\n\n(?: {4}|\t)\S/,
      `${page} has an indented block`,
    );
});

await testPages('other');

test('a block that fails, an error of the server and an answer of another shape are found', { skip }, async () => {
  const room = await theRoom();
  const sh = (text: string): Fence => ({ place: 'here', language: 'sh', mark: 'test', text });
  const json = (text: string): Fence => ({ place: 'there', language: 'json', mark: 'answer', text });
  const health = sh('curl localhost:3000/health/live');
  await room.run([health, json('{"status":"alive",…}')]);
  await assert.rejects(room.run([sh('false\ntrue')]), /here: exit code 1/);
  await assert.rejects(room.run([sh('curl localhost:3000/v1/models/unknown')]), /here: exit code 22[^]*unknown_model/);
  await assert.rejects(room.run([health, json('{"status":1}')]), /there: the answer.status is string, shown is number/);
  await assert.rejects(room.run([health, json('{"images":[{…},…]}')]), /there: the answer has no images/);
});
