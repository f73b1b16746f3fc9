// The upload of photos to a dataset. It goes on while other views are open; photos that are there already are not sent again.
import { signal } from '@preact/signals';
import { dataOf, TaxonError, type components } from 'taxon-client';
import { messageOf } from '../../../components/problem.js';
import { taxon } from '../../../session.js';
import type { PlannedFile } from './uploadPlan.js';

export interface FailedUpload {
  readonly path: string;
  readonly reason: string;
}

export interface UploadState {
  readonly dataset: string;
  /** Photos. */
  readonly total: number;
  readonly added: number;
  /** They were there already. */
  readonly known: number;
  readonly failures: readonly FailedUpload[];
  readonly phase: 'running' | 'done' | 'cancelled' | 'failed';
  /** Why it failed. */
  readonly error?: unknown;
}

/** The one that is running, or was the last. */
export const upload = signal<UploadState | undefined>(undefined);

/** Small, so that the progress moves with each photo or few. */
const batchFiles = 4;
const concurrency = 3;
const pageSize = 1_000;
let controller = new AbortController();

interface LabelledFile extends PlannedFile {
  readonly label: string;
}

/** Resolves when it is over, however it went. The dataset is made if there is none of this name. */
export async function startUpload(dataset: string, files: readonly LabelledFile[]): Promise<void> {
  controller = new AbortController();
  const { signal } = controller;
  upload.value = { dataset, total: files.length, added: 0, known: 0, failures: [], phase: 'running' };
  try {
    const path = '/v1/admin/datasets/{name}';
    const { images } = dataOf(await taxon.value.api.PUT(path, { params: { path: { name: dataset } }, signal }));
    const known = images === 0 ? new Set<string>() : await loadKnown(dataset, signal);
    const batches = batchesOf(files);
    const work = async (): Promise<void> => {
      for (const batch of batches) await sendBatch(dataset, batch, known, signal);
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    report({ phase: 'done' });
  } catch (error) {
    if (signal.aborted) {
      report({ phase: 'cancelled' });
      return;
    }
    controller.abort();
    report({ phase: 'failed', error });
  }
}

export const cancelUpload = (): void => controller.abort();

export const dismissUpload = (): void => {
  upload.value = undefined;
};

const report = (change: Partial<UploadState>): void => {
  upload.value = { ...upload.value!, ...change };
};

const identityOf = (sha256: string, label: string): string => `${sha256}/${label}`;

/** Hash and label of each image of the dataset; none where the browser has no hashes, as without TLS: the server then finds out. */
async function loadKnown(name: string, signal: AbortSignal): Promise<Set<string>> {
  const known = new Set<string>();
  if (!isSecureContext) return known;
  for (let after: number | null = 0; after !== null;) {
    const params = { path: { name }, query: { after, limit: pageSize } };
    const page: components['schemas']['DatasetImagePage'] = dataOf(
      await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params, signal }),
    );
    for (const { sha256, label } of page.images) known.add(identityOf(sha256, label));
    after = page.next;
  }
  return known;
}

/** Photos of one class and part each, class after class. */
function* batchesOf(files: readonly LabelledFile[]): Generator<readonly LabelledFile[]> {
  const groups = new Map<string, LabelledFile[]>();
  for (const file of files) {
    const key = `${file.split ?? ''}/${file.label}`;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  for (const group of groups.values())
    for (let at = 0; at < group.length; at += batchFiles) yield group.slice(at, at + batchFiles);
}

async function sendBatch(
  dataset: string,
  batch: readonly LabelledFile[],
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const form = new FormData();
  let count = 0;
  for (const { path, file, label } of batch) {
    if (known.size > 0 && known.has(identityOf(await sha256Of(file), label))) continue;
    form.append('image', file, path);
    count++;
  }
  add({ known: batch.length - count });
  if (count === 0) return;
  try {
    const { label, split } = batch[0]!;
    const answer = await taxon.value.api.POST('/v1/admin/datasets/{name}/images', {
      params: { path: { name: dataset }, query: { label, ...(split && { split }) } },
      body: { image: [] },
      bodySerializer: () => form,
      signal,
    });
    const { totals, results } = dataOf(answer);
    const failures = results.flatMap(({ filename, error }) =>
      error ? [{ path: filename, reason: error.detail }] : [],
    );
    add({ added: totals.added, known: totals.duplicates, failures });
  } catch (error) {
    // A file or a class that is not taken concerns these few; all else would fail for the others too.
    if (!(error instanceof TaxonError) || ![400, 413, 415].includes(error.status)) throw error;
    const sent = form.getAll('image') as File[];
    add({ failures: sent.map(({ name }) => ({ path: name, reason: messageOf(error) })) });
  }
}

function add({ added = 0, known = 0, failures = [] }: Partial<UploadState>): void {
  const before = upload.value!;
  report({
    added: before.added + added,
    known: before.known + known,
    failures: [...before.failures, ...failures],
  });
}

async function sha256Of(file: File): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
