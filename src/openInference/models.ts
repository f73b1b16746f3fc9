// What the Open Inference Protocol says of classifiers: metadata, Triton's configuration and statistics, and the repository's index.
import { basename, dirname } from 'node:path';
import type { Manifest } from '../models/manifest.js';
import type { VersionRef } from '../models/versionRef.js';
import type { InferenceStatistics, Sum } from '../serving/inferenceStatistics.js';
import type { ClassifierRegistry } from '../serving/registry.js';

const platform = 'taxon_classifier';

/** By the protocol's names, as the rest of this file. */
export function metadataOf(registry: ClassifierRegistry, model: string, version?: VersionRef) {
  const { name, labels } = registry.version(model, version).manifest;
  return {
    name,
    versions: registry.describe(name).versions.map(({ manifest }) => String(manifest.version)),
    platform,
    inputs: [{ name: 'image', datatype: 'BYTES', shape: [-1] }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, labels.length] },
      { name: 'label', datatype: 'BYTES', shape: [-1] },
    ],
    labels: [...labels],
  };
}

/** Triton's ModelConfig, of which that is left out which has no meaning here. `dims` are those of one image. */
export function configOf({ name, labels, preprocessing }: Manifest, maxImages: number) {
  const { height, width } = preprocessing;
  return {
    name,
    platform,
    backend: 'taxon',
    version_policy: { all: {} },
    max_batch_size: maxImages,
    input: [{ name: 'image', data_type: 'TYPE_STRING', format: 'FORMAT_NONE', dims: [1] }],
    output: [
      { name: 'probabilities', data_type: 'TYPE_FP32', dims: [labels.length], label_filename: '' },
      { name: 'label', data_type: 'TYPE_STRING', dims: [1], label_filename: '' },
    ],
    dynamic_batching: {},
    parameters: {
      pixels: { string_value: `UINT8 or FP32, 0 to 255, RGB, [-1, ${height}, ${width}, 3], as "image"` },
    },
  };
}

const duration = ({ count, ms }: Sum) => ({ count, ns: Math.round(ms * 1e6) });
const nothing = { count: 0, ns: 0 };

/** One version. `compute_output` is not measured. */
export function statisticsOf({ name, version }: Manifest, statistics: InferenceStatistics) {
  const of = statistics.of({ name, version });
  const batches = [...of.batches].sort(([a], [b]) => a - b);
  return {
    name,
    version: String(version),
    last_inference: of.lastInferenceAt,
    inference_count: of.inferences,
    execution_count: of.executions,
    inference_stats: {
      success: duration(of.success),
      fail: duration(of.fail),
      queue: duration(of.queue),
      compute_input: duration(of.decode),
      compute_infer: duration(of.inference),
      compute_output: nothing,
      cache_hit: nothing,
      cache_miss: nothing,
    },
    batch_stats: batches.map(([size, sum]) => ({
      batch_size: size,
      compute_input: nothing,
      compute_infer: duration(sum),
      compute_output: nothing,
    })),
    memory_usage: [],
    response_stats: {},
  };
}

/** Of the version `version` of `model`; of all its versions; of all classifiers. */
export function allStatisticsOf(
  registry: ClassifierRegistry,
  statistics: InferenceStatistics,
  { model, version }: { readonly model?: string | undefined; readonly version?: VersionRef | undefined },
) {
  const states = model === undefined ? registry.list() : [registry.describe(model)];
  const found =
    model !== undefined && version !== undefined
      ? [registry.version(model, version)]
      : states.flatMap(({ versions }) => versions);
  return { model_stats: found.map(({ manifest }) => statisticsOf(manifest, statistics)) };
}

export interface IndexedVersion {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'UNAVAILABLE';
  readonly reason: string;
}

/** Every version that is there. Those that are not active are READY too: they are loaded when they are asked for. */
export function indexOf(
  registry: ClassifierRegistry,
  { onlyReady }: { readonly onlyReady: boolean },
): IndexedVersion[] {
  const ready = registry
    .list()
    .flatMap(({ name, versions }) => versions.map(({ manifest }) => indexed(name, manifest.version, '')));
  if (onlyReady) return ready;
  const unloaded = [...registry.unloaded].flatMap(([name, versions]) =>
    [...versions].map((version) => indexed(name, version, 'unloaded')),
  );
  const refused = registry.refused.map(({ directory, reason }) =>
    indexed(basename(dirname(directory)), basename(directory), reason),
  );
  return [...ready, ...unloaded, ...refused];
}

const indexed = (name: string, version: number | string, reason: string): IndexedVersion => ({
  name,
  version: String(version),
  state: reason === '' ? 'READY' : 'UNAVAILABLE',
  reason,
});
