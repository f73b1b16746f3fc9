// Finds the native addon of @tensorflow/tfjs-node-gpu without loading it, or tfjs: a server without one must not pay for looking.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.js';

const require = createRequire(import.meta.url);

/** Where scripts/build-tfjs-native.mjs leaves its result, seen from dist/src/engines/tfjs. */
const nativeDirectory = fileURLToPath(new URL('../../../../native/', import.meta.url));

export const packageName = '@tensorflow/tfjs-node-gpu';

export interface Addon {
  readonly file: string;
  /** Whether TensorFlow was built with CUDA; undefined for a published binary, which does not say. */
  readonly cuda: boolean | undefined;
}

/** Our own build first, then the package's published binary where its installer could fetch one. Throws AppError engine_unavailable. */
export function findAddon(directory = nativeDirectory): Addon {
  const ours = join(directory, 'tfjs_binding.node');
  if (existsSync(ours)) return { file: ours, cuda: (require(join(directory, 'build.json')) as { cuda: boolean }).cuda };
  const published = join(packageDirectory(), 'lib', 'napi-v8', 'tfjs_binding.node');
  if (existsSync(published)) return { file: published, cuda: undefined };
  throw new AppError(
    'engine_unavailable',
    `the native addon of ${packageName} is not built; run: npm run build:tfjs-native (docs/gpu.md)`,
  );
}

/** Of the optional package, in node_modules. Throws AppError engine_unavailable. */
export function packageDirectory(): string {
  try {
    return dirname(require.resolve(`${packageName}/package.json`));
  } catch (cause) {
    throw new AppError('engine_unavailable', `the optional package ${packageName} is not installed; run: npm ci`, {
      cause,
    });
  }
}
