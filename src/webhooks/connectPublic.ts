// Connections to public addresses alone: whoever may name an address must not reach through the server what it alone can reach (other
// services of its machine and its network, the metadata service of its cloud). What is checked is the address that is connected to,
// once its name is resolved: a name that changes its mind gains nothing.
import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

/** Decides about an address as text, IPv4 or IPv6. */
export type IsAllowed = (address: string) => boolean;

/** Public addresses, and those in `networks` (`10.1.0.0/16`, `fd00::/8`). An IPv4 address inside an IPv6 one counts as itself. */
export function allowPublic(networks: readonly string[]): IsAllowed {
  const allowed = networks.map((network) => ipaddr.parseCIDR(network));
  return (address) => {
    const parsed = ipaddr.process(address);
    return parsed.range() === 'unicast' || allowed.some(([network, bits]) => isWithin(parsed, network, bits));
  };
}

const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

/** The connection was not tried. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';

  constructor(host: string) {
    super(`${host} has no public address`);
  }
}

/** For an undici Agent. Connecting fails with RefusedAddressError where no address of the host is allowed. */
export function connectAllowed(isAllowed: IsAllowed, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, lookup: lookupAllowed(isAllowed) });
  return (options, callback) => {
    // Node resolves names alone, and connects to an address as it is.
    if (isIP(options.hostname) !== 0 && !isAllowed(options.hostname))
      callback(new RefusedAddressError(options.hostname), null);
    else connect(options, callback);
  };
}

function lookupAllowed(isAllowed: IsAllowed): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const addresses = error ? [] : found.filter(({ address }) => isAllowed(address));
      const [first] = addresses;
      if (first === undefined) callback(error ?? new RefusedAddressError(hostname), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
