// taxon teach NAME LABEL IMAGE…: a class from a few images, which the classifier knows at the next request.
import { Command } from 'commander';
import { z } from 'zod';
import { labelSchema } from '../data/datasets/schemas.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { AdminClient } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { exitCodes } from './exit.js';
import { examples } from './help.js';
import { findImages, type NamedImage } from './imageArguments.js';
import { show, tableOf, tell } from './output.js';

const lessonSchema = z.object({
  model: z.string(),
  dataset: z.string(),
  version: z.number().nullable(),
  taught: z.number(),
  classes: z.array(z.object({ label: z.string(), images: z.number(), taught: z.number() })),
});
const answerSchema = z.object({
  added: z.number(),
  duplicates: z.number(),
  failed: z.number(),
  results: z.array(
    z.object({ filename: z.string(), error: z.object({ code: z.string(), detail: z.string() }).optional() }),
  ),
  lesson: lessonSchema,
});
type Answer = z.infer<typeof answerSchema>;

const imagesPerCall = 16;

export const teachCommand = (): Command =>
  withConnectionOptions(
    new Command('teach')
      .description(
        'Teach a classifier a class from some images; it knows the class at once. A new name makes a new one.',
      )
      .argument('<name>', 'classifier')
      .argument('<label>', 'class that the images show')
      .argument('<images...>', 'files, folders, patterns in quotes, or - for standard input'),
  )
    .addHelpText('after', examples('taxon teach mugs red red1.jpg red2.jpg', 'taxon teach mugs blue ./blue --json'))
    .action(teach);

async function teach(name: string, label: string, args: readonly string[], options: ConnectionOptions): Promise<void> {
  const [model, images] = [classifierNameSchema.parse(name), await findImages(args)];
  const answers = await withConnection(options, ({ client }) =>
    teachAll(client, model, labelSchema.parse(label), images),
  );
  const sum = (count: (answer: Answer) => number): number => answers.reduce((total, one) => total + count(one), 0);
  const totals = {
    added: sum(({ added }) => added),
    duplicates: sum(({ duplicates }) => duplicates),
    failed: sum(({ failed }) => failed),
  };
  for (const { filename, error } of answers.flatMap(({ results }) => results))
    if (error !== undefined) tell(`${filename}: ${error.code}: ${error.detail}`);
  if (totals.failed > 0) process.exitCode = exitCodes.failed;
  const { lesson } = answers.at(-1)!;
  show(options, { ...totals, lesson }, () =>
    [
      `${model}: ${totals.added} of ${label} learnt, ${totals.duplicates} known already, ${totals.failed} failed`,
      '',
      tableOf(
        [{ title: 'CLASS' }, { title: 'IMAGES', align: 'right' }, { title: 'SINCE TRAINING', align: 'right' }],
        lesson.classes.map((one) => [one.label, String(one.images), String(one.taught)]),
      ),
    ].join('\n'),
  );
}

async function teachAll(
  client: AdminClient,
  model: string,
  label: string,
  images: readonly NamedImage[],
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < images.length; start += imagesPerCall)
    answers.push(
      await client.call(answerSchema, 'POST', `/v1/models/${model}/teach`, () =>
        formOf(label, images.slice(start, start + imagesPerCall)),
      ),
    );
  return answers;
}

async function formOf(label: string, images: readonly NamedImage[]): Promise<FormData> {
  const form = new FormData();
  form.append('label', label);
  for (const image of images) form.append('image', await image.open(), image.name);
  return form;
}
