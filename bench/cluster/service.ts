// A program on a host of the network: started, killed, ended, started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { killAll, type Host } from './network.js';

export interface Program {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves once it does its work. */
  readonly ready: () => Promise<void>;
}

export class Service {
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(
    readonly host: Host,
    public program: Program,
    /** What it writes goes there. */
    private readonly log: number,
  ) {}

  get name(): string {
    return this.host.name;
  }

  async start(): Promise<void> {
    const [file, ...args] = [...this.host.enter, ...this.program.command];
    const child = spawn(file!, args, {
      env: { ...process.env, ...this.program.env },
      stdio: ['ignore', this.log, this.log],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    await this.program.ready();
  }

  /** Resolves when it has ended by itself. */
  async exited(): Promise<void> {
    await this.#exited;
  }

  /** Told to end; resolves when it has. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  /** As at a power cut of its host. */
  async kill(): Promise<void> {
    await killAll(this.host);
    await this.#exited;
  }
}

/** Asks again until `attempt` succeeds. Throws its last error after `patienceMs`. */
export async function until(attempt: () => Promise<unknown>, patienceMs = 90_000): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
