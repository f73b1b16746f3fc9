// Entry of the short-lived thread that compiles one backbone to ONNX.
import { parentPort, workerData } from 'node:worker_threads';
import { compileBackbone } from '../models/compileBackbone.js';
import type { CompileJob } from './compiledBackbone.js';
import { toPlainError, type PlainError } from './workerProtocol.js';

async function compile({ backbone, file }: CompileJob): Promise<PlainError | null> {
  try {
    await compileBackbone(backbone.id, backbone.directory, backbone.preprocessing, file);
    return null;
  } catch (error) {
    return toPlainError(error);
  }
}

parentPort!.postMessage(await compile(workerData as CompileJob));
