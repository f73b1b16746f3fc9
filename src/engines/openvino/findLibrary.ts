// Finds OpenVINO's C library without loading it: a server without one must not pay for looking.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.js';

/** Where `taxon engine install openvino` leaves its result, seen from dist/src/engines/openvino. */
export const openvinoDirectory = fileURLToPath(new URL('../../../../native/openvino/', import.meta.url));

const libraryName = /^(libopenvino_c\.so(\.\d+)*|libopenvino_c(\.\d+)*\.dylib|openvino_c\.dll)$/;

/** Folders of a wheel, of an archive of the toolkit and of an installation in which the libraries may lie. */
const folders = [
  '',
  'libs',
  'openvino/libs',
  'lib',
  'runtime/lib/intel64',
  'runtime/lib/aarch64',
  'runtime/bin/intel64/Release',
];

/** Path of the C library in `directory` or one of the folders that OpenVINO puts it in; undefined when it is not there. */
export function searchLibrary(directory: string): string | undefined {
  for (const folder of folders) {
    const place = join(directory, folder);
    const name = existsSync(place) ? readdirSync(place).find((file) => libraryName.test(file)) : undefined;
    if (name !== undefined) return join(place, name);
  }
  return undefined;
}

/** Throws AppError engine_unavailable with the command that installs it. */
export function findLibrary(directory = openvinoDirectory): string {
  const file = searchLibrary(directory);
  if (file !== undefined) return file;
  throw new AppError(
    'engine_unavailable',
    `OpenVINO is not in ${directory}; run: npx taxon engine install openvino (docs/openvino.md)`,
  );
}
