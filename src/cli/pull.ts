// taxon pull inception-v3: the ImageNet weights that Keras publishes, as the classifier `imagenet`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { imagenetLabels } from '../importing/imagenetLabels.js';
import { readLayersFile } from '../importing/modelFormat.js';
import { installLayers, understandLayers } from '../importing/layersImport.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import type { Version } from '../models/versions.js';
import { download, md5Of } from './download.js';
import { examples } from './help.js';
import { reportInstalled } from './installed.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';
import { jsonOption } from './output.js';
import { startProgress } from './progress.js';

const source = {
  mirror: 'https://storage.googleapis.com/tensorflow/keras-applications',
  path: 'inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5',
  md5: '9a0d58056eeedaa3f26cb7ebd46da564',
};

const optionsSchema = z.object({
  from: z.string().optional(),
  mirror: z.url(),
  models: z.string().optional(),
  json: z.boolean().optional(),
});
type Options = z.infer<typeof optionsSchema>;

export const pullCommand = (): Command =>
  new Command('pull')
    .description(
      'Install published ImageNet weights as the classifier imagenet: 1000 classes, and a far better backbone for training.',
    )
    .addArgument(new Argument('<model>', 'what to install').choices(['inception-v3']))
    .option('--from <file>', 'use this file instead of downloading; for machines without a network')
    .option('--mirror <url>', "where Keras' weights are mirrored", source.mirror)
    .addOption(modelsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'taxon pull inception-v3',
        'taxon pull inception-v3 --from inception_v3_weights_tf_dim_ordering_tf_kernels.h5',
      ),
    )
    .action((_model: string, options: unknown) => pull(optionsSchema.parse(options)));

async function pull(options: Options): Promise<void> {
  const { from, mirror, models } = options;
  const modelsDirs = await modelsDirsFrom(models);
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-pull-'));
  try {
    const file = from ?? join(scratch, 'inception_v3.h5');
    if (from === undefined) await fetchWeights(`${mirror.replace(/\/$/, '')}/${source.path}`, file);
    await reportInstalled(await install(modelsDirs, file), options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fetchWeights(url: string, file: string): Promise<void> {
  const progress = startProgress('Downloading');
  const show = (bytes: number, total: number): void =>
    progress.update(total > 0 ? bytes / total : 0, `${(bytes / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
  await download(url, file, show).finally(() => progress.stop());
}

async function install(modelsDirs: ModelsDirs, file: string): Promise<Version> {
  const md5 = await md5Of(file);
  if (md5 !== source.md5)
    throw invalidModel(
      `${file} has MD5 ${md5}; Keras publishes ${source.md5}. It is damaged or another file; nothing was installed`,
    );
  const understood = understandLayers(await readLayersFile(file, 'keras-hdf5'), { kernel: 'cubic' });
  const provenance = { source: `${source.mirror}/${source.path}`, md5 };
  const license = 'MIT (Keras applications); trained on ImageNet';
  return installLayers(modelsDirs, understood, {
    name: 'imagenet',
    labels: imagenetLabels,
    license,
    provenance,
  });
}
