// Any program that serves HTTP at PORT, on cores that are chosen; measured from outside.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';

export interface ServerCommand {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Path that classifies. */
  readonly path: string;
}

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly client: Client;
  /** Seconds from its start to its first right answer. */
  readonly startSeconds: number;
  /** SIGTERM to the whole process group, SIGKILL after ten seconds; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Groups of the servers that run: they must not outlive the bench, however it ends. */
const groups = new Set<number>();
process.once('exit', () => groups.forEach((group) => killGroup(group, 'SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startLimitMs = 240_000;

/**
 * Starts the server on `cores`, a list as taskset takes it (absent: all), and waits until it classifies `body`. Its output goes to
 * `logFile`. Rejects with the end of it when the server ends before or takes more than four minutes.
 */
export async function startOnCores(
  { command, env, path }: ServerCommand,
  body: Buffer,
  logFile: string,
  cores?: string,
): Promise<RunningServer> {
  const port = await freePort();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const [program, ...args] = cores === undefined ? command : (['taskset', '-c', cores, ...command] as const);
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  if (child.pid !== undefined) groups.add(child.pid);
  // Without a listener, a program that is not there would end the bench; the loop below sees that it has no process id.
  child.on('error', () => undefined);
  const url = `http://127.0.0.1:${port}`;
  const client = new Client(url, path);
  const stop = async (): Promise<void> => {
    await client.close();
    await stopGroup(child);
  };
  try {
    await untilItAnswers(child, client, body, startedAt);
  } catch (error) {
    await stop();
    const told = readFileSync(logFile, 'utf8').trim().slice(-600);
    throw new Error(`${error instanceof Error ? error.message : String(error)}${told && `: ${told}`}`, {
      cause: error,
    });
  }
  return { url, pid: child.pid!, client, startSeconds: (performance.now() - startedAt) / 1000, stop };
}

async function untilItAnswers(child: ChildProcess, client: Client, body: Buffer, startedAt: number): Promise<void> {
  for (;;) {
    if (child.pid === undefined) throw new Error(`${child.spawnfile} is not there`);
    if (hasEnded(child)) throw new Error(`ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}`);
    const answer = await client.classify(body).catch((error: unknown) => error);
    if (Array.isArray(answer)) return;
    if (performance.now() - startedAt > startLimitMs) throw answer;
    await sleep(25);
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  killGroup(child.pid, 'SIGTERM');
  for (let waited = 0; waited < 10_000 && !hasEnded(child); waited += 50) await sleep(50);
  killGroup(child.pid, 'SIGKILL');
  while (!hasEnded(child)) await sleep(20);
  groups.delete(child.pid);
}

function killGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-group, signal);
  } catch {
    // All of them have ended.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
