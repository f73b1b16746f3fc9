// `taxon import` in a process of its own, timed, with the most memory that it held.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

export interface ImportOutcome {
  /** What the command said when it refused; undefined when it installed the model. */
  readonly error: string | undefined;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** Processor time of all its threads, in seconds: what other work on the machine does not change much. */
  readonly cpuSeconds: number;
  /** The largest resident set of the process. */
  readonly peakBytes: number;
}

/** Loaded before the command: leaves what the process used in a file as it exits. Threads load it too, and write before the process does. */
const hook = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.USAGE_FILE, JSON.stringify(process.resourceUsage())));",
)}`;

/** Of process.resourceUsage: microseconds and kibibytes. */
const usageSchema = z.object({ userCPUTime: z.number(), systemCPUTime: z.number(), maxRSS: z.number() });

/** Runs `taxon import` with these arguments on the folders of a server. */
export async function importInChild(
  args: readonly string[],
  { models, data }: { readonly models: string; readonly data: string },
): Promise<ImportOutcome> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-imports-'));
  const usageFile = join(scratch, 'usage.json');
  try {
    const started = performance.now();
    const child = spawn(process.execPath, ['--import', hook, 'dist/src/cli/main.js', 'import', ...args], {
      env: { ...process.env, MODELS_DIR: models, DATA_DIR: data, USAGE_FILE: usageFile },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const said = (await text(child.stderr)).trim();
    const code = await exited;
    const seconds = (performance.now() - started) / 1000;
    const { userCPUTime, systemCPUTime, maxRSS } = usageSchema.parse(JSON.parse(await readFile(usageFile, 'utf8')));
    return {
      error: code === 0 ? undefined : said || `it ended with ${code}`,
      seconds,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakBytes: maxRSS * 1024,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
