// Where the commands put images: a running server, or its data directory itself.
import { availableParallelism } from 'node:os';
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { imageLimitsOf, loadConfig, storageSettingsOf } from '../config.js';
import { fileResultSchema, type FileResult } from '../data/datasets/importArchive.js';
import type { SplitOptions } from '../data/datasets/schemas.js';
import { sumUp } from '../data/datasets/uploadTotals.js';
import { openStorage } from '../data/storage.js';
import { createImageDecoder } from '../image/decoder.js';
import { AdminClient, JsonBody } from './adminClient.js';
import { batchImages, type FolderImage } from './imageFolder.js';

export interface DatasetTarget {
  /** Makes the dataset if it is not there; `options`, if given, apply to one that is there too. */
  prepare(dataset: string, options?: SplitOptions): Promise<void>;
  /** Images of one class and one split. */
  add(dataset: string, images: readonly FolderImage[]): Promise<FileResult[]>;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly url: string;
  readonly key?: string;
  readonly direct?: boolean;
}

/** Adds the options that openTarget reads. */
export const withTargetOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--url <url>', 'server to send the images to').env('TAXON_URL').default('http://localhost:3000'),
    )
    .addOption(new Option('--key <key>', 'API key with the scope train').env('TAXON_API_KEY'))
    .option(
      '--direct',
      'write into DATA_DIR (and DATABASE_URL) itself; with the embedded database the server must be stopped',
    );

/** To be closed by the caller. */
export const openTarget = async ({ url, key, direct }: TargetOptions): Promise<DatasetTarget> =>
  direct === true ? openDirectly() : throughServer(new AdminClient({ url, key }));

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
  for await (const added of pMapIterable(batches, add, { concurrency: uploadsAtOnce })) {
    results.push(...added);
    if (process.stderr.isTTY) process.stderr.write(`\r${results.length} of ${images.length} images`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return results;
}

/** Prints what became of the images; the process ends with 1 when some failed. */
export function report(dataset: string, results: readonly FileResult[]): void {
  const { added, duplicates, failed } = sumUp(results);
  for (const result of results)
    if (result.outcome === 'failed') console.error(`${result.filename}: ${result.error.code}: ${result.error.detail}`);
  console.log(`${dataset}: ${added} added, ${duplicates} already there, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function throughServer(client: AdminClient): DatasetTarget {
  return {
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
    close: async () => undefined,
  };
}

async function formOf(images: readonly FolderImage[]): Promise<FormData> {
  const form = new FormData();
  for (const { path, name } of images) form.append('image', await openAsBlob(path), name);
  return form;
}

async function openDirectly(): Promise<DatasetTarget> {
  const config = loadConfig(process.env);
  const decoder = createImageDecoder({ limits: imageLimitsOf(config), concurrency: availableParallelism() });
  const storage = await openStorage({ ...storageSettingsOf(config), decoder, logger: quiet });
  return {
    prepare: async (dataset, options) => {
      await storage.datasets.put(dataset, options);
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
