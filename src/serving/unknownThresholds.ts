// Above which novelty a version calls an image unknown, where a request does not say: kept in the database, and followed by every process.
import type { Classifiers } from '../data/classifiers/classifiers.js';
import { defaultUnknownAbove } from '../models/novelty.js';
import type { ClassifierRegistry } from './registry.js';

export interface UnknownThresholdDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
}

export class UnknownThresholds {
  /** By classifier and version; those that were never set are missing. */
  #all: ReadonlyMap<string, ReadonlyMap<number, number>> = new Map();

  constructor(private readonly deps: UnknownThresholdDeps) {}

  /** Takes note of what the database says. */
  async follow(): Promise<void> {
    this.#all = await this.deps.classifiers.unknownThresholds();
  }

  /** 0 to 1, of any version. */
  readonly of = (name: string, version: number): number => this.#all.get(name)?.get(version) ?? defaultUnknownAbove;

  /** null: as it is for versions of which nobody has said anything. Throws AppError unknown_model, unknown_version. */
  set(name: string, version: number, unknownAbove: number | null): Promise<void> {
    const { registry, classifiers } = this.deps;
    return registry.whileUnchanged(async () => {
      registry.version(name, version);
      const own = await classifiers.setUnknownAbove(name, version, unknownAbove);
      this.#all = new Map([...this.#all, [name, own]]);
    });
  }
}
