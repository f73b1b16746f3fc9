// Fitted heads of a training that has not been published yet: DATA_DIR/trainings/<id>/<name>, each whole or not there.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { moveDirectory, withUnfinished } from '../durableFiles.js';
import { readLayersModel, writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';

export class WorkFiles {
  readonly #directory: string;

  constructor(dataDir: string, trainingId: string) {
    this.#directory = join(dataDir, 'trainings', trainingId);
  }

  /** A path among them, for files that their writer looks after. */
  pathOf(name: string): string {
    return join(this.#directory, name);
  }

  /** `name` must be new: another process that was taken for dead may still write its own. */
  async saveHead(name: string, model: LayersModel): Promise<void> {
    await withUnfinished(this.#directory, async (temporary) => {
      await mkdir(temporary, { recursive: true });
      await writeLayersModel(temporary, model);
      await moveDirectory(temporary, join(this.#directory, name));
    });
  }

  /** Undefined when no whole head of that name is there. */
  async readHead(name: string): Promise<LayersModel | undefined> {
    return readLayersModel(join(this.#directory, name)).catch(() => undefined);
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
