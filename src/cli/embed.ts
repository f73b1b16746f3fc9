// taxon embed IMAGE…: the features of images, for programs: JSON, or an array for NumPy.
import { Command } from 'commander';
import { replaceFile } from '../durableFiles.js';
import { writeNpy } from '../formats/npy.js';
import { withModelOptions, type ModelOptions } from './classify.js';
import { withConnection } from './connection.js';
import { exitCodes } from './exit.js';
import { examples } from './help.js';
import { findImages } from './imageArguments.js';
import { callWithImages, tellErrors, type Answers } from './imageCalls.js';
import { show } from './output.js';

interface EmbedOptions extends ModelOptions {
  readonly out?: string;
}

export const embedCommand = (): Command =>
  withModelOptions(
    new Command('embed')
      .description('Give the features that a classifier sees in images, as JSON or as an array for NumPy.')
      .argument('<images...>', 'files, folders, patterns in quotes, or - for standard input')
      .option('-o, --out <file>', 'where to write: .npy makes a float32 array [images, size] (default: JSON, printed)'),
  )
    .addHelpText('after', examples('taxon embed boot.jpg', 'taxon embed garden/ --model flowers --out garden.npy'))
    .action(embed);

async function embed(args: readonly string[], options: EmbedOptions): Promise<void> {
  const images = await findImages(args);
  const { model, version, out } = options;
  const answers = await withConnection(options, ({ client }) =>
    callWithImages(client, { path: '/v1/embed', title: 'Embedding', model, version }, images),
  );
  if (tellErrors(answers.results)) process.exitCode = exitCodes.failed;
  if (out === undefined) console.log(JSON.stringify(documentOf(answers)));
  else await write(answers, out, options);
}

const documentOf = ({ model, backbone, results }: Answers) => ({
  model: model ?? null,
  backbone: backbone ?? null,
  results,
});

/** Images that failed are not in an array, whose rows the document names. */
async function write(answers: Answers, out: string, options: EmbedOptions): Promise<void> {
  const embedded = answers.results.filter(({ embedding }) => embedding !== undefined);
  const size = embedded[0]?.embedding?.length ?? 0;
  const isArray = out.endsWith('.npy');
  const rows = embedded.map(({ embedding }) => embedding!);
  await replaceFile(out, isArray ? writeNpy(rows, size) : JSON.stringify(documentOf(answers)));
  const written = { out, model: answers.model ?? null, backbone: answers.backbone ?? null, size };
  show(
    options,
    { ...written, images: embedded.map(({ filename }) => filename) },
    () => `Wrote ${embedded.length} embeddings of ${size} values to ${out}.`,
  );
}
