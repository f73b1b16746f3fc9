// scikit-learn as a process that answers jobs line by line; installed by pip into a folder that git ignores.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonOf } from '../peers/catalogue.js';
import { installPackages } from '../peers/setUp.js';

const requirements = 'scikit-learn';
const script = 'bench/better/scikitLearn.py';

/** A Python that has scikit-learn. Rejects with what pip says. */
export async function pythonOfBench(): Promise<string> {
  await installPackages(requirements);
  return pythonOf(requirements);
}

/** Rows of a set to learn from and to measure on. */
export interface Job {
  readonly set: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly seed: number;
}

export interface Measured {
  /** Share of the test rows that are right. */
  readonly accuracy: number;
  /** Of the processor, to fit. */
  readonly seconds: number;
}

export interface ScikitLearn {
  /** Rejects when the process has ended, which prints why. */
  measure(method: string, job: Job): Promise<Measured>;
  close(): void;
}

/** `folder` has the embeddings (see scikitLearn.py), and keeps the answers, which are always the same. One job at a time. */
export async function startScikitLearn(folder: string): Promise<ScikitLearn> {
  const text = await readFile(script);
  const answers = join(folder, 'scikit-learn');
  await mkdir(answers, { recursive: true });
  const child = spawn(await pythonOfBench(), [script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(method, job) {
      const line = JSON.stringify({ method, ...job });
      const file = join(answers, `${createHash('sha256').update(text).update(line).digest('hex')}.json`);
      const known = await readFile(file, 'utf8').catch(() => undefined);
      if (known !== undefined) return JSON.parse(known) as Measured;
      child.stdin.write(`${line}\n`);
      const answer = (await lines.next()) as IteratorResult<string, undefined>;
      if (answer.done === true) throw new Error(`${script} has ended`);
      await writeFile(file, answer.value);
      return JSON.parse(answer.value) as Measured;
    },
    close: () => child.stdin.end(),
  };
}
