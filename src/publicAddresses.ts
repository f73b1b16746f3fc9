// Where a server may connect to on behalf of others: public addresses, and networks that its operator names. An address is checked when
// a connection is made to it, so that a name cannot mean another one between the check and the connection (DNS rebinding).
import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

/** Decides about an address as text, IPv4 or IPv6. */
export type IsAllowed = (address: string) => boolean;

/** Public addresses, and those in `networks` (`10.1.0.0/16`, `fd00::/8`). An IPv4 address inside an IPv6 one counts as itself. */
export function allowPublic(networks: readonly string[]): IsAllowed {
  return (address) => isPublic(address) || isWithin(address, networks);
}

/** The name, or the address, is none that may be connected to. The message names no address: it would tell of the inner network. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(host: string) {
    super(`${host} is not at a public address`);
  }
}

export interface GuardOptions {
  readonly isAllowed: IsAllowed;
  /** In which a connection must be made; absent: undici's. */
  readonly timeoutMs?: number;
  /** Resolves names; absent: as the system does. */
  readonly lookup?: typeof lookUp;
}

/** For undici's `connect`. Connections fail with PrivateAddressError when one of the addresses of a host is not allowed. */
export function createGuardedConnector(options: GuardOptions): buildConnector.connector {
  const { isAllowed, timeoutMs, lookup = lookUp } = options;
  const guardedLookup: LookupFunction = (host, lookupOptions, callback) => {
    lookup(host, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error) {
        callback(error, []);
        return;
      }
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address)))
        callback(new PrivateAddressError(host), []);
      else if (lookupOptions.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ lookup: guardedLookup, ...(timeoutMs !== undefined && { timeout: timeoutMs }) });
  return (target, callback) => {
    const host = target.hostname.replaceAll(/[[\]]/g, '');
    // What is an address already is not looked up.
    if (isIP(host) !== 0 && !isAllowed(host)) callback(new PrivateAddressError(host), null);
    else connect(target, callback);
  };
}

/** RFC 4291: all global unicast addresses of IPv6 there are so far. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether `address` belongs to no private, local, shared, reserved or translating network. An IPv4 address in IPv6 counts as itself. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}

function isWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === parsed.kind() && parsed.match(base, bits);
  });
}
