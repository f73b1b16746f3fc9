// taxon datasets import DIR: a folder of images into a dataset, through a running server or straight into its data directory.
import { availableParallelism } from 'node:os';
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { imageLimitsOf, loadConfig, storageSettingsOf } from '../config.js';
import { fileResultSchema, type FileResult } from '../data/datasets/importArchive.js';
import { datasetNameSchema } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import { openStorage } from '../data/storage.js';
import { createImageDecoder } from '../image/decoder.js';
import { AdminClient } from './adminClient.js';
import { batchImages, listImages, type FolderImage } from './imageFolder.js';

interface ImportOptions {
  readonly dataset?: string;
  readonly url: string;
  readonly key?: string;
  readonly direct?: boolean;
}

/** Where images go. */
interface Target {
  /** Makes the dataset if it is not there. */
  prepare(dataset: string): Promise<void>;
  /** Images of one class and one split. */
  add(dataset: string, images: readonly FolderImage[]): Promise<FileResult[]>;
  close(): Promise<void>;
}

const imagesPerUpload = 32;
const uploadsAtOnce = 2;

export function datasetsCommand(): Command {
  const importing = new Command('import')
    .description(
      'Add a folder of images: class folders, or train, validation and test folders with class folders in them.',
    )
    .argument('<folder>', 'folder of the images')
    .option('-d, --dataset <name>', "dataset to add to, made when missing (default: the folder's name)")
    .addOption(
      new Option('--url <url>', 'server to send the images to').env('TAXON_URL').default('http://localhost:3000'),
    )
    .addOption(new Option('--key <key>', 'API key with the scope train').env('TAXON_API_KEY'))
    .option(
      '--direct',
      'write into DATA_DIR (and DATABASE_URL) itself; with the embedded database the server must be stopped',
    )
    .action(importFolder);
  return new Command('datasets').description('Work with datasets.').addCommand(importing);
}

async function importFolder(folder: string, options: ImportOptions): Promise<void> {
  const dataset = datasetNameSchema.parse(options.dataset ?? basename(resolve(folder)).toLowerCase());
  const images = await listImages(folder);
  if (images.length === 0) throw new Error(`There are no images in class folders in ${folder}.`);
  const target =
    options.direct === true
      ? await openDirectly()
      : throughServer(new AdminClient({ url: options.url, key: options.key }));
  try {
    await target.prepare(dataset);
    report(dataset, await addAll(target, dataset, images));
  } finally {
    await target.close();
  }
}

async function addAll(target: Target, dataset: string, images: readonly FolderImage[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const batches = batchImages(images, imagesPerUpload);
  const add = (batch: FolderImage[]): Promise<FileResult[]> => target.add(dataset, batch);
  for await (const added of pMapIterable(batches, add, { concurrency: uploadsAtOnce })) {
    results.push(...added);
    if (process.stderr.isTTY) process.stderr.write(`\r${results.length} of ${images.length} images`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return results;
}

/** Prints what became of the images; the process ends with 1 when some failed. */
function report(dataset: string, results: readonly FileResult[]): void {
  const { added, duplicates, failed } = sumUp(results);
  for (const result of results)
    if (result.outcome === 'failed') console.error(`${result.filename}: ${result.error.code}: ${result.error.detail}`);
  console.log(`${dataset}: ${added} added, ${duplicates} already there, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function throughServer(client: AdminClient): Target {
  return {
    prepare: async (dataset) => {
      await client.call(z.object({ name: z.string() }), 'PUT', `/v1/admin/datasets/${dataset}`);
    },
    add: async (dataset, images) => {
      const { label, split } = images[0]!;
      const query = new URLSearchParams({ label, ...(split !== undefined && { split }) });
      const path = `/v1/admin/datasets/${dataset}/images?${query.toString()}`;
      const { results } = await client.call(z.object({ results: z.array(fileResultSchema) }), 'POST', path, () =>
        formOf(images),
      );
      return results;
    },
    close: async () => undefined,
  };
}

async function formOf(images: readonly FolderImage[]): Promise<FormData> {
  const form = new FormData();
  for (const { path, name } of images) form.append('image', await openAsBlob(path), name);
  return form;
}

async function openDirectly(): Promise<Target> {
  const config = loadConfig(process.env);
  const decoder = createImageDecoder({ limits: imageLimitsOf(config), concurrency: availableParallelism() });
  const storage = await openStorage({ ...storageSettingsOf(config), decoder, logger: quiet });
  return {
    prepare: async (dataset) => {
      await storage.datasets.put(dataset);
    },
    add: async (dataset, images) => {
      const results: FileResult[] = [];
      for (const { path, name, label, split } of images)
        results.push(await storage.addFile(dataset, name, { bytes: await readFile(path), label, split }));
      return results;
    },
    close: async () => {
      await storage.close();
      await decoder.close();
    },
  };
}

const quiet = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
