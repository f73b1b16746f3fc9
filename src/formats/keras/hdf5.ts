// HDF5 files through h5wasm: opened without loading them whole, with the way in which Keras stores lists of names.
import { stat } from 'node:fs/promises';
import h5wasm, { Dataset, Group, type File } from 'h5wasm/node';
import { invalidModel } from '../invalidModel.js';
import { sizeOf } from '../layersModel.js';

/** An open file; call `close` when done. */
export interface Hdf5 {
  readonly path: string;
  readonly bytes: number;
  readonly root: File;
  close(): void;
}

/** Throws AppError invalid_model when the file is missing, truncated or something else. */
export async function openHdf5(path: string): Promise<Hdf5> {
  const library = await h5wasm.ready;
  // Errors become exceptions instead of a page of text on stderr.
  library.activate_throwing_error_handler();
  try {
    const { size } = await stat(path);
    const root = new h5wasm.File(path, 'r');
    return { path, bytes: size, root, close: () => root.close() };
  } catch (cause) {
    throw invalidModel(
      `${path} cannot be read as HDF5: it is damaged, incomplete or of another format; save or download it again`,
      cause,
    );
  }
}

/** Runs `read` on the open file and closes it; any failure of the library becomes AppError invalid_model. */
export async function withHdf5<Result>(path: string, read: (file: Hdf5) => Result): Promise<Result> {
  const file = await openHdf5(path);
  try {
    return read(file);
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    throw invalidModel(
      `${path} cannot be read to its end: it is damaged or incomplete; save or download it again`,
      error,
    );
  } finally {
    file.close();
  }
}

const toText = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : typeof value === 'string' ? value : '';

/** A text attribute; undefined when there is none. */
export function textAttribute(group: Group, name: string): string | undefined {
  const attribute = group.attrs[name];
  return attribute && toText(attribute.value);
}

/** A list of names, which Keras cuts into `<name>0`, `<name>1`, … when it is longer than HDF5's 64 KB for an attribute. */
export function namesAttribute(group: Group, name: string): readonly string[] | undefined {
  const { attrs } = group;
  if (attrs[name]) return namesIn(attrs[name].value);
  if (!attrs[`${name}0`]) return undefined;
  const names: string[] = [];
  for (let i = 0; attrs[`${name}${i}`]; i++) names.push(...namesIn(attrs[`${name}${i}`]!.value));
  return names;
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(toText) : []);

export function groupAt(parent: Group, name: string): Group | undefined {
  const found = parent.get(name);
  return found instanceof Group ? found : undefined;
}

/** A float tensor; undefined for one of integers. Throws AppError invalid_model when it is missing or larger than its file. */
export function readTensor(
  file: Hdf5,
  parent: Group,
  name: string,
): { shape: readonly number[]; data: Float32Array } | undefined {
  const found = parent.get(name);
  const where = `${file.path}: weight ${parent.path}/${name}`;
  if (!(found instanceof Dataset)) throw invalidModel(`${where} is listed but missing`);
  const shape = found.shape ?? [];
  // A damaged or hostile header must not make us allocate what the file cannot hold.
  if (sizeOf(shape) * 2 > file.bytes)
    throw invalidModel(`${where} claims shape [${shape.join(', ')}], more than the file of ${file.bytes} bytes holds`);
  const value = shape.length === 0 ? undefined : found.value;
  if (value instanceof Float32Array) return { shape, data: value };
  return value instanceof Float64Array ? { shape, data: Float32Array.from(value) } : undefined;
}
