// Feature maps of images: the backbone once more, up to its pooling, loaded when one is first asked for and let go when none is wanted.
import { loadedIdOf } from '../../engines/engine.js';
import { hasFeatureMap } from '../../models/modelParts.js';
import type { Batcher } from '../batcher.js';
import type { ReleaseBackbone } from '../loadedBackbones.js';
import type { StoredVersion } from '../loadedVersions.js';
import type { ClassifierRegistry } from '../registry.js';
import { unlessAborted } from '../unlessAborted.js';

export interface FeatureMapsDeps {
  readonly registry: Pick<ClassifierRegistry, 'holdFeatureMap'>;
  readonly batcher: Pick<Batcher, 'submit'>;
  /** A backbone that is not used for so long is let go; default: a minute. */
  readonly idleMs?: number;
}

interface Held {
  readonly loading: Promise<ReleaseBackbone>;
  users: number;
  idle?: NodeJS.Timeout;
}

/** As many backbones are kept when nobody uses them: each takes as much memory as the one that answers. */
const maxIdle = 1;

export class FeatureMaps {
  /** By backbone, least recently used first. */
  readonly #held = new Map<string, Held>();
  readonly #kinds = new Map<string, Promise<boolean>>();

  constructor(private readonly deps: FeatureMapsDeps) {}

  /**
   * Whether the embedding of this version is the average of a square feature map that the engines can give: layers and ONNX graphs that
   * end in average pooling, on square images, so that the number of its cells tells its sides.
   */
  has({ manifest: { backbone, preprocessing }, backboneDirectory }: StoredVersion): Promise<boolean> {
    if (preprocessing.width !== preprocessing.height) return Promise.resolve(false);
    const known = this.#kinds.get(backbone.id);
    if (known !== undefined) return known;
    const reading = hasFeatureMap(backboneDirectory);
    this.#kinds.set(backbone.id, reading);
    reading.catch(() => this.#kinds.delete(backbone.id));
    return reading;
  }

  /** [side, side, embeddingSize] of one input, uint8 RGB [height, width, 3]. Throws what the engine throws, and the signal's reason. */
  async of(version: StoredVersion, pixels: Uint8Array, signal: AbortSignal): Promise<Float32Array> {
    const { id } = version.manifest.backbone;
    const held = this.#held.get(id) ?? this.#load(version);
    this.#use(id, held);
    try {
      await unlessAborted(held.loading, signal);
      const backboneId = loadedIdOf({ id, output: 'featureMap' });
      const { embedding } = await this.deps.batcher.submit({
        backboneId,
        pixels,
        headIds: [],
        priority: 'request',
        signal,
      });
      return embedding;
    } finally {
      this.#leave(id, held);
    }
  }

  #load(version: StoredVersion): Held {
    const { id } = version.manifest.backbone;
    const held: Held = { loading: this.deps.registry.holdFeatureMap(version), users: 0 };
    this.#held.set(id, held);
    held.loading.catch(() => this.#held.delete(id));
    return held;
  }

  #use(id: string, held: Held): void {
    held.users += 1;
    clearTimeout(held.idle);
    this.#held.delete(id);
    this.#held.set(id, held);
  }

  #leave(id: string, held: Held): void {
    held.users -= 1;
    if (held.users > 0) return;
    held.idle = setTimeout(() => this.#letGo(id, held), this.deps.idleMs ?? 60_000).unref();
    const idle = [...this.#held].filter(([, { users }]) => users === 0);
    for (const [other, its] of idle.slice(0, Math.max(0, idle.length - maxIdle))) this.#letGo(other, its);
  }

  #letGo(id: string, held: Held): void {
    clearTimeout(held.idle);
    if (this.#held.get(id) === held) this.#held.delete(id);
    // One that could not be loaded is not held; an engine that has stopped holds nothing.
    void held.loading.then((release) => release()).catch(() => undefined);
  }
}
