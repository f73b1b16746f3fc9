// A question before what cannot be undone.
import { createInterface } from 'node:readline/promises';
import { InterruptedError, UsageError } from './exit.js';

/** Throws InterruptedError when the answer is not yes, UsageError where nobody can be asked. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY) throw new UsageError(`${question} Say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError('Nothing was done.');
}
