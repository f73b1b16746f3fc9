// Openverse, which finds images of many collections: https://api.openverse.org/v1/ (its terms: https://docs.openverse.org/terms_of_service.html).
import { z } from 'zod';
import { tidyAttribution } from '../../data/datasets/attribution.js';
import { isLicenseCode, nameLicense, type LicenseCode } from './licenses.js';
import type { FoundImage, ImageProvider } from './provider.js';
import type { Web } from './web.js';

export const openverseUrl = 'https://api.openverse.org';

/** Most results on a page, without a token and with one: https://api.openverse.org/v1/#tag/images */
const [anonymousPageSize, authorizedPageSize] = [20, 50];

const imageSchema = z.object({
  id: z.string(),
  url: z.string().nullish(),
  title: z.string().nullish(),
  creator: z.string().nullish(),
  license: z.string(),
  license_version: z.string().nullish(),
  license_url: z.string().nullish(),
  foreign_landing_url: z.string().nullish(),
});
/** `page_count` counts those pages that may be asked for. */
const pageSchema = z.object({ result_count: z.int(), page_count: z.int(), results: z.array(imageSchema) });
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

export interface OpenverseOptions {
  readonly web: Pick<Web, 'json'>;
  /** Without a path, as openverseUrl. */
  readonly url: string;
  readonly licenses: ReadonlySet<LicenseCode>;
  /** With them, more requests are allowed. */
  readonly credentials?: { readonly clientId: string; readonly clientSecret: string };
}

export class Openverse implements ImageProvider {
  readonly name = 'openverse';
  #token: { readonly text: string; readonly expiresAt: number } | undefined;

  constructor(private readonly options: OpenverseOptions) {}

  async count(term: string): Promise<number> {
    return (await this.#page(term, 1, 1)).result_count;
  }

  async *search(term: string): AsyncGenerator<readonly FoundImage[]> {
    const size = this.options.credentials ? authorizedPageSize : anonymousPageSize;
    for (let number = 1, last = 1; number <= last; number++) {
      const { page_count: pages, results } = await this.#page(term, number, size);
      yield results.flatMap((image) => foundOf(image) ?? []);
      last = results.length === 0 ? 0 : pages;
    }
  }

  async #page(term: string, number: number, size: number): Promise<z.output<typeof pageSchema>> {
    const { web, url, licenses } = this.options;
    const query = new URLSearchParams({
      q: term,
      license: [...licenses].join(','),
      page: String(number),
      page_size: String(size),
    });
    const token = await this.#bearer();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return web.json(pageSchema, `${url}/v1/images/?${query.toString()}`, { headers });
  }

  /** https://docs.openverse.org/api/reference/authentication_and_throttling.html */
  async #bearer(): Promise<string | undefined> {
    const { web, url, credentials } = this.options;
    if (credentials === undefined) return undefined;
    if (this.#token === undefined || Date.now() >= this.#token.expiresAt) {
      const { access_token: text, expires_in: seconds } = await web.json(tokenSchema, `${url}/v1/auth_tokens/token/`, {
        form: {
          grant_type: 'client_credentials',
          client_id: credentials.clientId,
          client_secret: credentials.clientSecret,
        },
      });
      // A minute before its end: it must hold for the request.
      this.#token = { text, expiresAt: Date.now() + 1_000 * (seconds - 60) };
    }
    return this.#token.text;
  }
}

function foundOf(image: z.output<typeof imageSchema>): FoundImage | undefined {
  const { id, url, title, creator, license, license_version: version } = image;
  if (url == null || !URL.canParse(url)) return undefined;
  const code = isLicenseCode(license) ? license : undefined;
  const attribution = tidyAttribution({
    title,
    author: creator,
    license: code ? nameLicense(code, version ?? undefined) : license,
    licenseUrl: image.license_url,
    sourceUrl: image.foreign_landing_url,
    provider: 'openverse',
  });
  return { id, url, license: code, attribution: attribution! };
}
