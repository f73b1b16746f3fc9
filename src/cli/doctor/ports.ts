// Can the server listen where it should, or does it already? Nothing is bound to its ports: a server that starts now must find them free.
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Config } from '../../config.js';
import { ok, problem, warning, type Finding } from './finding.js';

export interface PortFacts {
  readonly name: 'PORT' | 'GRPC_PORT';
  readonly port: number;
  /** Why HOST cannot be listened on, as the system says it. */
  readonly hostRefusal: string | undefined;
  /** The port is below those that anybody may listen on, and this user is not one who may. */
  readonly isReserved: boolean;
  readonly isTaken: boolean;
}

/** What answers at PORT. */
export interface ServerFacts {
  /** Undefined: no Taxon. */
  readonly url: string | undefined;
  /** Why it is not ready, in its own words. */
  readonly notReady: string | undefined;
}

type Listening = Pick<Config, 'HOST' | 'PORT' | 'GRPC_PORT'>;

export async function lookAtPorts({ HOST, PORT, GRPC_PORT }: Listening): Promise<PortFacts[]> {
  const hostRefusal = await refusalOf(HOST);
  const lookAt = async (name: PortFacts['name'], port: number): Promise<PortFacts> => ({
    name,
    port,
    hostRefusal,
    isReserved: isReserved(port),
    isTaken: port !== 0 && (await answers(reachable(HOST), port)),
  });
  return Promise.all([lookAt('PORT', PORT), ...(GRPC_PORT === 'off' ? [] : [lookAt('GRPC_PORT', GRPC_PORT)])]);
}

/** By any free port of that address. */
const refusalOf = (host: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(0, host, () => server.close(() => resolve(undefined)));
  });

/** The address at which what listens on `host` is reached from this machine. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (isTaken: boolean): void => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

/** Bit of CAP_NET_BIND_SERVICE: capabilities(7). */
const bindService = 10n;

function isReserved(port: number): boolean {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
    const capabilities = BigInt(`0x${/CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`);
    return port !== 0 && port < first && ((capabilities >> bindService) & 1n) === 0n;
  } catch {
    return false;
  }
}

export async function lookAtServer({ HOST, PORT }: Listening): Promise<ServerFacts> {
  const host = reachable(HOST);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
  const ask = async (path: string): Promise<{ status?: string; detail?: string }> =>
    (await (await fetch(url + path, { signal: AbortSignal.timeout(5_000) })).json()) as object;
  try {
    const { status, detail } = await ask('/health/ready');
    if (status === 'ready') return { url, notReady: undefined };
    const isTaxon = (await ask('/health/live')).status === 'live';
    return { url: isTaxon ? url : undefined, notReady: detail };
  } catch {
    return { url: undefined, notReady: undefined };
  }
}

/** `isOurs`: the server that answers may be one on this DATA_DIR. */
export function judgePorts(
  ports: readonly PortFacts[],
  { url, notReady }: ServerFacts,
  { host, isOurs }: { readonly host: string; readonly isOurs: boolean },
): Finding[] {
  return ports.map(({ name, port, hostRefusal, isReserved, isTaken }) => {
    if (hostRefusal !== undefined)
      return problem(
        'HOST',
        `${host}: ${hostRefusal}`,
        'Set HOST to an address of this machine, or to 0.0.0.0 for all of them.',
      );
    if (isTaken && url !== undefined && !isOurs)
      return warning(
        name,
        `${port}: a Taxon server answers that is not on this DATA_DIR`,
        `Run this in the folder of that server; or set ${name} to another, for a second one.`,
      );
    if (isTaken && url !== undefined && name === 'PORT')
      return notReady === undefined
        ? ok(name, `${port}: a Taxon server answers and is ready (${url})`)
        : warning(name, `${port}: a Taxon server answers and is not ready: ${notReady}`, 'Its log says more.');
    if (isTaken && url !== undefined) return ok(name, `${port}: in use, as the server runs`);
    if (isTaken)
      return problem(name, `${port} is taken by another program`, `Set ${name} to another, or end that program.`);
    if (isReserved)
      return problem(
        name,
        `${port} may not be listened on by this user`,
        `Set ${name} to 1024 or above, and put a proxy before it (docs/reverse-proxy.md).`,
      );
    return ok(name, port === 0 ? 'any that is free' : `${port} is free`);
  });
}
