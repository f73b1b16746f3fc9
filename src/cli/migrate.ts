// taxon migrate custom-vision: a project of Azure Custom Vision becomes a dataset, and a classifier that answers its clients.
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { FileResult } from '../data/datasets/importArchive.js';
import { datasetNameSchema, splitOptionsSchema } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import { classifierNameOf } from '../models/classifierNames.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { AdminClient } from './adminClient.js';
import { fetchImages, labelsOf, servingIteration, splitByMeasured } from './customVision/projectImages.js';
import { CustomVisionProject, type Iteration } from './customVision/trainingApi.js';
import {
  addAll,
  describeUpload,
  tellFailures,
  withTarget,
  withTargetOptions,
  type DatasetTarget,
  type TargetOptions,
} from './datasetTarget.js';
import { exitCodes } from './exit.js';
import {
  expectSuccess,
  followTraining,
  startTraining,
  type FollowedTraining,
  type TrainingRequest,
} from './followTraining.js';
import { examples } from './help.js';
import type { FolderImage } from './imageFolder.js';
import { printDocument, tell, type OutputOptions } from './output.js';
import { startProgress } from './progress.js';

interface MigrateOptions extends TargetOptions {
  readonly endpoint: string;
  readonly trainingKey: string;
  readonly project: string;
  readonly dataset?: string;
  readonly model?: string;
  readonly folder?: string;
  readonly train: boolean;
}

export function migrateCommand(): Command {
  const customVision = new Command('custom-vision')
    .description(
      'Bring a project of Azure Custom Vision over: its tags, tagged images and test split into a dataset, and train it. Started again, it goes on where it was.',
    )
    .addOption(
      new Option('--endpoint <url>', 'endpoint of the training resource')
        .env('VISION_TRAINING_ENDPOINT')
        .makeOptionMandatory(),
    )
    .addOption(new Option('--training-key <key>', 'its key').env('VISION_TRAINING_KEY').makeOptionMandatory())
    .requiredOption('--project <id>', 'id of the project')
    .option('-d, --dataset <name>', "dataset to add to, made when missing (default: the project's name)")
    .option(
      '-m, --model <name>',
      'classifier to train (default: the name that the iteration in use is published under, else the dataset)',
    )
    .option('--folder <path>', 'where the images are kept on the way (default: custom-vision/<id of the project>)')
    .option('--no-train', 'only fill the dataset');
  return new Command('migrate')
    .description('Bring classifiers over from other services.')
    .addCommand(
      withTargetOptions(customVision)
        .addHelpText(
          'after',
          examples(
            'taxon migrate custom-vision --endpoint https://NAME.cognitiveservices.azure.com --training-key KEY --project ID',
          ),
        )
        .action(migrate),
    );
}

async function migrate(options: MigrateOptions): Promise<void> {
  const { endpoint, trainingKey, project: projectId } = options;
  const project = new CustomVisionProject({ endpoint, trainingKey, projectId });
  const { name, type } = await project.describe();
  if (type !== 'Classification')
    throw new Error(
      `The project "${name}" is for ${type}: only projects that classify whole images can be brought over.`,
    );
  const iteration = servingIteration(await project.iterations());
  const { dataset, model } = namesOf(options, name, iteration);
  const images = await fetchSplitImages(project, iteration, options);
  const migrated = await withTarget(
    options,
    async (target, client) => {
      const results = await fill(target, dataset, images);
      say(options, describeUpload(dataset, results));
      const training = options.train && client !== undefined ? await train(client, { dataset, model }) : null;
      return { dataset, upload: sumUp(results), model, training };
    },
    { trains: options.train },
  );
  if (migrated.training !== null) {
    say(options, `${model}: version ${migrated.training.version ?? 'none'} was trained on ${dataset}`);
    const published = iteration?.publishName ?? model;
    say(options, `Clients of Custom Vision reach it under the published name ${published}: see docs/custom-vision.md.`);
  } else if (options.train) {
    const request = JSON.stringify({ dataset, model });
    say(options, `${dataset} is filled. Start the server, and train it: POST /v1/admin/retrain ${request}`);
  }
  if (options.json === true) printDocument(migrated);
}

/** As it happens: for people, on standard output where no document goes there. */
const say = ({ json }: OutputOptions, text: string): void => (json === true ? tell(text) : console.log(text));

function namesOf(
  options: MigrateOptions,
  projectName: string,
  iteration: Iteration | undefined,
): { readonly dataset: string; readonly model: string } {
  const dataset = datasetNameSchema.safeParse(options.dataset ?? classifierNameOf(projectName));
  if (!dataset.success) throw new Error('Name the dataset with --dataset: 1 to 64 of a-z 0-9 . _ -');
  const model = classifierNameSchema.safeParse(
    options.model ?? classifierNameOf(iteration?.publishName ?? dataset.data),
  );
  if (!model.success) throw new Error('Name the classifier with --model: 1 to 64 of a-z 0-9 . _ -');
  return { dataset: dataset.data, model: model.data };
}

interface SplitImages {
  readonly images: readonly FolderImage[];
  /** Whether the project says which of them are for the test. */
  readonly isSplit: boolean;
}

async function fetchSplitImages(
  project: CustomVisionProject,
  iteration: Iteration | undefined,
  options: MigrateOptions,
): Promise<SplitImages> {
  const labels = labelsOf(await project.tags());
  const folder = options.folder ?? join('custom-vision', options.project);
  const progress = startProgress('Fetching');
  const fetching = fetchImages(project, folder, labels, (count) => progress.update(0, `${count} images`));
  const { images, severalTags, present } = await fetching.finally(() => progress.stop());
  say(options, `${folder}: ${images.length} images, ${present} of them there before`);
  if (severalTags > 0)
    tell(`${severalTags} images have several tags and are left out: a classifier has one class for each.`);
  if (images.length === 0) throw new Error('The project has no images with one tag.');
  const measured = iteration === undefined ? new Set<string>() : await project.measuredImages(iteration.id);
  const split = splitByMeasured(images, measured);
  return { images: split ?? images, isSplit: split !== undefined };
}

/** Where the project has a test split, no further images are drawn for it. */
async function fill(target: DatasetTarget, dataset: string, { images, isSplit }: SplitImages): Promise<FileResult[]> {
  await target.prepare(dataset, isSplit ? splitOptionsSchema.parse({ testShare: 0 }) : undefined);
  const results = await addAll(target, dataset, images);
  if (tellFailures(results)) process.exitCode = exitCodes.failed;
  return results;
}

/** Throws when the training does not succeed. */
const train = async (client: AdminClient, request: TrainingRequest): Promise<FollowedTraining> =>
  expectSuccess(await followTraining(client, await startTraining(client, request)));
