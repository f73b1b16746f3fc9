// The fitted head of a training that has not been published yet: DATA_DIR/trainings/<id>/head, whole or not there.
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readLayersModel, writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';

export class WorkFiles {
  readonly #directory: string;

  constructor(dataDir: string, trainingId: string) {
    this.#directory = join(dataDir, 'trainings', trainingId);
  }

  async saveHead(model: LayersModel): Promise<void> {
    const temporary = join(this.#directory, 'head.unfinished');
    await rm(this.#directory, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await writeLayersModel(temporary, model);
    await rename(temporary, join(this.#directory, 'head'));
  }

  /** Undefined when no whole head is there. */
  async readHead(): Promise<LayersModel | undefined> {
    return readLayersModel(join(this.#directory, 'head')).catch(() => undefined);
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
