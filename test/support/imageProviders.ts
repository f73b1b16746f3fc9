// A server that answers in the forms that Openverse's API and MediaWiki's document, with images of its own.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { seededImage } from './seededImages.js';

export interface Work {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  /** As Openverse has it. */
  readonly license: string;
  readonly version: string;
  /** What is at its address. */
  readonly body: Uint8Array;
  readonly type: string;
}

interface Seen {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly authorization: string | undefined;
}

type Trouble = (answer: ServerResponse) => void;

export const client = { id: 'the-client', secret: 'the-secret' };
const token = 'DLBYIcfnKfolaXKcmMC8RIDCavc2hW';

/** A work whose image is made from a seed: another seed, another look. */
export async function work(seed: number, changes: Partial<Work> = {}): Promise<Work> {
  return {
    id: `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`,
    title: `Work ${seed}`,
    author: `Author ${seed}`,
    license: 'by',
    version: '2.0',
    body: await seededImage(seed),
    type: 'image/jpeg',
    ...changes,
  };
}

/** How the extension CommonsMetadata has these. */
const codes: Readonly<Record<string, string>> = { cc0: 'cc0', pdm: 'pd', other: 'fal' };

/** Pages of Openverse without a token, however many results there are. */
const lastPage = 12;

/** To be closed by the caller. `works`: what is found, by what is searched for. */
export async function startImageProviders(works: Readonly<Record<string, readonly Work[]>>) {
  const seen: Seen[] = [];
  /** What is answered instead, once each, by the path; undefined: as always. */
  const troubles = new Map<string, Array<Trouble | undefined>>();
  const all = Object.values(works).flat();

  const json = (answer: ServerResponse, status: number, body: unknown): void =>
    void answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  function openverse(query: URLSearchParams, authorization: string | undefined, answer: ServerResponse): void {
    const [size, page] = [Number(query.get('page_size')), Number(query.get('page'))];
    if (authorization !== undefined && authorization !== `Bearer ${token}`) {
      json(answer, 401, { detail: 'Invalid token.' });
      return;
    }
    if (size > (authorization === undefined ? 20 : 50)) {
      json(answer, 401, { detail: 'Ensure this value is less than or equal to 20.' });
      return;
    }
    const licenses = query.get('license')!.split(',');
    const found = (works[query.get('q')!] ?? []).filter(({ license }) => licenses.includes(license));
    json(answer, 200, {
      result_count: found.length,
      page_count: Math.min(lastPage, Math.ceil(found.length / size)),
      page_size: size,
      page,
      results: found.slice((page - 1) * size, page * size).map((one) => ({
        id: one.id,
        indexed_on: '2020-04-17T05:51:51Z',
        title: one.title,
        foreign_landing_url: `https://example.org/photos/${one.id}`,
        url: `${url}/files/${one.id}`,
        creator: one.author,
        creator_url: null,
        license: one.license,
        license_version: one.version,
        license_url: `https://creativecommons.org/licenses/${one.license}/${one.version}/`,
        provider: 'flickr',
        source: 'flickr',
        tags: [],
        mature: false,
        thumbnail: `${url}/v1/images/${one.id}/thumb/`,
      })),
    });
  }

  /** Two files an answer, and the details of the second in an answer of their own. */
  function wikimedia(query: URLSearchParams, answer: ServerResponse): void {
    const term = (query.get('gsrsearch') ?? query.get('srsearch'))!.replace(/ filetype:bitmap$/, '');
    const found = works[term] ?? [];
    if (query.get('list') === 'search') {
      json(answer, 200, { batchcomplete: true, query: { searchinfo: { totalhits: found.length }, search: [] } });
      return;
    }
    const [offset, part] = [Number(query.get('gsroffset') ?? 0), query.get('iicontinue') === null ? 0 : 1];
    const batch = found.slice(offset, offset + 2);
    const pages = batch.map((one, place) => ({
      pageid: Number(one.id.slice(-12)),
      ns: 6,
      title: `File:${one.title}.jpg`,
      index: offset + place + 1,
      ...(place === part && { imagerepository: 'local', imageinfo: [infoOf(one)] }),
    }));
    const isSplit = part === 0 && batch.length === 2;
    const following = offset + 2 < found.length ? { gsroffset: offset + 2, continue: 'gsroffset||' } : undefined;
    const here = { iicontinue: 'x|1', ...(offset > 0 && { gsroffset: offset }), continue: '||' };
    json(answer, 200, {
      ...(!isSplit && { batchcomplete: true }),
      ...(isSplit ? { continue: here } : following && { continue: following }),
      ...(pages.length > 0 && { query: { pages: [...pages].reverse() } }),
    });
  }

  const infoOf = (one: Work): object => ({
    thumburl: `${url}/files/${one.id}?width=960`,
    url: `${url}/originals/${one.id}`,
    descriptionurl: `https://commons.example.org/wiki/File:${one.id}`,
    extmetadata: {
      Artist: {
        value: `<style data-mw-deduplicate="x">.fn{color:red}</style><a href="//x" title="User">${one.author} &amp; Co</a>\n`,
        source: 'commons-desc-page',
      },
      License: {
        value: codes[one.license] ?? `cc-${one.license}-${one.version}`,
        source: 'commons-templates',
      },
      LicenseShortName: { value: `CC ${one.license.toUpperCase()} ${one.version}`, source: 'commons-desc-page' },
      LicenseUrl: {
        value: `//creativecommons.org/licenses/${one.license}/${one.version}`,
        source: 'commons-desc-page',
      },
    },
  });

  async function answerTo(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url!, 'http://providers');
    const { authorization } = request.headers;
    seen.push({ path, query, userAgent: String(request.headers['user-agent']), authorization });
    const trouble = troubles.get(path)?.shift();
    if (trouble !== undefined) {
      trouble(answer);
      return;
    }
    const file = all.find(({ id }) => path === `/files/${id}`);
    if (file !== undefined) answer.writeHead(200, { 'content-type': file.type }).end(file.body);
    else if (path === '/v1/images/') openverse(query, authorization, answer);
    else if (path === '/w/api.php') wikimedia(query, answer);
    else if (path === '/v1/auth_tokens/token/') {
      const form = new URLSearchParams(await text(request));
      const isKnown = form.get('client_id') === client.id && form.get('client_secret') === client.secret;
      if (isKnown && form.get('grant_type') === 'client_credentials')
        json(answer, 200, {
          access_token: token,
          expires_in: 36_000,
          token_type: 'Bearer',
          scope: 'read write groups',
        });
      else json(answer, 401, { error: 'invalid_client' });
    } else json(answer, 404, { detail: 'Not found.' });
  }

  const server = createServer((request, answer) => void answerTo(request, answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url, seen, troubles, close };
}
