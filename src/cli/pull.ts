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
import { download, md5Of } from './download.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';

const source = {
  mirror: 'https://storage.googleapis.com/tensorflow/keras-applications',
  path: 'inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5',
  md5: '9a0d58056eeedaa3f26cb7ebd46da564',
};

const optionsSchema = z.object({ from: z.string().optional(), mirror: z.url(), models: z.string().optional() });

export const pullCommand = (): Command =>
  new Command('pull')
    .description(
      'Install published ImageNet weights as the classifier imagenet: 1000 classes, and a far better backbone for training.',
    )
    .addArgument(new Argument('<model>', 'what to install').choices(['inception-v3']))
    .option('--from <file>', 'use this file instead of downloading; for machines without a network')
    .option('--mirror <url>', "where Keras' weights are mirrored", source.mirror)
    .addOption(modelsOption())
    .action((_model: string, options: unknown) => pull(optionsSchema.parse(options)));

function showProgress(bytes: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${(bytes / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
}

async function pull({ from, mirror, models }: z.infer<typeof optionsSchema>): Promise<void> {
  const modelsDirs = modelsDirsFrom(models);
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-pull-'));
  try {
    const file = from ?? join(scratch, 'inception_v3.h5');
    if (from === undefined) await download(`${mirror.replace(/\/$/, '')}/${source.path}`, file, showProgress);
    await install(modelsDirs, file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function install(modelsDirs: ModelsDirs, file: string): Promise<void> {
  const md5 = await md5Of(file);
  if (md5 !== source.md5)
    throw invalidModel(
      `${file} has MD5 ${md5}; Keras publishes ${source.md5}. It is damaged or another file; nothing was installed`,
    );
  const understood = understandLayers(await readLayersFile(file, 'keras-hdf5'), { kernel: 'cubic' });
  const provenance = { source: `${source.mirror}/${source.path}`, md5 };
  const license = 'MIT (Keras applications); trained on ImageNet';
  const { manifest, directory } = await installLayers(modelsDirs, understood, {
    name: 'imagenet',
    labels: imagenetLabels,
    license,
    provenance,
  });
  console.log(
    `Installed imagenet version ${manifest.version} in ${directory}. A running server serves it after a restart or reload.`,
  );
}
