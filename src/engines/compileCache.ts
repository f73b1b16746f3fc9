// The ONNX file of a backbone: derived from its layers model once, kept in the cache by the hash of its weights.
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { removeUnfinished } from '../durableFiles.js';
import { compiledFileName, type CompiledForm } from '../models/compileBackbone.js';
import type { PixelRounding } from '../quantization/quantizeGraph.js';
import { rangesOf, type BackboneArtifact } from './engine.js';
import { fromPlainError, type PlainError } from './workerProtocol.js';

export interface CompileJob {
  readonly backbone: BackboneArtifact;
  readonly file: string;
  readonly form: CompiledForm;
}

/**
 * Path of the compiled graph, which is written first when it is missing. Compiling takes seconds of plain arithmetic and
 * hundreds of megabytes, so a thread of its own does it and ends: the calling thread is not blocked and the memory is returned.
 * `pixels` is the form that the engine fuses, where the graph is in int8. Throws AppError invalid_model.
 */
export async function ensureCompiledBackbone(
  backbone: BackboneArtifact,
  cacheDir: string,
  pixels: PixelRounding = 'bytes',
): Promise<string> {
  const ranges = rangesOf(backbone);
  const form: CompiledForm = {
    ...(ranges && { int8: { ranges, pixels } }),
    ...(backbone.output && { output: backbone.output }),
  };
  const file = join(cacheDir, compiledFileName(backbone.id, form));
  if (await exists(file)) return file;
  await mkdir(cacheDir, { recursive: true });
  await removeUnfinished(cacheDir);
  await compileInThread({ backbone, file, form });
  return file;
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function compileInThread(job: CompileJob): Promise<void> {
  const thread = new Piscina<CompileJob, PlainError | null>({
    filename: new URL('./compileWorker.js', import.meta.url).href,
    maxThreads: 1,
  });
  try {
    const error = await thread.run(job);
    if (error !== null) throw fromPlainError(error);
  } finally {
    await thread.destroy();
  }
}
