// One command line from its words to its exit code.
import type { Command } from 'commander';
import { endingOf, exitCodes } from './exit.js';
import { printDocument, tell } from './output.js';
import { startServerProcess } from './serverProcess.js';

/** `args`: the words after `taxon`; without any it is the server. Gives the exit code; whatever goes wrong is told of. */
export async function run(program: Command, args: readonly string[]): Promise<number> {
  try {
    if (args.length === 0) startServerProcess();
    else await program.parseAsync(args, { from: 'user' });
    // Set by a command that did its work, but not on every image.
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    const { exitCode, code, detail, told } = endingOf(error);
    if (told !== undefined) tell(told);
    if (exitCode !== exitCodes.done && args.includes('--json')) printDocument({ error: { code, detail } });
    return exitCode;
  }
}
