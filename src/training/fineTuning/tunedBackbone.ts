// A fine-tuned backbone becomes one that is kept like any other.
import { installBackbone } from '../../models/backbones.js';
import { writeBackboneRecord } from '../../models/backboneRecord.js';
import { listModelFiles } from '../../models/listedFiles.js';
import type { Manifest } from '../../models/manifest.js';
import type { ModelsDirs } from '../../models/modelsDirs.js';
import type { Tuned } from './task.js';

/** Keeps the layers model in `directory` as backbone `backboneId` of `dirs.own`. Throws AppError invalid_model. */
export async function keepTunedBackbone(
  dirs: ModelsDirs,
  directory: string,
  { backboneId, files }: Pick<Tuned, 'backboneId' | 'files'>,
  { backbone, preprocessing }: Pick<Manifest, 'backbone' | 'preprocessing'>,
): Promise<void> {
  await writeBackboneRecord(directory, {
    format: 'taxon-backbone/1',
    kind: 'layers',
    ...backbone,
    id: backboneId,
    preprocessing,
    files: await listModelFiles(directory, files),
  });
  await installBackbone(dirs, backboneId, directory);
}
