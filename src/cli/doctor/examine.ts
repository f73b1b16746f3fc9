// Everything that `taxon doctor` looks at, in the order in which it is told. It only looks: nothing is written, bound or opened that a
// running server may have.
import { judgeClock, lookAtClock } from './clock.js';
import { readConfiguration } from './configuration.js';
import { judgeDatabase, lookAtDatabase } from './database.js';
import { judgeDirectory, lookAtDirectories } from './directories.js';
import { judgeEngines, lookAtEngines } from './engines.js';
import type { Finding } from './finding.js';
import { judgeCard, lookAtCard } from './graphicsCard.js';
import { judgeMemory, lookAtMemory } from './memory.js';
import { judgePorts, lookAtPorts, lookAtServer } from './ports.js';
import { judgeProcessor, lookAtProcessor } from './processor.js';
import { judgeRemoteEndpoints, lookAtRemoteEndpoints } from './remoteEndpoints.js';

/** `env`: with what .env adds. */
export async function examine(env: Readonly<Record<string, string | undefined>>): Promise<Finding[]> {
  const { config, findings } = readConfiguration(env);
  const processor = lookAtProcessor();
  const [engines, endpoints, directories, ports, server, database] = await Promise.all([
    lookAtEngines(config),
    lookAtRemoteEndpoints(config),
    lookAtDirectories(config),
    lookAtPorts(config),
    lookAtServer(config),
    lookAtDatabase(config),
  ]);
  const isServing = server.url !== undefined;
  const clock = await lookAtClock(config, database.kind === 'server' ? database.aheadMs : undefined);
  return [
    ...findings,
    ...judgeProcessor(processor, config),
    judgeMemory(lookAtMemory(), config, isServing),
    judgeCard(lookAtCard(engines.cuda), config),
    ...judgeEngines(engines, config, processor.features?.int8 ?? false),
    ...judgeRemoteEndpoints(endpoints, config),
    ...directories.map((facts) => judgeDirectory(facts, database.kind === 'embedded')),
    judgeDatabase(database, isServing),
    ...judgePorts(ports, server, { host: config.HOST, isOurs: database.kind === 'server' || database.isOpen }),
    judgeClock(clock),
  ];
}
