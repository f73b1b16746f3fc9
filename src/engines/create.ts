// The one place where an engine's name becomes an engine. A new engine is one more case here.
import type { Engine } from './engine.js';
import { createOnnxEngine } from './onnx.js';
import type { EngineOptions } from './options.js';

/** Makes the engine on the calling thread. Throws AppError engine_unavailable with the reason when it cannot be had. */
export function createInThread(options: EngineOptions): Promise<Engine> {
  switch (options.engine) {
    case 'onnx':
      return createOnnxEngine(options);
    case 'tfjs':
      throw new Error('not built');
  }
}
