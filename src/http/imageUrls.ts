// Images that clients name by their URL: fetched from hosts that the operator lists, from public addresses, within a size and a time.
import { Agent, request, type Dispatcher } from 'undici';
import { AppError } from '../errors.js';
import { allowPublic, createGuardedConnector, PrivateAddressError, type GuardOptions } from '../publicAddresses.js';

export interface ImageUrlsOptions extends Pick<GuardOptions, 'lookup'> {
  /** Networks beside the public ones, as `10.1.0.0/16`. */
  readonly networks: readonly string[];
  /** `name`, `name:port` or `*.name`, in lower case; without a port, those of http and https. None: no URL is fetched. */
  readonly hosts: readonly string[];
  readonly maxBytes: number;
  /** From the lookup of the first name to the last byte. */
  readonly timeoutMs: number;
}

/** Fetched at a time; each may hold one image of the largest size. */
const maxFetches = 16;
const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export class ImageUrls {
  readonly #connect: ReturnType<typeof createGuardedConnector>;
  #fetches = 0;

  constructor(private readonly options: ImageUrlsOptions) {
    const { networks, lookup } = options;
    this.#connect = createGuardedConnector({ isAllowed: allowPublic(networks), ...(lookup && { lookup }) });
  }

  /**
   * The bytes at `url`, unread until the image decoder sees them. Throws AppError `image_url_refused`, `image_url_failed`,
   * `image_too_large`, `overloaded`, and the reason of `signal`, which ends the wait.
   */
  async fetch(url: string, signal: AbortSignal): Promise<Buffer> {
    if (this.#fetches >= maxFetches)
      throw new AppError('overloaded', `${maxFetches} images are being fetched from their URLs already`);
    this.#fetches += 1;
    // One for each image: nothing is kept of hosts, which a pattern may stand for many of.
    const agent = new Agent({ connect: this.#connect, pipelining: 0 });
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    try {
      return await this.#follow(this.#permitted(url), agent, AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw failed(`it did not arrive within ${this.options.timeoutMs} ms`, error);
      throw asFault(error);
    } finally {
      this.#fetches -= 1;
      void agent.destroy();
    }
  }

  async #follow(start: URL, dispatcher: Dispatcher, signal: AbortSignal): Promise<Buffer> {
    let url = start;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const headers = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'taxon' };
      const answer = await request(url, { dispatcher, signal, headers });
      if (!redirects.has(answer.statusCode)) return await this.#read(answer);
      answer.body.on('error', () => undefined).destroy();
      url = this.#permitted(String(answer.headers.location ?? ''), url);
    }
    throw failed(`there are more than ${maxRedirects} redirects`);
  }

  async #read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
    const { maxBytes } = this.options;
    const chunks: Buffer[] = [];
    let bytes = Number(headers['content-length'] ?? 0);
    if (statusCode === 200 && bytes <= maxBytes) {
      bytes = 0;
      for await (const chunk of body) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        if (bytes > maxBytes) break;
      }
    }
    body.on('error', () => undefined).destroy();
    if (statusCode !== 200) throw failed(`its host answered ${statusCode}`);
    if (bytes > maxBytes) throw new AppError('image_too_large', `the file has more than ${maxBytes} bytes`);
    return Buffer.concat(chunks);
  }

  /** Throws AppError image_url_refused, for the URL of a redirect too. */
  #permitted(text: string, base?: URL): URL {
    const { hosts } = this.options;
    if (hosts.length === 0)
      throw refused('this server fetches no images from URLs; IMAGE_URL_HOSTS lists hosts that it may fetch from');
    if (!URL.canParse(text, base?.href)) throw refused('it is not a URL');
    const url = new URL(text, base?.href);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('its scheme is neither https nor http');
    if (url.username !== '' || url.password !== '') throw refused('it carries a name or a password');
    if (!hosts.some((host) => isMeant(host, url))) throw refused(`${url.host} is not a host to fetch images from`);
    return url;
  }
}

function isMeant(host: string, url: URL): boolean {
  const [name = '', port = ''] = host.split(':');
  // The default port of a scheme is not in its URLs.
  const isPort = port === '' ? url.port === '' : [url.port, defaultPorts[url.protocol]].includes(port);
  return isPort && (name.startsWith('*.') ? url.hostname.endsWith(name.slice(1)) : url.hostname === name);
}

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

const refused = (reason: string, cause?: unknown): AppError =>
  new AppError('image_url_refused', `the image is not fetched: ${reason}`, { cause });
const failed = (reason: string, cause?: unknown): AppError =>
  new AppError('image_url_failed', `the image could not be fetched: ${reason}`, { cause });

/** What went wrong on the way is told in general: the network that it happened in is not the client's. */
function asFault(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof PrivateAddressError) return refused(error.message, error);
  return failed('its host could not be reached', error);
}
