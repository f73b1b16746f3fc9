// Before `npm pack`, where .npmrc's ignore-scripts does not keep it from running: `npm run package`.
import { execSync } from 'node:child_process';
import { rmSync } from 'node:fs';

// Whatever a source that is gone has left, such as a migration of another branch, must not be packed.
for (const path of ['dist/src', 'dist/web', 'dist/.tsbuildinfo']) rmSync(path, { recursive: true, force: true });
// npm reads a list of files from standard output.
execSync('npm run --silent build', { stdio: ['ignore', process.stderr, 'inherit'] });
