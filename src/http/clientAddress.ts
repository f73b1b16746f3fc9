// Whom a limit by address concerns.
import { normalizeIP } from '@fastify/rate-limit';

/**
 * The address of a request's client (see TRUST_PROXY); of IPv6 the first 64 bits, since whoever has one address there has that many.
 * Those whose connection has closed meanwhile have no address, and count as one.
 */
export const clientAddress = ({ ip }: { readonly ip: string | undefined }): string =>
  ip === undefined ? 'closed' : normalizeIP(withoutPort(ip), 64);

/** Some proxies name the port beside the address. */
const withoutPort = (ip: string): string =>
  ip.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1').replace(/^\[(.*)\](?::\d+)?$/, '$1');
