// taxon evaluate NAME FOLDER: how often a classifier is right on labelled images that it was not trained on.
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import type { AdminClient } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { exitCodes, UsageError } from './exit.js';
import { examples } from './help.js';
import { imageFile } from './imageArguments.js';
import { callWithImages, tellErrors, type ImageResult, type ModelRef } from './imageCalls.js';
import { listImages, type FolderImage } from './imageFolder.js';
import { labelsOfText } from '../labelText.js';
import { evaluateLabelled, type Judged, type LabelledEvaluation } from './labelledEvaluation.js';
import { describeSetEvaluation, evaluateLabelSets, type SetEvaluation } from './labelSetEvaluation.js';
import { factsOf, percent, show, styled, tableOf, tell } from './output.js';

interface EvaluateOptions extends ConnectionOptions {
  readonly version?: string;
}

export const evaluateCommand = (): Command =>
  withConnectionOptions(
    new Command('evaluate')
      .description('Count how often a classifier is right on labelled images, by class, and what it mistakes for what.')
      .argument('<name>', 'the classifier')
      .argument('<folder>', 'class folders; of train and test folders with class folders in them, test alone counts')
      .option('--version <version>', 'version, by number or alias (default: the active one)'),
  )
    .addHelpText('after', examples('taxon evaluate flowers ./test', 'taxon evaluate flowers ./test --version 2 --json'))
    .action(evaluate);

/** What was evaluated on what, with what could not be. */
type Report = (LabelledEvaluation | SetEvaluation) & Evaluated;

interface Evaluated {
  readonly model: ModelRef;
  readonly folder: string;
  /** Images that could not be classified. */
  readonly failed: readonly ImageResult[];
  /** Class folders that the classifier has no class for. */
  readonly unknownClasses: ReadonlyArray<{ readonly label: string; readonly images: number }>;
}

async function evaluate(name: string, folder: string, options: EvaluateOptions): Promise<void> {
  const report = await withConnection(options, ({ client }) => judge(client, name, folder, options));
  if (tellErrors(report.failed)) process.exitCode = exitCodes.failed;
  for (const { label, images: count } of report.unknownClasses)
    tell(`${label}: the classifier has no class of this name; images left out: ${count}`);
  show(options, report, () => describe(report));
}

/** Those that a training on the same folder holds out, where the folder says which. */
function testImages(images: readonly FolderImage[], folder: string): readonly FolderImage[] {
  if (images.length === 0) throw new UsageError(`There are no images in class folders in ${folder}.`);
  const test = images.filter(({ split }) => split === 'test');
  return test.length > 0 ? test : images;
}

const labelsSchema = z.object({
  activeVersion: z.int(),
  labels: z.array(z.string()),
  task: z.enum(['single-label', 'multi-label']),
});

async function judge(client: AdminClient, name: string, folder: string, { version }: EvaluateOptions): Promise<Report> {
  const path = `/v1/models/${encodeURIComponent(name)}`;
  const { labels, task } =
    version === undefined
      ? await client.call(labelsSchema, 'GET', path)
      : await client.call(
          labelsSchema.omit({ activeVersion: true }),
          'GET',
          `${path}/versions/${encodeURIComponent(version)}`,
        );
  const images = testImages(await listImages(folder, task), folder).map((image) => ({
    ...image,
    labels: task === 'multi-label' ? labelsOfText(image.label) : [image.label],
  }));
  // An image without any label of the classifier's is one that it should say nothing of.
  const known = images.filter((one) => task === 'multi-label' || labels.includes(one.label));
  if (known.length === 0)
    throw new UsageError(`No class folder of ${folder} is a class of ${name}, which has: ${labels.join(', ')}.`);
  const files = await Promise.all(
    known.map(async (image) => imageFile(image.path, (await stat(image.path)).size, image.name)),
  );
  const topK = task === 'multi-label' ? labels.length : undefined;
  const call = { path: '/v1/classify', title: 'Evaluating', model: name, version, topK } as const;
  const { model, results } = await callWithImages(client, call, files);
  const judged = results.flatMap(({ filename, predictions }, i): Judged[] =>
    predictions === undefined ? [] : [{ filename, label: known[i]!.label, predictions }],
  );
  const evaluateAll = (): LabelledEvaluation | SetEvaluation => {
    if (task === 'single-label') return evaluateLabelled(judged, labels);
    const sets = results.flatMap(({ predictions, labels: said = [] }, i) =>
      predictions === undefined ? [] : [{ truth: known[i]!.labels, said, predictions }],
    );
    return evaluateLabelSets(sets, labels);
  };
  if (model === undefined) throw new Error(`None of the ${results.length} images of ${folder} can be classified.`);
  return {
    model,
    folder,
    ...evaluateAll(),
    failed: results.filter(({ error }) => error !== undefined),
    unknownClasses: countUnknown(images, labels),
  };
}

function countUnknown(
  images: ReadonlyArray<{ readonly labels: readonly string[] }>,
  labels: readonly string[],
): Report['unknownClasses'] {
  const counts = new Map<string, number>();
  for (const label of images.flatMap((image) => image.labels))
    if (!labels.includes(label)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, count]) => ({ label, images: count }));
}

const confusionsShown = 10;

function describe(report: Report): string {
  const { model } = report;
  if ('meanAveragePrecision' in report) return describeSetEvaluation(`${model.name} version ${model.version}`, report);
  const { images, accuracy, accuracyInterval, top5, macroF1, classes, confusions } = report;
  const facts = factsOf([
    ['classifier', `${model.name} version ${model.version}`],
    ['accuracy', styled('bold', percent(accuracy))],
    ['95 % interval', `${percent(accuracyInterval.low)} to ${percent(accuracyInterval.high)}`],
    ['among the first 5', percent(top5)],
    ['macro F1', macroF1.toFixed(3)],
    ['images', String(images)],
  ]);
  const right = { align: 'right' } as const;
  const byClass = tableOf(
    [
      { title: 'CLASS' },
      { title: 'PRECISION', ...right },
      { title: 'RECALL', ...right },
      { title: 'F1', ...right },
      { title: 'IMAGES', ...right },
    ],
    classes.map(({ label, precision, recall, f1, support }) => [
      label,
      percent(precision),
      percent(recall),
      f1.toFixed(3),
      String(support),
    ]),
  );
  const mistakes = tableOf(
    [{ title: 'CLASS' }, { title: 'TAKEN FOR' }, { title: 'IMAGES', ...right }, { title: 'SUCH AS' }],
    confusions
      .slice(0, confusionsShown)
      .map(({ label, predicted, count, images: [first] }) => [label, predicted, String(count), first!]),
  );
  return [facts, byClass, ...(confusions.length > 0 ? [mistakes] : [])].join('\n\n');
}
