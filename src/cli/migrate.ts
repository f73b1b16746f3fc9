// taxon migrate custom-vision: a project of Azure Custom Vision becomes a dataset, and a classifier that answers its clients.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { datasetNameSchema, splitOptionsSchema } from '../data/datasets/schemas.js';
import { classifierNameOf } from '../models/classifierNames.js';
import { classifierNameSchema } from '../models/manifest.js';
import { AdminClient, JsonBody } from './adminClient.js';
import { fetchImages, labelsOf, servingIteration, splitByMeasured } from './customVision/projectImages.js';
import { CustomVisionProject, type Iteration } from './customVision/trainingApi.js';
import { addAll, openTarget, report, withTargetOptions, type TargetOptions } from './datasetTarget.js';
import type { FolderImage } from './imageFolder.js';

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
    .addCommand(withTargetOptions(customVision).action(migrate));
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
  await fillDataset(project, iteration, dataset, options);
  if (!options.train) return;
  if (options.direct === true) {
    console.log(
      `${dataset} is filled. Start the server, and train it: POST /v1/admin/retrain {"dataset":"${dataset}","model":"${model}"}`,
    );
    return;
  }
  await train(new AdminClient({ url: options.url, key: options.key }), dataset, model);
  console.log(
    `Clients of Custom Vision reach it under the published name ${iteration?.publishName ?? model}: see docs/custom-vision.md.`,
  );
}

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

async function fillDataset(
  project: CustomVisionProject,
  iteration: Iteration | undefined,
  dataset: string,
  options: MigrateOptions,
): Promise<void> {
  const labels = labelsOf(await project.tags());
  const folder = options.folder ?? join('custom-vision', options.project);
  const { images, severalTags, present } = await fetchImages(project, folder, labels, (count) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${count} images fetched`);
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  console.log(`${folder}: ${images.length} images, ${present} of them there before`);
  if (severalTags > 0)
    console.error(`${severalTags} images have several tags and are left out: a classifier has one class for each.`);
  if (images.length === 0) throw new Error('The project has no images with one tag.');
  const measured = iteration === undefined ? new Set<string>() : await project.measuredImages(iteration.id);
  await addToDataset(dataset, images, splitByMeasured(images, measured), options);
}

/** Where the project has a test split, no further images are drawn for it. */
async function addToDataset(
  dataset: string,
  images: readonly FolderImage[],
  split: readonly FolderImage[] | undefined,
  options: TargetOptions,
): Promise<void> {
  const target = await openTarget(options);
  try {
    await target.prepare(dataset, split && splitOptionsSchema.parse({ testShare: 0 }));
    report(dataset, await addAll(target, dataset, split ?? images));
  } finally {
    await target.close();
  }
}

const trainingSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  stage: z.string().nullable(),
  version: z.number().nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
});

const askEveryMs = 1_000;

/** Throws when the training does not succeed. */
async function train(client: AdminClient, dataset: string, model: string): Promise<void> {
  const request = new JsonBody({ dataset, model });
  let training = await client.call(trainingSchema, 'POST', '/v1/admin/retrain', () => request);
  while (training.state === 'queued' || training.state === 'running') {
    if (process.stderr.isTTY) process.stderr.write(`\r${training.stage ?? training.state}          `);
    await delay(askEveryMs);
    training = await client.call(trainingSchema, 'GET', `/v1/admin/trainings/${training.id}`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (training.state !== 'succeeded')
    throw new Error(
      `The training ${training.id} ${training.state}: ${training.error?.detail ?? 'no reason was given'}`,
    );
  console.log(`${model}: version ${training.version ?? 'none'} was trained on ${dataset}`);
}
