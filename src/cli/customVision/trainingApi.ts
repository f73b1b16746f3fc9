// A project of Azure Custom Vision, read over its training API: https://learn.microsoft.com/rest/api/customvision/ (Training 3.3).
import { setTimeout as delay } from 'node:timers/promises';
import pRetry, { AbortError } from 'p-retry';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { z } from 'zod';

const apiPath = '/customvision/v3.3/training';
/** The most that a page has. */
const pageSize = 256;
const attempts = 6;
/** Before the second attempt, unless the service names a time; each further one waits twice as long. */
const firstWaitMs = 500;
const timeoutMs = 120_000;

const projectSchema = z.object({
  name: z.string(),
  settings: z.object({ domainId: z.string() }),
});
const domainSchema = z.object({ type: z.string(), name: z.string() });
const tagSchema = z.object({ id: z.string(), name: z.string(), imageCount: z.number().nullish() });
const iterationSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  trainedAt: z.string().nullish(),
  publishName: z.string().nullish(),
});
/** `originalImageUri` is a path for `artifacts` where the project is in a virtual network. */
const imageSchema = z.object({
  id: z.guid(),
  originalImageUri: z.string(),
  tags: z.array(z.object({ tagId: z.string(), tagName: z.string() })).nullish(),
});
const problemSchema = z.object({ code: z.string(), message: z.string() });

export type Tag = z.output<typeof tagSchema>;
export type Iteration = z.output<typeof iterationSchema>;
export type ProjectImage = z.output<typeof imageSchema>;

export interface ProjectOptions {
  /** `https://NAME.cognitiveservices.azure.com`, or that of a region. */
  readonly endpoint: string;
  readonly trainingKey: string;
  readonly projectId: string;
}

/** What the service answers when it will not answer otherwise. */
class ServiceError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Every call is tried again after a broken connection, 408, 429 and 5xx, and throws ServiceError or the last fault of the network. */
export class CustomVisionProject {
  readonly #api: string;
  readonly #project: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher = new EnvHttpProxyAgent();

  constructor({ endpoint, trainingKey, projectId }: ProjectOptions) {
    this.#api = endpoint.replace(/\/+$/, '') + apiPath;
    this.#project = `${this.#api}/projects/${encodeURIComponent(projectId)}`;
    this.#headers = { 'training-key': trainingKey };
  }

  /** Its name, and whether it classifies whole images: `Classification`, or `ObjectDetection`. */
  async describe(): Promise<{ readonly name: string; readonly type: string }> {
    const { name, settings } = await this.#json(projectSchema, this.#project);
    const { type } = await this.#json(domainSchema, `${this.#api}/domains/${settings.domainId}`);
    return { name, type };
  }

  tags(): Promise<Tag[]> {
    return this.#json(z.array(tagSchema), `${this.#project}/tags`);
  }

  iterations(): Promise<Iteration[]> {
    return this.#json(z.array(iterationSchema), `${this.#project}/iterations`);
  }

  /** Page by page, the oldest first, so that images that come meanwhile come last. Their addresses are good for a while. */
  taggedImages(): AsyncGenerator<ProjectImage[]> {
    return this.#pages(imageSchema, `${this.#project}/images/tagged`);
  }

  /** Ids of the images that an iteration was measured by; none where the service has no such measurement. */
  async measuredImages(iterationId: string): Promise<Set<string>> {
    const ids = new Set<string>();
    const path = `${this.#project}/iterations/${iterationId}/performance/images`;
    try {
      for await (const page of this.#pages(z.object({ id: z.string() }), path)) page.forEach(({ id }) => ids.add(id));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status !== 404) throw error;
    }
    return ids;
  }

  /** The bytes of an image as it was uploaded. */
  image({ originalImageUri }: ProjectImage): Promise<Buffer> {
    const read = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
    // The key is for the service alone, not for the store of its images.
    if (URL.canParse(originalImageUri)) return this.#get(originalImageUri, {}, read);
    const query = new URLSearchParams({ path: originalImageUri });
    return this.#get(`${this.#project}/artifacts?${query.toString()}`, this.#headers, read);
  }

  async *#pages<T>(schema: z.ZodType<T>, path: string): AsyncGenerator<T[]> {
    for (let skip = 0; ;) {
      const query = new URLSearchParams({ orderBy: 'Oldest', take: String(pageSize), skip: String(skip) });
      const page = await this.#json(z.array(schema), `${path}?${query.toString()}`);
      // Not a short page: the service may give fewer than it was asked for.
      if (page.length === 0) return;
      yield page;
      skip += page.length;
    }
  }

  async #json<T>(schema: z.ZodType<T>, url: string): Promise<T> {
    return schema.parse(await this.#get(url, this.#headers, (response) => response.json()));
  }

  #get<T>(
    url: string,
    headers: Readonly<Record<string, string>>,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const answer = await this.#ask(url, headers, read);
      if ('content' in answer) return answer.content;
      if (!isPassing(answer.error.status)) throw new AbortError(answer.error);
      await delay(answer.waitMs);
      throw answer.error;
    };
    return pRetry(attempt, { retries: attempts - 1, minTimeout: firstWaitMs });
  }

  /** Throws when the connection broke, before or within the answer. */
  async #ask<T>(
    url: string,
    headers: Readonly<Record<string, string>>,
    read: (response: Response) => Promise<T>,
  ): Promise<{ readonly content: T } | { readonly error: ServiceError; readonly waitMs: number }> {
    try {
      const response = await fetch(url, {
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        dispatcher: this.#dispatcher,
      });
      if (response.ok) return { content: await read(response) };
      return { error: await refusalOf(response), waitMs: 1_000 * Number(response.headers.get('retry-after') ?? 0) };
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`${placeOf(url)} could not be read: ${reason}`, { cause: error });
    }
  }
}

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Without the query of the address, which lets whoever has it read an image. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

async function refusalOf(response: Response): Promise<ServiceError> {
  const { data } = problemSchema.safeParse(await response.json().catch(() => undefined));
  const hint = response.status === 401 ? ' Is --training-key a key of the training resource?' : '';
  const reason = data === undefined ? '' : ` ${data.code}: ${data.message}`;
  return new ServiceError(`${placeOf(response.url)} answered ${response.status}.${reason}${hint}`, response.status);
}
