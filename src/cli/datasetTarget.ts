// Where the commands put images: a server, or a data directory itself.
import { availableParallelism } from 'node:os';
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { imageLimitsOf, loadConfig, storageSettingsOf } from '../config.js';
import { fileResultSchema, type FileResult } from '../data/datasets/importArchive.js';
import { datasetOptionsSchema, type DatasetOptions, type Task } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import { openStorage } from '../data/storage.js';
import { createImageDecoder } from '../image/decoder.js';
import { JsonBody, type AdminClient } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionNeeds, type ConnectionOptions } from './connection.js';
import { batchImages, type FolderImage } from './imageFolder.js';
import { tell } from './output.js';
import { startProgress } from './progress.js';

export interface DatasetTarget {
  /** Makes the dataset if it is not there; `options`, if given, apply to one that is there too. */
  prepare(dataset: string, options?: DatasetOptions): Promise<void>;
  /** Images of one class and one split. */
  add(dataset: string, images: readonly FolderImage[]): Promise<FileResult[]>;
}

export interface TargetOptions extends ConnectionOptions {
  readonly direct?: boolean;
}

/** What a dataset is made with for images of `task`; undefined: as one is without a word. */
export const optionsFor = (task: Task): DatasetOptions | undefined =>
  task === 'multi-label' ? datasetOptionsSchema.parse({ task }) : undefined;

/** The option that says that images have any number of labels, and what it means. */
export const multiLabelOption = [
  '--multi-label',
  'images have any number of labels: those that a labels.csv in the folder says, or all class folders that they are in',
] as const;

export const taskOf = ({ multiLabel }: { readonly multiLabel?: boolean }): Task =>
  multiLabel === true ? 'multi-label' : 'single-label';

/** Adds the options that withTarget reads. */
export const withTargetOptions = (command: Command): Command =>
  withConnectionOptions(command).option(
    '--direct',
    'write into DATA_DIR (and DATABASE_URL) itself, without a server; with the embedded database it must be stopped',
  );

/** Runs `work` and closes what was opened for it; `client`: of the server, unless the target is the data directory itself. */
export async function withTarget<T>(
  options: TargetOptions,
  work: (target: DatasetTarget, client: AdminClient | undefined) => Promise<T>,
  needs: ConnectionNeeds = {},
): Promise<T> {
  if (options.direct !== true)
    return withConnection(options, ({ client }) => work(serverTarget(client), client), needs);
  const { target, close } = await openDirectly(options);
  try {
    return await work(target, undefined);
  } finally {
    await close();
  }
}

const imagesPerUpload = 32;
const uploadsAtOnce = 2;

/** A result for each image, in no order. */
export async function addAll(
  target: DatasetTarget,
  dataset: string,
  images: readonly FolderImage[],
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const batches = batchImages(images, imagesPerUpload);
  const add = (batch: FolderImage[]): Promise<FileResult[]> => target.add(dataset, batch);
  const progress = startProgress('Uploading');
  try {
    for await (const added of pMapIterable(batches, add, { concurrency: uploadsAtOnce })) {
      results.push(...added);
      progress.update(results.length / images.length, `${results.length} of ${images.length} images`);
    }
  } finally {
    progress.stop();
  }
  return results;
}

/** Names the images that could not be added. Gives whether there are any. */
export function tellFailures(results: readonly FileResult[]): boolean {
  const failed = results.filter((result) => result.outcome === 'failed');
  for (const { filename, error } of failed) tell(`${filename}: ${error.code}: ${error.detail}`);
  return failed.length > 0;
}

/** What became of the images, in numbers. */
export function describeUpload(dataset: string, results: readonly FileResult[]): string {
  const { added, duplicates, failed } = sumUp(results);
  return `${dataset}: ${added} added, ${duplicates} already there, ${failed} failed`;
}

export const serverTarget = (client: AdminClient): DatasetTarget => ({
  prepare: async (dataset, options) => {
    const makeBody = options && (() => new JsonBody(options));
    await client.call(z.object({ name: z.string() }), 'PUT', `/v1/admin/datasets/${dataset}`, makeBody);
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
});

async function formOf(images: readonly FolderImage[]): Promise<FormData> {
  const form = new FormData();
  const attributed = images.some(({ attribution }) => attribution !== undefined);
  for (const { path, name, attribution } of images) {
    if (attributed) form.append('attribution', attribution === undefined ? '' : JSON.stringify(attribution));
    form.append('image', await openAsBlob(path), name);
  }
  return form;
}

async function openDirectly({ data }: TargetOptions): Promise<{ target: DatasetTarget; close: () => Promise<void> }> {
  const config = loadConfig({ ...process.env, ...(data !== undefined && { DATA_DIR: data }) });
  const decoder = createImageDecoder({ limits: imageLimitsOf(config), concurrency: availableParallelism() });
  const storage = await openStorage({ ...storageSettingsOf(config), decoder, logger: quiet });
  const target: DatasetTarget = {
    prepare: async (dataset, options) => {
      await storage.datasets.put(dataset, options);
    },
    add: async (dataset, images) => {
      const results: FileResult[] = [];
      for (const { path, name, ...image } of images)
        results.push(await storage.addFile(dataset, name, { bytes: await readFile(path), ...image }));
      return results;
    },
  };
  const close = async (): Promise<void> => {
    await storage.close();
    await decoder.close();
  };
  return { target, close };
}

const quiet = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
