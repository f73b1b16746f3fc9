// Backbones on other machines, by the Open Inference Protocol, behind the Engine contract. Heads are computed here.
import { AppError } from '../../errors.js';
import {
  loadedIdOf,
  type BackboneArtifact,
  type EmbeddingBatch,
  type Engine,
  type EngineBatch,
  type EngineInfo,
  type EngineNotices,
  type EngineOptions,
  type EngineOutput,
  type HeadArtifact,
} from '../engine.js';
import { findLoaded, precisionOf } from '../loaded.js';
import { createOnnxEngine } from '../onnx.js';
import { OnnxHeads } from '../onnxHeads.js';
import { EndpointPool } from './pool.js';
import { prepare } from './selfCheck.js';

/** Throws AppError engine_unavailable, with what each endpoint said, when none answers. */
export async function createRemoteEngine(options: EngineOptions, notices: EngineNotices): Promise<Engine> {
  const { remote, device } = options;
  if (remote === undefined || remote.endpoints.length === 0)
    throw new AppError('engine_unavailable', 'REMOTE_ENDPOINTS names no server that runs the backbones');
  if (device !== 'remote')
    throw new AppError(
      'engine_unavailable',
      `the remote engine has no device "${device}" to choose, its endpoints have; leave DEVICE out`,
    );
  const pool = new EndpointPool(remote, notices);
  try {
    const servers = await pool.describeServers();
    // What its own files give, for the comparison with what is served.
    const local = await createOnnxEngine({ ...options, engine: 'onnx', device: 'cpu', warmupBatchSizes: [] });
    return new RemoteEngine(pool, local, describe(servers, local.info, options), remote.imagesPerRequest);
  } catch (error) {
    await pool.close();
    throw error;
  }
}

class RemoteEngine implements Engine {
  readonly #backbones = new Map<string, BackboneArtifact>();
  readonly #heads = new OnnxHeads();

  constructor(
    private readonly pool: EndpointPool,
    private readonly local: Engine,
    readonly info: EngineInfo,
    private readonly imagesPerRequest: number,
  ) {}

  get outage(): string | undefined {
    return this.pool.outage;
  }

  async loadBackbone(artifact: BackboneArtifact): Promise<void> {
    const id = loadedIdOf(artifact);
    if (this.#backbones.has(id)) return;
    precisionOf(artifact, this.info);
    await this.pool.load(await prepare(artifact, this.local, this.imagesPerRequest));
    this.#backbones.set(id, artifact);
  }

  async unloadBackbone(id: string): Promise<void> {
    if (this.#backbones.delete(id)) this.pool.unload(id);
  }

  async loadHead(head: HeadArtifact): Promise<void> {
    await this.#heads.load(head, findLoaded(this.#backbones, head.backboneId, 'backbone').embeddingSize);
  }

  unloadHead(id: string): Promise<void> {
    return this.#heads.unload(id);
  }

  async run({ backboneId, pixels, count, headIds }: EngineBatch): Promise<EngineOutput> {
    const startedAt = performance.now();
    const embeddings = await this.pool.run(backboneId, pixels, count);
    const embeddedAt = performance.now();
    const logits = await this.#heads.apply({ embeddings, count, headIds });
    const endedAt = performance.now();
    return { embeddings, logits, inferenceMs: endedAt - startedAt, headMs: endedAt - embeddedAt };
  }

  runHeads(batch: EmbeddingBatch): Promise<ReadonlyMap<string, Float32Array>> {
    return this.#heads.apply(batch);
  }

  async close(): Promise<void> {
    await this.pool.close();
    await this.#heads.close();
    await this.local.close();
    this.#backbones.clear();
  }
}

function describe(
  servers: ReadonlyArray<{ readonly name: string; readonly version: string; readonly address: string }>,
  { libraries }: EngineInfo,
  { threads, remote }: EngineOptions,
): EngineInfo {
  const versions = servers.map(({ name, version }) => [name === '' ? 'server' : name, version] as const);
  return {
    engine: 'remote',
    device: 'remote',
    deviceName: `${remote!.endpoints.length === 1 ? '1 endpoint' : `${remote!.endpoints.length} endpoints`} (${[...new Set(versions.map(([name, version]) => `${name} ${version}`))].join(', ')})`,
    libraries: { ...libraries, ...Object.fromEntries(versions) },
    threads,
    // Which numbers a server computes with is its own business, as long as they pass the comparison with fp32.
    precisions: ['fp32'],
  };
}
