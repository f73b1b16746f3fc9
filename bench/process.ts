// Starts a server of ours or another as its own process, so that its event loop, memory and start-up are measured from outside.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** From spawn to the line that gives the address. */
  readonly startMs: number;
  /** Resident memory in MiB. */
  rssMiB(): Promise<number>;
  /** User and system time of all its threads so far, in milliseconds. */
  cpuMs(): Promise<number>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

/** Runs `node script …args` until a line of its output carries an http address. Rejects when it exits before. */
export async function startServer(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstAddress(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    url,
    child,
    startMs: performance.now() - startedAt,
    rssMiB: async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuMs: async () => {
      // Fields 14 and 15, in hundredths of a second: proc_pid_stat(5). The name in brackets before them may have spaces.
      const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

function firstAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const address = /http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/.exec(line);
      if (address !== null) resolve(`http://127.0.0.1:${address[1]}`);
    });
  });
}
