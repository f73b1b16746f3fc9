// Names from other programs, as names of classifiers and datasets.

/** What is nearest to `text` among the names that classifierNameSchema takes: `Iteration 1` becomes `iteration-1`; empty where nothing is left. */
export const classifierNameOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 64)
    .replace(/-+$/, '');
