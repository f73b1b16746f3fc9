// MODEL_CARD.md of the starter: what it is, where it comes from, how good it is. Figures come from the manifest, origin from the trainer.
import type { VersionDraft } from '../../src/models/versions.js';
import type { Evaluation } from '../../src/training/evaluation/evaluation.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function classRows({ classes }: Evaluation): string[] {
  return classes.map(
    ({ label, precision, recall, f1, support }) =>
      `| ${label} | ${percent(precision)} | ${percent(recall)} | ${f1.toFixed(2)} | ${support} |`,
  );
}

function confusionRows({ confusion, classes }: Evaluation): string[] {
  const labels = classes.map(({ label }) => label);
  return [
    `| true \\ predicted | ${labels.join(' | ')} |`,
    `|---|${labels.map(() => '---:|').join('')}`,
    ...confusion.map((row, i) => `| ${labels[i]!} | ${row.join(' | ')} |`),
  ];
}

/** The card in Markdown. `origin` is how the backbone was trained, in sections of its own. */
export function writeModelCard(
  { name, labels, temperature, backbone }: VersionDraft,
  figures: Evaluation,
  origin: string,
): string {
  const { accuracy, accuracyInterval, top5, macroF1, images, calibration } = figures;
  return [
    `# ${name}: the bundled starter`,
    '',
    `Distinguishes ${labels.length} kinds of garments: ${labels.join(', ')}. It is here so that a fresh clone answers at once;`,
    'its backbone learnt from sixteen thousand images, not from ImageNet, so train on your own images or install ImageNet weights before production.',
    '',
    '## Figures',
    '',
    `On the ${images} images of the clothing test split, none of them used in training or selection, through the project's own image pipeline:`,
    '',
    '| accuracy | 95 % interval | top-5 | macro F1 | calibration error |',
    '|---|---|---|---|---|',
    `| ${percent(accuracy)} | ${percent(accuracyInterval.low)} to ${percent(accuracyInterval.high)} | ${percent(top5)} | ${macroF1.toFixed(3)} | ${percent(calibration.after.expectedError)} |`,
    '',
    '| class | precision | recall | F1 | images |',
    '|---|---|---|---|---|',
    ...classRows(figures),
    '',
    ...confusionRows(figures),
    '',
    '## The artifact',
    '',
    `- Inception-V3 in the topology of Keras applications, ${backbone.embeddingSize}-value embedding, backbone \`${backbone.id}\`.`,
    '- Convolution kernels are stored in uint8 with one scale per tensor, after every output channel was stretched to the same range and its',
    '  batch-norm adapted, which changes nothing in exact arithmetic and makes the one scale fit all channels. The rest is float32.',
    "- The head is linear, fitted by the server's own trainer (default preset) on the embeddings of the quantised backbone, of train and validation;",
    `  its L2 penalty was chosen, and the temperature ${temperature.toFixed(3)} fitted, on validation with a head fitted on train alone.`,
    '- Input: the whole image, EXIF orientation applied, stretched to 299 × 299 RGB, scaled to [-1, 1] as x / 127.5 - 1.',
    '',
    origin.trim(),
    '',
  ].join('\n');
}
