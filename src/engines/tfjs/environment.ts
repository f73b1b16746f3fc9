// TensorFlow takes its settings from the process environment alone, and reads them once, when its library is loaded.
// The engine worker shares the process's environment (see workerEngine.ts), so that what is set here reaches it.
import type { EngineOptions } from '../engine.js';

/** To be called before the addon is loaded. What the user has set stays, except the number of threads, which is an option of ours. */
export function prepareTensorflow(
  { device, threads }: Pick<EngineOptions, 'device' | 'threads'>,
  environment = process.env,
): void {
  environment['TF_NUM_INTRAOP_THREADS'] = String(threads);
  // Without this, TensorFlow takes the whole memory of the card at once.
  environment['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // The order of nvidia-smi, from which we learn the card's name.
  environment['CUDA_DEVICE_ORDER'] ??= 'PCI_BUS_ID';
  // Warnings about instructions that another build of TensorFlow could use.
  environment['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (device === 'cpu') environment['CUDA_VISIBLE_DEVICES'] = '-1';
}
