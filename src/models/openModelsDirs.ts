// The models directories with the bucket that one of them mirrors, where there is one.
import type { FileStore } from '../files/fileStore.js';
import { ModelMirror } from './modelMirror.js';
import type { ModelsDirs } from './modelsDirs.js';

/** `files`: of the bucket; undefined: `dirs` are all there is. `maxBytes`: see ModelMirrorOptions. */
export function openModelsDirs(
  dirs: ModelsDirs,
  files: FileStore | undefined,
  maxBytes: number,
): { readonly modelsDirs: ModelsDirs; readonly mirror: ModelMirror | undefined } {
  if (files === undefined) return { modelsDirs: dirs, mirror: undefined };
  const mirror = new ModelMirror({ files, directory: dirs.own, maxBytes });
  return { modelsDirs: { ...dirs, shared: mirror }, mirror };
}
