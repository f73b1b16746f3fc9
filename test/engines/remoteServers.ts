// Where the remote engine's contract is tested: on a server of this process by either protocol, and on the endpoints that the caller names.
import type { RemoteOptions } from '../../src/engines/engine.js';
import { startInferenceServer, type InferenceServer, type Protocol } from '../support/inferenceServer.js';
import type { Elsewhere } from './contract.js';

const optionsFor = (...endpoints: readonly string[]): RemoteOptions => ({
  endpoints,
  // Batches of the suite have up to four images: they are divided.
  imagesPerRequest: 3,
  timeoutMs: 30_000,
  checkEveryMs: 2_000,
});

function inProcess(protocol: Protocol): Elsewhere {
  let server: InferenceServer | undefined;
  return {
    name: `a server by ${protocol}`,
    start: async (backbones, folder) => {
      server = await startInferenceServer(protocol, backbones, folder);
      return optionsFor(server.url);
    },
    stop: async () => server?.close(),
  };
}

/** From TAXON_TEST_REMOTE_ENDPOINTS, URLs separated by commas: servers that have the small backbone, see .ci/remote-engine. */
const named = (process.env['TAXON_TEST_REMOTE_ENDPOINTS'] ?? '').split(',').filter((url) => url !== '');

export const remoteServers: readonly Elsewhere[] = [
  inProcess('http'),
  inProcess('grpc'),
  ...named.map((url) => ({ name: url, start: async () => optionsFor(url), stop: async () => undefined })),
];
