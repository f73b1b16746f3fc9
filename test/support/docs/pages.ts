// The Markdown pages that readers get.
import { readdir } from 'node:fs/promises';

/** Paths from the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'clients/python/README.md',
  'clients/typescript/README.md',
  ...(await readdir('docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** The text of a page with its fenced blocks taken out. */
export const withoutFences = (text: string): string => text.replaceAll(/^(\s*)(`{3,})[^`\n]*\n.*?^\1\2$/gms, '');
