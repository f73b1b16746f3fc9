// The task of the short-lived thread that compiles one backbone to ONNX.
import { compileBackbone } from '../models/compileBackbone.js';
import type { CompileJob } from './compileCache.js';
import { toPlainError, type PlainError } from './workerProtocol.js';

/** Never rejects: an error crosses threads with its code only as plain data. null: the file is written. */
export default async ({ backbone, file, form }: CompileJob): Promise<PlainError | null> => {
  try {
    const { id, directory, preprocessing } = backbone;
    await compileBackbone(id, directory, preprocessing, file, form);
    return null;
  } catch (error) {
    return toPlainError(error);
  }
};
