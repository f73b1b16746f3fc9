// Many images through a call that takes a few at a time: /v1/classify or /v1/embed.
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { RefusedError, type AdminClient } from './adminClient.js';
import type { NamedImage } from './imageArguments.js';
import { tell } from './output.js';
import { describeTimeLeft, startProgress } from './progress.js';

const modelSchema = z.object({ name: z.string(), version: z.int(), taught: z.boolean().optional() });
export type ModelRef = z.infer<typeof modelSchema>;

const errorSchema = z.object({ code: z.string(), detail: z.string() });
const predictionSchema = z.object({ label: z.string(), probability: z.number() });

const resultSchema = z.object({
  predictions: z.array(predictionSchema).optional(),
  labels: z.array(z.string()).optional(),
  embedding: z.array(z.number()).optional(),
  error: errorSchema.optional(),
});
const answerSchema = z.object({ model: modelSchema, backbone: z.string().optional(), results: z.array(resultSchema) });

/** What came of one image: predictions, the most probable first, or an embedding; or an error. */
export type ImageResult = { readonly filename: string } & z.infer<typeof resultSchema>;

export interface Answers {
  /** Undefined when no image could be used. */
  readonly model: ModelRef | undefined;
  readonly backbone: string | undefined;
  /** In the order of the images. */
  readonly results: readonly ImageResult[];
}

export interface ImageCall {
  readonly path: '/v1/classify' | '/v1/embed';
  readonly model?: string | undefined;
  /** By number or alias. */
  readonly version?: string | undefined;
  readonly topK?: number | undefined;
  /** Of the progress bar. */
  readonly title: string;
}

const imagesPerCall = 16;
const bytesPerCall = 16 * 2 ** 20;
const callsAtOnce = 2;

/** Errors of a lone image; in a batch they take its place among the results. */
const imageFaults = new Set([
  'unsupported_image',
  'undecodable_image',
  'image_too_large',
  'image_timeout',
  'empty_body',
  'body_too_large',
]);
/** A server that takes less at a time than these calls carry. */
const batchFaults = new Set(['too_many_images', 'body_too_large']);

/**
 * All images on one version: whichever answers the first of them answers the others, whatever is activated meanwhile. Throws as
 * AdminClient.request.
 */
export async function callWithImages(
  client: AdminClient,
  call: ImageCall,
  images: readonly NamedImage[],
): Promise<Answers> {
  const progress = startProgress(call.title);
  const startedAt = performance.now();
  const answers: Answers[] = [];
  let done = 0;
  const note = (answer: Answers): void => {
    answers.push(answer);
    done += answer.results.length;
    const left = ((performance.now() - startedAt) / 1_000) * (images.length / done - 1);
    progress.update(done / images.length, `${done} of ${images.length} images, ${describeTimeLeft(left)}`);
  };
  try {
    const batches = batchesOf(images);
    let pinned = call;
    while (batches.length > 0 && answers.at(-1)?.model === undefined) {
      note(await send(client, call, batches.shift()!));
      const { model } = answers.at(-1)!;
      // What was taught is of no version: naming one would leave it out.
      if (model !== undefined && model.taught !== true)
        pinned = { ...call, model: model.name, version: String(model.version) };
    }
    const rest = pMapIterable(batches, (batch) => send(client, pinned, batch), { concurrency: callsAtOnce });
    for await (const answer of rest) note(answer);
  } finally {
    progress.stop();
  }
  const first = answers.find(({ model }) => model !== undefined);
  return { model: first?.model, backbone: first?.backbone, results: answers.flatMap(({ results }) => results) };
}

/** Names the images that could not be used. Gives whether there are any. */
export function tellErrors(results: readonly ImageResult[]): boolean {
  const failed = results.flatMap(({ filename, error }) => (error === undefined ? [] : [{ filename, ...error }]));
  for (const { filename, code, detail } of failed) tell(`${filename}: ${code}: ${detail}`);
  return failed.length > 0;
}

function batchesOf(images: readonly NamedImage[]): NamedImage[][] {
  const batches: NamedImage[][] = [];
  let bytes = 0;
  for (const image of images) {
    const open = batches.at(-1);
    if (open === undefined || open.length >= imagesPerCall || bytes + image.size > bytesPerCall) {
      batches.push([image]);
      bytes = image.size;
    } else {
      open.push(image);
      bytes += image.size;
    }
  }
  return batches;
}

async function send(client: AdminClient, call: ImageCall, images: readonly NamedImage[]): Promise<Answers> {
  try {
    const { model, backbone, results } = await client.call(answerSchema, 'POST', pathOf(call), () => formOf(images));
    return { model, backbone, results: results.map((result, i) => ({ filename: images[i]!.name, ...result })) };
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code === undefined) throw error;
    if (images.length > 1 && batchFaults.has(error.code)) return sendHalves(client, call, images);
    if (images.length > 1 || !imageFaults.has(error.code)) throw error;
    const { code, detail } = error;
    return { model: undefined, backbone: undefined, results: [{ filename: images[0]!.name, error: { code, detail } }] };
  }
}

async function sendHalves(client: AdminClient, call: ImageCall, images: readonly NamedImage[]): Promise<Answers> {
  const half = Math.ceil(images.length / 2);
  const [first, second] = [
    await send(client, call, images.slice(0, half)),
    await send(client, call, images.slice(half)),
  ];
  return {
    model: first.model ?? second.model,
    backbone: first.backbone ?? second.backbone,
    results: [...first.results, ...second.results],
  };
}

function pathOf({ path, model, version, topK }: ImageCall): string {
  const query = new URLSearchParams({
    ...(model !== undefined && { model }),
    ...(version !== undefined && { version }),
    ...(topK !== undefined && { topK: String(topK) }),
  });
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

async function formOf(images: readonly NamedImage[]): Promise<FormData> {
  const form = new FormData();
  for (const image of images) form.append('image', await image.open(), image.name);
  return form;
}
