// TensorFlow's own kernels under tfjs: loads the native addon of @tensorflow/tfjs-node-gpu and registers its backend.
// Its index.js is left alone: that looks for the addon in one place inside node_modules, through an installer we have no use for.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../errors.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { packageDirectory, packageName, type Addon } from './addon.js';

const require = createRequire(import.meta.url);

interface TensorMetadata {
  readonly id: number;
}

/** What we call of the addon ourselves; the rest is between it and the package's JavaScript. */
interface Binding {
  readonly TF_Version: string;
  readonly TF_UINT8: number;
  readonly TF_FLOAT: number;
  readonly TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: readonly number[], type: number, values: Uint8Array): number;
  deleteTensor(id: number): void;
  executeOp(
    name: string,
    attributes: readonly object[],
    inputs: readonly number[],
    outputs: number,
  ): readonly TensorMetadata[];
}

interface NodeBackend extends tf.KernelBackend {
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  loadSavedModelMetaGraph(path: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: readonly tf.Tensor[],
    infos: readonly { readonly name: string; readonly tfDtype: string }[],
    outputs: readonly string[],
  ): tf.Tensor[];
  deleteSavedModel(id: number): void;
}

/** What runs a backbone: normalised pixels [N, height, width, 3] → embedding, which the caller owns. */
export interface BackboneModel {
  apply(pixels: tf.Tensor): tf.Tensor;
  dispose(): void;
}

/** The tag under which TensorFlow saves graphs for inference. */
const servingTag = 'serve';

export interface TfjsRuntime {
  readonly tensorflowVersion: string;
  readonly usesGpu: boolean;
  /** A float32 tensor of the bytes. They travel to the device as bytes: a quarter of what tfjs' own tensors would send. */
  createPixels(pixels: Uint8Array, shape: readonly [number, number, number, number]): tf.Tensor4D;
  /** A SavedModel in a session of its own, from the operation `input` to `output`. Throws AppError invalid_model with TensorFlow's reason. */
  loadSavedModel(directory: string, input: string, output: string): BackboneModel;
}

/** Loads the addon and makes it tfjs' backend in this thread. Throws AppError engine_unavailable when a library is missing. */
export async function loadTfjsRuntime({ file }: Addon): Promise<TfjsRuntime> {
  const binding = loadBinding(file);
  const backend = (tf.findBackend('tensorflow') as NodeBackend | null) ?? registerBackend(binding);
  await tf.setBackend('tensorflow');
  tf.enableProdMode();
  return {
    tensorflowVersion: binding.TF_Version,
    usesGpu: binding.isUsingGpuDevice(),
    createPixels: (pixels, shape) => createPixels(binding, backend, pixels, shape),
    loadSavedModel: (directory, input, output) => loadSavedModel(backend, directory, input, output),
  };
}

function loadBinding(file: string): Binding {
  try {
    return require(file) as Binding;
  } catch (cause) {
    throw new AppError('engine_unavailable', `${file} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
}

function registerBackend(binding: Binding): NodeBackend {
  restoreUtil();
  const dist = join(packageDirectory(), 'dist');
  require(join(dist, 'register_all_kernels.js'));
  const { NodeJSKernelBackend } = require(join(dist, 'nodejs_kernel_backend.js')) as {
    NodeJSKernelBackend: new (binding: Binding, packageName: string) => NodeBackend;
  };
  const backend = new NodeJSKernelBackend(binding, packageName);
  tf.registerBackend('tensorflow', () => backend);
  return backend;
}

/** The package calls two functions of node:util that Node deprecates, and removes: isNullOrUndefined in Node 23. Each thread has its own node:util. */
function restoreUtil(): void {
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
}

function loadSavedModel(backend: NodeBackend, directory: string, input: string, output: string): BackboneModel {
  try {
    const id = backend.loadSavedModelMetaGraph(directory, servingTag);
    return {
      apply: (pixels) => backend.runSavedModel(id, [pixels], [{ name: input, tfDtype: 'DT_FLOAT' }], [output])[0]!,
      dispose: () => backend.deleteSavedModel(id),
    };
  } catch (error) {
    throw invalidModel(
      `${directory} cannot be loaded by TensorFlow: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function createPixels(
  binding: Binding,
  backend: NodeBackend,
  pixels: Uint8Array,
  shape: readonly number[],
): tf.Tensor4D {
  const bytes = binding.createTensor(shape, binding.TF_UINT8, pixels);
  try {
    const attributes = [
      { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: binding.TF_UINT8 },
      { name: 'DstT', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    ];
    const [floats] = binding.executeOp('Cast', attributes, [bytes], 1);
    return backend.createOutputTensor(floats!) as tf.Tensor4D;
  } finally {
    binding.deleteTensor(bytes);
  }
}
