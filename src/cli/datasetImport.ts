// taxon datasets import DIR: a folder of images into a dataset, through a running server or straight into its data directory.
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { datasetNameSchema } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import {
  addAll,
  describeUpload,
  multiLabelOption,
  optionsFor,
  taskOf,
  tellFailures,
  withTarget,
  withTargetOptions,
  type TargetOptions,
} from './datasetTarget.js';
import { exitCodes } from './exit.js';
import { withAttributions } from './folderAttributions.js';
import { examples } from './help.js';
import { listImages } from './imageFolder.js';
import { show } from './output.js';

interface ImportOptions extends TargetOptions {
  readonly dataset?: string;
  readonly multiLabel?: boolean;
}

export const datasetImportCommand = (): Command =>
  withTargetOptions(
    new Command('import')
      .description(
        'Add a folder of images: class folders, or train, validation and test folders with class folders in them; attribution.csv says who made them.',
      )
      .argument('<folder>', 'folder of the images')
      .option('-d, --dataset <name>', "dataset to add to, made when missing (default: the folder's name)")
      .option(...multiLabelOption),
  )
    .addHelpText(
      'after',
      examples(
        'taxon datasets import ./photos',
        'taxon datasets import ./photos --dataset flowers --json',
        'taxon datasets import ./scenes --multi-label',
      ),
    )
    .action(importFolder);

async function importFolder(folder: string, options: ImportOptions): Promise<void> {
  const dataset = datasetNameSchema.parse(options.dataset ?? basename(resolve(folder)).toLowerCase());
  const task = taskOf(options);
  const images = await withAttributions(folder, await listImages(folder, task));
  if (images.length === 0) throw new Error(`There are no images in class folders in ${folder}.`);
  const results = await withTarget(options, async (target) => {
    await target.prepare(dataset, optionsFor(task));
    return addAll(target, dataset, images);
  });
  if (tellFailures(results)) process.exitCode = exitCodes.failed;
  show(options, { dataset, ...sumUp(results) }, () => describeUpload(dataset, results));
}
