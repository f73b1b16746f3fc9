// The backbones that the engine holds, each in the precisions that somebody uses it in: loaded for the first user, unloaded after the last.
import { loadedIdOf, type BackboneArtifact, type Engine } from '../engines/engine.js';

/** Gives a backbone back. Idempotent. */
export type ReleaseBackbone = () => Promise<void>;

export class LoadedBackbones {
  /** Users by loaded id. */
  readonly #users = new Map<string, number>();

  constructor(private readonly engine: Pick<Engine, 'loadBackbone' | 'unloadBackbone'>) {}

  /** Keeps the backbone loaded until the function that it gives is called. Throws what the engine throws. */
  async hold(artifact: BackboneArtifact): Promise<ReleaseBackbone> {
    const id = loadedIdOf(artifact);
    this.#users.set(id, (this.#users.get(id) ?? 0) + 1);
    let isHeld = true;
    const release = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      const others = this.#users.get(id)! - 1;
      if (others > 0) return void this.#users.set(id, others);
      this.#users.delete(id);
      await this.engine.unloadBackbone(id);
    };
    try {
      await this.engine.loadBackbone(artifact);
    } catch (error) {
      await release().catch(() => undefined);
      throw error;
    }
    return release;
  }
}
