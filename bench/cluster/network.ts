// A network inside this machine: each host is a network namespace with an address of its own on one bridge, and can be cut off without a word. Needs root.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bridge = 'taxonbr';
const prefix = '10.77.0';

/** Address of the machine itself, where the clients are. */
export const ownAddress = `${prefix}.1`;

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Begins every command line that is to run on this host. */
  readonly enter: readonly string[];
}

const ip = (...args: string[]): Promise<unknown> => run('ip', args);
const namespaceOf = (name: string): string => `taxon-${name}`;
const linkOf = (name: string): string => `tx-${name}`;

/** Makes the bridge and the hosts, after what an earlier run left of them is gone. */
export async function openNetwork(names: readonly string[]): Promise<ReadonlyMap<string, Host>> {
  await closeNetwork(names);
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('address', 'add', `${ownAddress}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  const hosts = new Map<string, Host>();
  for (const [i, name] of names.entries()) {
    const [namespace, link] = [namespaceOf(name), linkOf(name)];
    const address = `${prefix}.${i + 2}`;
    await ip('netns', 'add', namespace);
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('link', 'set', link, 'master', bridge, 'up');
    await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    hosts.set(name, { name, address, enter: ['ip', 'netns', 'exec', namespace] });
  }
  return hosts;
}

/** Nothing reaches the host and nothing leaves it; its connections stay open on both ends. */
export const cutOff = ({ name }: Host): Promise<unknown> => ip('link', 'set', linkOf(name), 'nomaster');
export const reconnect = ({ name }: Host): Promise<unknown> => ip('link', 'set', linkOf(name), 'master', bridge);

/** Ends everything that runs on the host, as a power cut does. */
export async function killAll({ name }: Host): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'pids', namespaceOf(name)]);
  for (const pid of stdout.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

export async function closeNetwork(names: readonly string[]): Promise<void> {
  const gone = (): undefined => undefined;
  for (const name of names) await ip('netns', 'delete', namespaceOf(name)).catch(gone);
  for (const name of names) await ip('link', 'delete', linkOf(name)).catch(gone);
  await ip('link', 'delete', bridge).catch(gone);
}
