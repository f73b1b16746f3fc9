// The commands that README and docs show are run, or say why not. Which is which stands behind the language of a block: test/support/docs/fences.ts.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { fencesOf, isShell, shellMarkOf } from '../support/docs/fences.js';
import { runPage } from '../support/docs/pageRun.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'clients/python/README.md',
  'clients/typescript/README.md',
  ...(await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];
const fencesOfPages = await Promise.all(pages.map(async (page) => ({ page, fences: await fencesOf(page) })));

test('every block has a language, and every shell block says whether it is run', (t) => {
  const reasons = new Map<string, string[]>();
  let run = 0;
  for (const fence of fencesOfPages.flatMap(({ fences }) => fences)) {
    assert.notEqual(
      fence.language,
      '',
      `${fence.place}: the block has no language: name one, \`text\` where it has none`,
    );
    if (!isShell(fence)) continue;
    const mark = shellMarkOf(fence);
    assert.ok(
      mark,
      `${fence.place}: mark the block as \`test\`, \`test=stopped\`, \`test=server\` or \`untested="reason"\``,
    );
    if ('untested' in mark) reasons.set(mark.untested, [...(reasons.get(mark.untested) ?? []), fence.place]);
    else run++;
  }
  t.diagnostic(`${run} blocks are run, ${[...reasons.values()].flat().length} are not:`);
  for (const [reason, places] of reasons) t.diagnostic(`${reason}: ${places.join(', ')}`);
});

test('no block of commands is indented in place of fenced, where no mark could stand', async () => {
  for (const { page } of fencesOfPages) {
    const { readFile } = await import('node:fs/promises');
    const outside = (await readFile(page, 'utf8')).replaceAll(/^(\s*)(`{3,}).*?^\1\2$/gms, '');
    assert.doesNotMatch(outside, /\n\n(?: {4}|\t)\S/, `${page} has an indented block`);
  }
});

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);

for (const { page, fences } of fencesOfPages) {
  const runs = fences.some((fence) => {
    const mark = isShell(fence) ? shellMarkOf(fence) : undefined;
    return mark !== undefined && 'run' in mark;
  });
  if (!runs) continue;
  test(`the commands of ${page} run`, { skip: !hasCurl && 'there is no curl' }, () =>
    runPage(fences, { timeoutMs: 120_000 }),
  );
}
