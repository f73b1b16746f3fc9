// A version's model card in Markdown, for people: what it tells apart, how well, and where it comes from. Nothing but its own facts.
import type { TrainingOrigin } from '../data/trainings/trainings.js';
import type { Manifest } from '../models/manifest.js';
import { isMultiLabel } from '../models/versionAnswer.js';
import type { MultiLabelFigures } from '../training/multiLabel/multiLabelFigures.js';
import { presentVersionMetrics, type VersionMetrics } from './versionMetrics.js';

/** A matrix of more classes is no help to a reader of text. */
const largestMatrix = 25;

/** `training`: when and on what it was trained, where that is known here. */
export function writeModelCard(manifest: Manifest, training: TrainingOrigin | undefined): string {
  const { name, version, labels, license } = manifest;
  const metrics = presentVersionMetrics(manifest.metrics, undefined);
  const sections = [
    [`# ${plain(name)}, version ${version}`],
    [`${describeTask(manifest)}: ${labels.map(plain).join(', ')}. License: ${plain(license)}.`],
    ...(metrics.multiLabel ? describeMultiLabel(metrics.multiLabel, metrics.evaluatedOn) : [describeFigures(metrics)]),
    describeClasses(metrics),
    describeConfusion(metrics, labels),
    describeCalibration(metrics, manifest.temperature),
    describeOrigin(manifest, training),
    describeFiles(manifest),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Names come from users: what Markdown would read as its own is escaped. */
const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>#|~]/g, '\\$&');

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const range = (interval: { low: number; high: number } | undefined): string =>
  interval === undefined ? '' : ` (${(100 * interval.low).toFixed(1)} to ${percent(interval.high)})`;

const table = (heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

function describeFigures({ accuracy, accuracyInterval, top5, macroF1, images, evaluatedOn }: VersionMetrics): string[] {
  if (accuracy === undefined) return ['## Figures', '', 'None are known: it was not measured here.'];
  const where = evaluatedOn === undefined ? 'images that it did not learn from' : `images of the ${evaluatedOn} split`;
  const rows = [
    ['Accuracy', `${percent(accuracy)}${range(accuracyInterval)}`],
    ...(top5 === undefined ? [] : [['Among the five most probable', percent(top5)]]),
    ...(macroF1 === undefined ? [] : [['Macro F1', macroF1.toFixed(3)]]),
  ];
  return [
    '## Figures',
    '',
    `Of ${images ?? 'an unknown number of'} ${where}; 95 % intervals in brackets.`,
    '',
    ...table(['Figure', 'Value'], rows),
  ];
}

const describeTask = (manifest: Manifest): string =>
  isMultiLabel(manifest)
    ? `Says which of ${manifest.labels.length} classes an image has, any number of them`
    : `Tells ${manifest.labels.length} classes apart`;

function describeMultiLabel(figures: MultiLabelFigures, evaluatedOn: VersionMetrics['evaluatedOn']): string[][] {
  const rows = [
    [
      'Mean average precision',
      `${percent(figures.meanAveragePrecision)}${range(figures.meanAveragePrecisionInterval)}`,
    ],
    ['All labels right, none too many', `${percent(figures.exactMatch)}${range(figures.exactMatchInterval)}`],
    ['Micro F1', figures.microF1.toFixed(3)],
    ['Macro F1', figures.macroF1.toFixed(3)],
  ];
  const classes = figures.classes.map(({ label, averagePrecision, precision, recall, f1, threshold, support }) => [
    plain(label),
    averagePrecision === null ? 'none has it' : percent(averagePrecision),
    percent(precision),
    percent(recall),
    f1.toFixed(2),
    threshold.toFixed(2),
    String(support),
  ]);
  const where = evaluatedOn === undefined ? 'images that it did not learn from' : `images of the ${evaluatedOn} split`;
  return [
    [
      '## Figures',
      '',
      `Of ${figures.images} ${where}; 95 % intervals in brackets.`,
      '',
      ...table(['Figure', 'Value'], rows),
    ],
    [
      '### By class',
      '',
      ...table(['Class', 'Average precision', 'Precision', 'Recall', 'F1', 'Threshold', 'Images'], classes),
    ],
  ];
}

function describeClasses({ classes }: VersionMetrics): string[] {
  if (classes === undefined) return [];
  const rows = classes.map(({ label, precision, precisionInterval, recall, recallInterval, f1, support }) => [
    plain(label),
    `${percent(precision)}${range(precisionInterval)}`,
    `${percent(recall)}${range(recallInterval)}`,
    f1.toFixed(2),
    String(support),
  ]);
  return ['### By class', '', ...table(['Class', 'Precision', 'Recall', 'F1', 'Images'], rows)];
}

function describeConfusion({ confusion }: VersionMetrics, labels: readonly string[]): string[] {
  if (confusion === undefined || confusion.length !== labels.length || labels.length > largestMatrix) return [];
  const rows = confusion.map((row, i) => [plain(labels[i]!), ...row.map(String)]);
  return ['### What is taken for what', '', ...table(['True \\ predicted', ...labels.map(plain)], rows)];
}

function describeCalibration({ calibration }: VersionMetrics, temperature: number): string[] {
  if (calibration === undefined) return [];
  const { expectedError, chanceError } = calibration.after;
  const chance = chanceError === undefined ? '' : `; honest ones would show ${percent(chanceError)} by chance`;
  return [
    '### Confidence',
    '',
    `Probabilities are off by ${percent(expectedError)} in the mean (expected calibration error)${chance}. Temperature ${temperature.toFixed(3)}.`,
  ];
}

function describeOrigin({ backbone, provenance }: Manifest, training: TrainingOrigin | undefined): string[] {
  const times = training && {
    dataset: training.dataset,
    asked: training.createdAt.toISOString(),
    started: training.startedAt?.toISOString(),
    finished: training.finishedAt?.toISOString(),
  };
  const facts = { ...provenance, ...times, backbone: `${backbone.architecture}, ${backbone.id}` };
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`- ${plain(name)}: ${typeof value === 'string' ? plain(value) : code(value)}`],
  );
  return ['## Where it comes from', '', ...lines];
}

/** Between as many backquotes as the text does not have. */
function code(value: unknown): string {
  const text = JSON.stringify(value);
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([quotes]) => quotes.length));
  const quotes = '`'.repeat(longest + 1);
  return `${quotes}${text}${quotes}`;
}

function describeFiles({ files }: Manifest): string[] {
  const rows = Object.entries(files).map(([name, { sha256, bytes }]) => [plain(name), String(bytes), `\`${sha256}\``]);
  return ['## Files', '', ...table(['Name', 'Bytes', 'SHA-256'], rows)];
}
