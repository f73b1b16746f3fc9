// The classifier that Taxon comes with, alone: whatever else somebody has put into models/ of this clone does not reach the tests.
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const directory = resolve('dist/test-bundled-models');
const starter = 'clothing/1';

/** Makes the link unless it is there; test files run at the same time. */
async function linkStarter(): Promise<void> {
  const link = join(directory, starter);
  await mkdir(dirname(link), { recursive: true });
  await symlink(resolve('models', starter), link, 'dir').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

await linkStarter();

/** To be given as BUNDLED_MODELS_DIR. */
export const bundledModels = directory;
