// Wikimedia Commons, over the API of MediaWiki: https://www.mediawiki.org/wiki/API:Search, https://www.mediawiki.org/wiki/API:Imageinfo
import { Parser } from 'htmlparser2';
import { z } from 'zod';
import { tidyAttribution } from '../../data/datasets/attribution.js';
import { isLicenseCode, type LicenseCode } from './licenses.js';
import type { FoundImage, ImageProvider } from './provider.js';
import type { Refusal, Web } from './web.js';

export const wikimediaUrl = 'https://commons.wikimedia.org';

/** Most pages whose details come with one answer. */
const pageSize = 50;
/** A size that Commons has ready for every image, and no classifier sees more of: https://w.wiki/GHai */
const widthPixels = 960;
/** Seconds by which its databases may be behind: https://www.mediawiki.org/wiki/Manual:Maxlag_parameter */
const maxLagSeconds = 5;

/** https://www.mediawiki.org/wiki/Extension:CommonsMetadata; values are HTML. */
const metadataKeys = ['Artist', 'Attribution', 'License', 'LicenseShortName', 'LicenseUrl'] as const;
const metadataSchema = z.partialRecord(z.enum(metadataKeys), z.object({ value: z.coerce.string() }));

const fileSchema = z.object({
  pageid: z.int(),
  title: z.string(),
  /** Its place among those that were found. */
  index: z.int().optional(),
  imageinfo: z
    .array(
      z.object({
        url: z.string().optional(),
        thumburl: z.string().optional(),
        descriptionurl: z.string().optional(),
        extmetadata: z.unknown(),
      }),
    )
    .optional(),
});
type File = z.output<typeof fileSchema>;

const answerSchema = z.object({
  batchcomplete: z.boolean().optional(),
  continue: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  query: z
    .object({
      pages: z.array(fileSchema).optional(),
      searchinfo: z.object({ totalhits: z.int() }).optional(),
    })
    .optional(),
});
const errorSchema = z.object({ error: z.object({ code: z.string(), info: z.string() }) });

/** Errors after which the same may succeed: https://www.mediawiki.org/wiki/API:Errors_and_warnings */
const passingErrors = /^(maxlag|ratelimited|readonly|internal_api_error_.*)$/;

export interface WikimediaOptions {
  readonly web: Pick<Web, 'json'>;
  /** Without a path, as wikimediaUrl. */
  readonly url: string;
}

export class Wikimedia implements ImageProvider {
  readonly name = 'wikimedia';

  constructor(private readonly options: WikimediaOptions) {}

  async count(term: string): Promise<number> {
    const { query } = await this.#ask({
      list: 'search',
      srsearch: searchOf(term),
      srnamespace: '6',
      srlimit: '1',
      srinfo: 'totalhits',
    });
    return query?.searchinfo?.totalhits ?? 0;
  }

  async *search(term: string): AsyncGenerator<readonly FoundImage[]> {
    const question = {
      generator: 'search',
      gsrsearch: searchOf(term),
      gsrnamespace: '6',
      gsrlimit: String(pageSize),
      prop: 'imageinfo',
      iiprop: 'url|extmetadata',
      iiurlwidth: String(widthPixels),
      iiextmetadatafilter: metadataKeys.join('|'),
      iiextmetadatalanguage: 'en',
    };
    let files = new Map<number, File>();
    // https://www.mediawiki.org/wiki/API:Continue: the details of one batch of files may come in several answers.
    for (let next: Readonly<Record<string, string>> | undefined = {}; next !== undefined;) {
      const answer: z.output<typeof answerSchema> = await this.#ask({ ...question, ...next });
      for (const file of answer.query?.pages ?? []) files.set(file.pageid, { ...files.get(file.pageid), ...file });
      next = answer.continue && mapValues(answer.continue, String);
      if (answer.batchcomplete !== true && next !== undefined) continue;
      yield [...files.values()].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)).flatMap((file) => foundOf(file) ?? []);
      files = new Map();
    }
  }

  #ask(question: Readonly<Record<string, string>>): Promise<z.output<typeof answerSchema>> {
    const query = new URLSearchParams({
      action: 'query',
      format: 'json',
      formatversion: '2',
      maxlag: String(maxLagSeconds),
      ...question,
    });
    return this.options.web.json(answerSchema, `${this.options.url}/w/api.php?${query.toString()}`, { refusalOf });
  }
}

/** Photographs and scans, no drawings made of vectors. */
const searchOf = (term: string): string => `${term} filetype:bitmap`;

/** Most come with the status 200. */
function refusalOf(body: unknown): Refusal | undefined {
  const { data } = errorSchema.safeParse(body);
  return data && { reason: data.error.info, passing: passingErrors.test(data.error.code) };
}

function foundOf({ pageid, title, imageinfo }: File): FoundImage | undefined {
  const info = imageinfo?.[0];
  const url = info?.thumburl ?? info?.url;
  if (info === undefined || url === undefined || !URL.canParse(url)) return undefined;
  const metadata = metadataSchema.safeParse(info.extmetadata).data ?? {};
  const textOf = (key: (typeof metadataKeys)[number]): string => textOfHtml(metadata[key]?.value ?? '');
  const attribution = tidyAttribution({
    title: title.replace(/^File:/, '').replace(/\.\w{3,5}$/, ''),
    author: textOf('Attribution') || textOf('Artist'),
    license: textOf('LicenseShortName'),
    licenseUrl: textOf('LicenseUrl').replace(/^\/\//, 'https://'),
    sourceUrl: info.descriptionurl,
    provider: 'wikimedia',
  });
  return { id: String(pageid), url, license: licenseOf(textOf('License')), attribution: attribution! };
}

/** `cc-by-sa-4.0`, `cc0`, `pd`, as the extension has them. */
export function licenseOf(text: string): LicenseCode | undefined {
  const name = text.toLowerCase();
  if (/^cc0\b|^cc-zero\b/.test(name)) return 'cc0';
  if (/^(cc-)?pd\b/.test(name)) return 'pdm';
  const code = /^cc-(by(?:-nc)?(?:-nd|-sa)?)-\d/.exec(name)?.[1] ?? '';
  return isLicenseCode(code) ? code : undefined;
}

/** What a reader of `html` sees of it, but for where its lines end. */
export function textOfHtml(html: string): string {
  let text = '';
  let hidden = 0;
  const isHidden = (name: string): boolean => name === 'style' || name === 'script';
  const parser = new Parser({
    onopentag: (name) => void (hidden += Number(isHidden(name))),
    onclosetag: (name) => void (hidden -= Number(isHidden(name))),
    ontext: (part) => void (text += hidden > 0 ? '' : part),
  });
  parser.end(html);
  return text.replaceAll(/\s+/g, ' ').trim();
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
