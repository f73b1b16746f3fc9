// What the methods of inference.GRPCInferenceService do: KServe's, and of Triton's those that have a meaning here.
import { AppError } from '../errors.js';
import { classifyAdmitted, type ClassifyRouteDeps } from '../http/classify.js';
import { clientOf } from '../http/client.js';
import { decodeImageText } from '../http/imageText.js';
import { loadModel, refuseContents, type RepositoryDeps } from '../http/openInferenceRepository.js';
import { extensions, type OpenInferenceDeps } from '../http/openInference.js';
import { versionRefSchema, type VersionRef } from '../models/versionRef.js';
import { imagesOf, type InputTensor } from '../openInference/inputs.js';
import { allStatisticsOf, configOf, indexOf, metadataOf } from '../openInference/models.js';
import { checkRequested, outputsOf, toBinary } from '../openInference/outputs.js';
import type { Call, MethodRules } from './callAdmission.js';
import type {
  InferParameter,
  ModelInferRequest,
  ModelRequest,
  RepositoryIndexRequest,
  RepositoryModelRequest,
} from '../formats/openInference/messages.js';

export interface ServiceDeps
  extends
    Pick<ClassifyRouteDeps, 'service' | 'captures' | 'rollouts' | 'limits' | 'timeoutMs'>,
    Pick<OpenInferenceDeps, 'statistics' | 'serverVersion'>,
    RepositoryDeps {
  readonly whyNotReady: () => string | undefined;
  readonly whyNotAlive: () => string | undefined;
}

/** Of a method: the names of its messages, whom it lets in, and what it answers. */
export interface Method {
  readonly request: string;
  readonly response: string;
  readonly rules: MethodRules;
  /** `outcome` is for the log. */
  readonly answer: (request: never, call: Call, note: (outcome: object) => void) => object | Promise<object>;
}

const open: MethodRules = { scope: 'open', isInference: false };
const query: MethodRules = { scope: 'classify', isInference: false };
const change: MethodRules = { scope: 'admin', isInference: false };
const inference: MethodRules = { scope: 'classify', isInference: true };

/** By name. */
export function createMethods(deps: ServiceDeps): Readonly<Record<string, Method>> {
  const { registry, statistics, limits } = deps;
  return {
    ServerLive: {
      request: 'Empty',
      response: 'ServerLiveResponse',
      rules: open,
      answer: () => ({ live: deps.whyNotAlive() === undefined }),
    },
    ServerReady: {
      request: 'Empty',
      response: 'ServerReadyResponse',
      rules: open,
      answer: () => ({ ready: deps.whyNotReady() === undefined }),
    },
    ModelReady: {
      request: 'ModelRequest',
      response: 'ModelReadyResponse',
      rules: query,
      answer: ({ name, version }: ModelRequest) => ({ ready: isReady(deps, name, version) }),
    },
    ServerMetadata: {
      request: 'Empty',
      response: 'ServerMetadataResponse',
      rules: query,
      answer: () => ({ name: 'taxon', version: deps.serverVersion, extensions }),
    },
    ModelMetadata: {
      request: 'ModelRequest',
      response: 'ModelMetadataResponse',
      rules: query,
      answer: ({ name, version }: ModelRequest) => metadataOf(registry, name, versionOf(version)),
    },
    ModelInfer: {
      request: 'ModelInferRequest',
      response: 'ModelInferResponse',
      rules: inference,
      answer: (request: ModelInferRequest, call, note) => infer(deps, request, call, note),
    },
    ModelConfig: {
      request: 'ModelRequest',
      response: 'ModelConfigResponse',
      rules: query,
      answer: ({ name, version }: ModelRequest) => ({
        config: configOf(registry.version(name, versionOf(version)).manifest, limits.maxImages),
      }),
    },
    ModelStatistics: {
      request: 'ModelRequest',
      response: 'ModelStatisticsResponse',
      rules: query,
      answer: ({ name, version }: ModelRequest) =>
        allStatisticsOf(registry, statistics, { model: name || undefined, version: versionOf(version) }),
    },
    RepositoryIndex: {
      request: 'RepositoryIndexRequest',
      response: 'RepositoryIndexResponse',
      rules: query,
      answer: ({ ready }: RepositoryIndexRequest) => ({ models: indexOf(registry, { onlyReady: ready }) }),
    },
    RepositoryModelLoad: {
      request: 'RepositoryModelRequest',
      response: 'Empty',
      rules: change,
      answer: async ({ model_name, parameters }: RepositoryModelRequest) => {
        refuseContents({ parameters });
        await loadModel(deps, model_name);
        return {};
      },
    },
    RepositoryModelUnload: {
      request: 'RepositoryModelRequest',
      response: 'Empty',
      rules: change,
      answer: async ({ model_name }: RepositoryModelRequest) => {
        await registry.unload(model_name);
        return {};
      },
    },
  };
}

/** Empty: the active one. Throws AppError invalid_request. */
function versionOf(text: string): VersionRef | undefined {
  if (text === '') return undefined;
  const { success, data } = versionRefSchema.safeParse(text);
  if (success) return data;
  throw new AppError('invalid_request', 'version: a number of 1 or more is expected, an alias, or nothing');
}

function isReady({ registry }: ServiceDeps, name: string, version: string): boolean {
  try {
    registry.version(name, versionOf(version));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.status === 404) return false;
    throw error;
  }
}

async function infer(
  deps: ServiceDeps,
  request: ModelInferRequest,
  call: Call,
  note: (outcome: object) => void,
): Promise<object> {
  const { model_name: name, id } = request;
  const version = versionOf(request.model_version);
  deps.registry.version(name, version);
  const requested = request.outputs.map((output) => ({ name: output.name, classes: classesOf(output.parameters) }));
  checkRequested(requested);
  const { maxImages } = deps.limits;
  const images = await imagesOf(tensorsOf(request), { maxImages, decodeText: decodeImageText });
  const selections = deps.rollouts.draw(clientOf(call), [{ name, version }]);
  const { models, timing } = await classifyAdmitted(deps, call, images, selections);
  const { manifest } = models[0]!;
  note({ models: [`${name}/${manifest.version}`], images: images.length, ...timing });
  const outputs = outputsOf(models[0]!, requested);
  return {
    model_name: name,
    model_version: String(manifest.version),
    id,
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_output_contents: outputs.map(toBinary),
  };
}

/** Throws AppError invalid_request. */
function classesOf({ classification, shared_memory_region }: Readonly<Record<string, InferParameter>>): number {
  if (shared_memory_region !== undefined) throw noSharedMemory();
  const classes = classification?.int64_param ?? classification?.uint64_param ?? 0;
  if (Number.isSafeInteger(classes) && classes >= 0) return classes;
  throw new AppError('invalid_request', 'classification: a number of classes is expected');
}

/** Either all tensors are in raw_input_contents, or each in its own contents. Throws AppError invalid_request. */
function tensorsOf({ inputs, raw_input_contents: raw }: ModelInferRequest): InputTensor[] {
  if (raw.length > 0 && raw.length !== inputs.length)
    throw new AppError('invalid_request', `raw_input_contents: ${raw.length} for ${inputs.length} inputs`);
  return inputs.map(({ name, datatype, shape, parameters, contents }, index) => {
    if (parameters['shared_memory_region'] !== undefined) throw noSharedMemory();
    if (raw.length > 0) return { name, datatype, shape, content: { raw: raw[index]! } };
    return { name, datatype, shape, content: contentOf(datatype, contents) };
  });
}

type Contents = ModelInferRequest['inputs'][number]['contents'];

function contentOf(datatype: string, contents: Contents): InputTensor['content'] {
  if (contents === null) return { values: [] };
  if (datatype === 'FP32') return { raw: contents.fp32_contents };
  if (datatype === 'UINT8') return { raw: unpackUint8(contents.uint_contents) };
  return { values: contents.bytes_contents };
}

/** Packed numbers of 0 to 255: one byte each below 128, else two (Protocol Buffers, base 128 varints). Throws AppError invalid_request. */
function unpackUint8(packed: Uint8Array): Uint8Array {
  const values = new Uint8Array(packed.length);
  let count = 0;
  for (let at = 0; at < packed.length; at++) {
    const low = packed[at]!;
    if (low < 0x80) values[count++] = low;
    else {
      at += 1;
      if (packed[at] !== 1)
        throw new AppError('invalid_request', 'image: UINT8 elements are whole numbers of 0 to 255');
      values[count++] = low;
    }
  }
  return values.subarray(0, count);
}

const noSharedMemory = (): AppError =>
  new AppError('invalid_request', 'there is no shared memory; send the data in the request');
