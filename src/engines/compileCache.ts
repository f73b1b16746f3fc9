// The ONNX file of a backbone: derived from its layers model once, kept in the cache by the hash of its weights until it has not been used for long.
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { removeUnfinished } from '../durableFiles.js';
import { compiledFileName, type CompiledForm } from '../models/compileBackbone.js';
import type { PixelRounding } from '../quantization/quantizeGraph.js';
import { markUsed, removeUnused } from './cacheUse.js';
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
  const name = compiledFileName(backbone.id, form);
  const file = join(cacheDir, name);
  await markUsed(cacheDir, name);
  if (!(await exists(file))) {
    await mkdir(cacheDir, { recursive: true });
    await removeUnfinished(cacheDir);
    await compileInThread({ backbone, file, form });
    cleaned.delete(cacheDir);
  }
  await cleanUp(cacheDir);
  return file;
}

/** Folders in which nothing has been compiled since they were cleaned up. */
const cleaned = new Set<string>();

/** At the first use and whenever the cache has grown. */
async function cleanUp(cacheDir: string): Promise<void> {
  if (cleaned.has(cacheDir)) return;
  cleaned.add(cacheDir);
  await removeUnused(cacheDir);
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
