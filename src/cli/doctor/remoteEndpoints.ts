// The servers that run backbones for ENGINE=remote: is anyone there. Which backbones they have, only the server compares.
import { remoteOptionsOf, type Config } from '../../config.js';
import { candidates } from '../../engines/select.js';
import { openTransport } from '../../engines/remote/openTransport.js';
import { messageOf } from '../../engines/remote/transport.js';
import { ok, problem, warning, type Finding } from './finding.js';

export interface EndpointFacts {
  readonly address: string;
  /** Name and version of the server; undefined: it does not answer. */
  readonly server: string | undefined;
  /** Why it does not. */
  readonly failure: string | undefined;
}

/** A doctor does not wait as long as a request. */
const timeoutMs = 3_000;

/** Those of REMOTE_ENDPOINTS, in their order. */
export const lookAtRemoteEndpoints = (config: Config): Promise<EndpointFacts[]> =>
  Promise.all(remoteOptionsOf(config).endpoints.map(lookAt));

async function lookAt(url: string): Promise<EndpointFacts> {
  const transport = openTransport({ url: new URL(url), onDisconnect: () => undefined });
  const { address } = transport;
  try {
    const { name, version } = await transport.describeServer(AbortSignal.timeout(timeoutMs));
    return { address, server: `${name} ${version}`.trim(), failure: undefined };
  } catch (error) {
    return { address, server: undefined, failure: messageOf(error) };
  } finally {
    await transport.close();
  }
}

/** Of endpoints that no engine asks, nothing is said but that. */
export function judgeRemoteEndpoints(
  endpoints: readonly EndpointFacts[],
  { ENGINE, DEVICE }: Pick<Config, 'ENGINE' | 'DEVICE'>,
): Finding[] {
  const isRemote = candidates({ engine: ENGINE, device: DEVICE }).some(({ engine }) => engine === 'remote');
  const check = 'remote engine';
  if (!isRemote)
    return endpoints.length === 0
      ? []
      : [warning(check, 'REMOTE_ENDPOINTS are set, and not asked', 'Set ENGINE=remote, or take them out.')];
  if (endpoints.length === 0)
    return [problem(check, 'there are no endpoints', 'Set REMOTE_ENDPOINTS (docs/remote-engine.md).')];
  const isAnyoneThere = endpoints.some(({ server }) => server !== undefined);
  return endpoints.map(({ address, server, failure }) => {
    if (server !== undefined) return ok(`${check} ${address}`, server);
    const judge = isAnyoneThere ? warning : problem;
    return judge(
      `${check} ${address}`,
      `it does not answer: ${failure}`,
      'Start it, or correct REMOTE_ENDPOINTS; without any endpoint the server does not start.',
    );
  });
}
