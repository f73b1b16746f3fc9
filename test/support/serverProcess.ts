// The server as a process of its own, for tests of how it starts and how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { environmentOf, type Environment } from './environment.js';

export const main = 'dist/src/main.js';

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Lines of its standard output so far. */
  readonly log: readonly string[];
  /** Lines of its standard error so far, which are shown too. */
  readonly errors: readonly string[];
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Where it listens; undefined when it ended before it did. */
  readonly url: Promise<string | undefined>;
  /** Kills it, if it still runs, and resolves when it is gone, so that its folder can be removed. */
  end(): Promise<void>;
}

export interface ProcessOptions {
  /** Default: the server itself. */
  readonly script?: string;
  /** A module that the process loads before anything else. */
  readonly preload?: URL;
  /** Whom it runs as. */
  readonly user?: { readonly uid?: number; readonly gid?: number };
}

/** Starts it as `env` and environmentOf say. The caller ends it. */
export function startServerProcess(
  env: Environment,
  { script = main, preload, user = {} }: ProcessOptions = {},
): ServerProcess {
  const child = spawn(process.execPath, [...(preload ? ['--import', preload.href] : []), script], {
    env: { ...process.env, ...environmentOf(env) },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const log: string[] = [];
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const url = new Promise<string | undefined>((resolve) => {
    void exited.then(() => resolve(undefined));
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const address = /Server listening at (http:[^"]+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, log, errors, exited, url, end };
}
