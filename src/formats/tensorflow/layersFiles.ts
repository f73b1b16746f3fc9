// tfjs layers models on disk: model.json and its binary shards, read and written without any TensorFlow.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeNewFile } from '../../durableFiles.js';
import { invalidModel, parseModel, parseModelJson } from '../invalidModel.js';
import { readKerasTopology, writeKerasTopology } from '../keras/topology.js';
import type { LayersModel, Topology, Weight, Weights } from '../layersModel.js';
import {
  byteLengthOf,
  decodeWeight,
  encodeAsRead,
  encodeWeight,
  weightSpecSchema,
  type Storage,
  type WeightSpec,
} from './weightBytes.js';
import { openShards } from './shards.js';

export const modelFileName = 'model.json';

/** Bytes of a full shard: what tensorflowjs' converter uses, small enough for browsers to cache. */
const shardBytes = 4 * 1024 * 1024;

const shardName = z.string().regex(/^(?!\.\.?$)[\w.-]+$/, 'a file name without a folder');

const modelJsonSchema = z.object({
  format: z.literal('layers-model').default('layers-model'),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ paths: z.array(shardName), weights: z.array(weightSpecSchema) })),
});

/** A parsed model.json: the graph, and where each weight lies. */
export interface LayersIndex {
  readonly directory: string;
  readonly topology: Topology;
  readonly groups: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightSpec[] }[];
}

/** Reads model.json alone. Throws AppError invalid_model naming the file. */
export async function readLayersIndex(directory: string): Promise<LayersIndex> {
  const path = join(directory, modelFileName);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read`, cause);
  });
  const { modelTopology, weightsManifest } = parseModel(modelJsonSchema, parseModelJson(text, path), path);
  return { directory, topology: readKerasTopology(modelTopology, path), groups: weightsManifest };
}

/** Reads the weights whose names `wanted` accepts; the bytes of the others are skipped. Throws AppError invalid_model. */
export async function readWeights(
  index: LayersIndex,
  wanted: (name: string) => boolean = () => true,
): Promise<Weights> {
  const weights = new Map<string, Weight>();
  for (const group of index.groups) {
    const shards = await openShards(group.paths.map((name) => join(index.directory, name)));
    try {
      const bytesNeeded = group.weights.reduce((sum, spec) => sum + byteLengthOf(spec), 0);
      if (shards.byteLength !== bytesNeeded)
        throw invalidModel(
          `${index.directory}: the shards hold ${shards.byteLength} bytes but the weights in ${modelFileName} take ${bytesNeeded}`,
        );
      let offset = 0;
      for (const spec of group.weights) {
        const length = byteLengthOf(spec);
        if (wanted(spec.name))
          weights.set(spec.name, {
            shape: spec.shape,
            data: decodeWeight(spec, await shards.read(offset, length)),
            ...(spec.quantization && { quantization: spec.quantization }),
          });
        offset += length;
      }
    } finally {
      await shards.close();
    }
  }
  return weights;
}

/** Reads a whole layers model. Throws AppError invalid_model naming the file and what is wrong with it. */
export async function readLayersModel(directory: string): Promise<LayersModel> {
  const index = await readLayersIndex(directory);
  return { topology: index.topology, weights: await readWeights(index) };
}

export interface WriteOptions {
  /** How each weight is stored; as the file kept it that it was read from, or else in float32, if absent. */
  readonly storageOf?: (name: string, weight: Weight) => Storage;
  /** Notes of the writer's own, which other readers pass over. */
  readonly userDefinedMetadata?: Readonly<Record<string, unknown>>;
}

/** A layers model as the bytes of its files, by name. */
export function serialiseLayersModel(model: LayersModel, options: WriteOptions = {}): ReadonlyMap<string, Uint8Array> {
  const { storageOf, userDefinedMetadata } = options;
  const encoded = [...model.weights].map(([name, weight]) =>
    storageOf ? encodeWeight(name, weight.shape, weight.data, storageOf(name, weight)) : encodeAsRead(name, weight),
  );
  const shards = cutIntoShards(encoded.map(({ bytes }) => bytes));
  const json = {
    format: 'layers-model',
    generatedBy: 'taxon',
    convertedBy: null,
    ...(userDefinedMetadata && { userDefinedMetadata }),
    modelTopology: writeKerasTopology(model.topology),
    weightsManifest: [{ paths: [...shards.keys()], weights: encoded.map(({ spec }) => spec) }],
  };
  return new Map([[modelFileName, Buffer.from(JSON.stringify(json))], ...shards]);
}

function cutIntoShards(pieces: readonly Uint8Array[]): Map<string, Uint8Array> {
  const bytes = Buffer.concat(pieces);
  const count = Math.ceil(bytes.length / shardBytes);
  const shards = Array.from({ length: count }, (_, i): [string, Uint8Array] => [
    `group1-shard${i + 1}of${count}.bin`,
    bytes.subarray(i * shardBytes, (i + 1) * shardBytes),
  ]);
  return new Map(shards);
}

/** What was written, by file name: hashed from the bytes in memory, so that the files need not be read for it. */
export type WrittenFiles = Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;

/** Writes a layers model into an existing directory that holds none yet, flushed to the disk. */
export async function writeLayersModel(
  directory: string,
  model: LayersModel,
  options?: WriteOptions,
): Promise<WrittenFiles> {
  const written: Record<string, WrittenFiles[string]> = {};
  for (const [name, bytes] of serialiseLayersModel(model, options)) {
    await writeNewFile(join(directory, name), bytes);
    written[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  return written;
}
