// The backbone of a version as another server takes it that runs it for the remote engine: Triton's model repository, or that of OpenVINO Model Server.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeDirectory, moveDirectory, replaceFile, withUnfinished } from '../durableFiles.js';
import { invalidModel } from '../formats/invalidModel.js';
import { readOnnxFile } from '../formats/onnx/onnxFile.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { readBackboneRecord } from './backboneRecord.js';
import { resolveBackbone } from './backbones.js';
import { compileBackbone } from './compileBackbone.js';
import { hasFeatureMap } from './modelParts.js';
import type { ModelsDirs } from './modelsDirs.js';
import { inputName, servedName, servedVersion, type ServedOutput } from './servedBackbone.js';
import { listVersions, type Version } from './versions.js';

export const servers = ['triton', 'ovms'] as const;
export type ModelServer = (typeof servers)[number];

export interface RepositoryOptions {
  readonly server: ModelServer;
  /** Most images that the server puts into one run; at least 1. */
  readonly maxBatchSize: number;
  /** Runs at the same time on each device; at least 1. */
  readonly instances: number;
}

/** What is written of a model beside its file. */
interface ServedModel {
  readonly name: string;
  readonly output: ServedOutput;
  readonly backboneId: string;
  readonly height: number;
  readonly width: number;
  /** Of one image; -1: the graph does not say. */
  readonly values: number;
  /** A batch of them is as many runs. */
  readonly takesOneImage: boolean;
}

/** Requests wait so long for others to share a run. */
const maxQueueDelayUs = 1_000;

/** A backbone and the folder that it is in. */
export interface StoredBackbone {
  readonly id: string;
  readonly directory: string;
  readonly preprocessing: Preprocessing;
}

/** As writeServedBackbone, of the backbone of `version`. */
export async function writeModelRepository(
  dirs: ModelsDirs,
  { manifest: { backbone, preprocessing } }: Version,
  repository: string,
  options: RepositoryOptions,
): Promise<string[]> {
  const found = await resolveBackbone(dirs, backbone.id, (await listVersions(dirs)).versions);
  return writeServedBackbone({ ...found, preprocessing }, repository, options);
}

/**
 * Writes the backbone into the model repository `repository`, made when missing, beside what is there: a model that gives embeddings, and one that
 * gives feature maps where it has them. A model of the same name is replaced: it was the same backbone. Gives the models' names. Throws AppError
 * invalid_model.
 */
export async function writeServedBackbone(
  backbone: StoredBackbone,
  repository: string,
  options: RepositoryOptions,
): Promise<string[]> {
  const outputs: ServedOutput[] = (await hasFeatureMap(backbone.directory))
    ? ['embedding', 'featureMap']
    : ['embedding'];
  await makeDirectory(repository);
  const names: string[] = [];
  for (const output of outputs) names.push(await writeModel(backbone, output, repository, options));
  if (options.server === 'ovms') await addToOvmsConfig(join(repository, 'config.json'), names);
  return names;
}

async function writeModel(
  { id, directory, preprocessing }: StoredBackbone,
  output: ServedOutput,
  repository: string,
  options: RepositoryOptions,
): Promise<string> {
  const name = servedName(id, output);
  await withUnfinished(repository, async (temporary) => {
    await mkdir(join(temporary, servedVersion), { recursive: true });
    const file = join(temporary, servedVersion, 'model.onnx');
    await compileBackbone(id, directory, preprocessing, file, output === 'featureMap' ? { output } : {});
    if (options.server === 'triton') {
      const { height, width } = preprocessing;
      const takesOneImage = (await readBackboneRecord(directory))?.oneAtATime === true;
      const model = { name, output, backboneId: id, height, width, takesOneImage, values: await valuesIn(file) };
      await writeFile(join(temporary, 'config.pbtxt'), tritonConfig(model, options));
    }
    const target = join(repository, name);
    do await rm(target, { recursive: true, force: true });
    while (!(await moveDirectory(temporary, target)));
  });
  return name;
}

/** Values of one image in the file's output. */
async function valuesIn(file: string): Promise<number> {
  const [output] = (await readOnnxFile(file)).graph.output;
  const side = output?.type?.tensor_type?.shape?.dim[1]?.dim_value;
  return side === undefined || Number(side) === 0 ? -1 : Number(side);
}

/** https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_configuration.md */
function tritonConfig(model: ServedModel, { maxBatchSize, instances }: RepositoryOptions): string {
  const { name, output, backboneId, height, width, values, takesOneImage } = model;
  // Without batching Triton wants the number of images among the sides.
  const images = takesOneImage ? '1, ' : '';
  const batching = takesOneImage
    ? 'max_batch_size: 0'
    : `max_batch_size: ${maxBatchSize}
dynamic_batching { max_queue_delay_microseconds: ${maxQueueDelayUs} }`;
  // Feature maps are asked for one image at a time.
  const warmed = takesOneImage ? [0] : [...new Set([1, output === 'featureMap' ? 1 : maxBatchSize])];
  const warmup = warmed.map(
    (size) =>
      `  { name: "batch of ${size}" batch_size: ${size} inputs { key: "${inputName}" value { data_type: TYPE_UINT8 dims: [ ${images}${height}, ${width}, 3 ] zero_data: true } } }`,
  );
  return `name: "${name}"
backend: "onnxruntime"
${batching}
input [ { name: "${inputName}" data_type: TYPE_UINT8 dims: [ ${images}${height}, ${width}, 3 ] } ]
output [ { name: "${output}" data_type: TYPE_FP32 dims: [ ${images}${values} ] } ]
instance_group [ { count: ${instances} kind: KIND_AUTO } ]
version_policy { specific { versions: [ ${servedVersion} ] } }
parameters { key: "taxon_backbone" value { string_value: "${backboneId}" } }
model_warmup [
${warmup.join(',\n')}
]
`;
}

/** What we need to know of https://docs.openvino.ai/2025/model-server/ovms_docs_parameters.html; the rest is kept as it is. */
const ovmsSchema = z
  .object({
    model_config_list: z.array(z.object({ config: z.object({ name: z.string() }).loose() }).loose()).default([]),
  })
  .loose();

async function addToOvmsConfig(file: string, names: readonly string[]): Promise<void> {
  const config = await readOvmsConfig(file);
  const others = config.model_config_list.filter((entry) => !names.includes(entry.config.name));
  const own = names.map((name) => ({
    // Beside the configuration. Runs at the same time make up for batches, which this server does not form of requests.
    config: { name, base_path: name, plugin_config: { PERFORMANCE_HINT: 'THROUGHPUT' } },
  }));
  await replaceFile(file, `${JSON.stringify({ ...config, model_config_list: [...others, ...own] }, null, 2)}\n`);
}

async function readOvmsConfig(file: string): Promise<z.infer<typeof ovmsSchema>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return ovmsSchema.parse(JSON.parse(text));
  } catch (error) {
    throw invalidModel(`${file} is no configuration of OpenVINO Model Server, so no model was added to it`, error);
  }
}
