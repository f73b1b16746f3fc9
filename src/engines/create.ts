// The one place where an engine's name becomes an engine. A new engine is one more case here.
import type { Engine, EngineNotices, EngineOptions } from './engine.js';
import { findLibrary } from './openvino/findLibrary.js';
import { findAddon } from './tfjs/addon.js';

const unheard: EngineNotices = { onOutage: () => undefined, onWarning: () => undefined };

/**
 * Makes the engine on the calling thread. Throws AppError engine_unavailable with the reason when it is not available.
 * Each engine is imported when it is chosen: two native runtimes need not share a process, and tfjs alone takes half a second.
 */
export async function createInThread(options: EngineOptions, notices: EngineNotices = unheard): Promise<Engine> {
  switch (options.engine) {
    case 'onnx':
      return (await import('./onnx.js')).createOnnxEngine(options);
    case 'openvino':
      findLibrary(options.openvinoDir);
      return (await import('./openvino/openvino.js')).createOpenvinoEngine(options);
    case 'tfjs':
      findAddon();
      return (await import('./tfjs/tfjs.js')).createTfjsEngine(options);
    case 'remote':
      return (await import('./remote/remote.js')).createRemoteEngine(options, notices);
  }
}
