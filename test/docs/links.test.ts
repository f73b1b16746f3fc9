// Links between the pages hold as plain Markdown: the file is there, and the heading too. (The site's build looks at links between pages alone.)
import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pages, withoutFences } from '../support/docs/pages.js';

/** As GitHub makes them: lower case, without punctuation, a dash for each space. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutFences(text).matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, async () => {
    const text = withoutFences(await readFile(page, 'utf8')).replaceAll(/`[^`\n]*`/g, '');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path, anchor] = target!.split('#') as [string, string | undefined];
      const file = path === '' ? page : join(dirname(page), path);
      await assert.doesNotReject(access(file), `${page}: there is no ${target}`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(await readFile(file, 'utf8')).has(anchor), `${page}: no heading for ${target}`);
    }
  });
}
