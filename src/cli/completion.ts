// taxon completion: what a shell completes command lines with. Made from the commands, so that it is never behind them, and static: to
// ask the program at each press of Tab would take most of a second.
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { bashCompletion } from './completion/bash.js';
import { listCommands } from './completion/commandTree.js';
import { fishCompletion } from './completion/fish.js';
import { zshCompletion } from './completion/zsh.js';

const writers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
const shells = ['bash', 'zsh', 'fish'] as const;

export const completionCommand = (): Command =>
  new Command('completion')
    .description('Print what completes commands and options when Tab is pressed.')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  echo 'source <(taxon completion bash)' >> ~/.bashrc
  taxon completion zsh > "\${fpath[1]}/_taxon"
  taxon completion fish > ~/.config/fish/completions/taxon.fish`,
    )
    .action((shell: string, _options: unknown, command: Command) => {
      const program = command.parent!;
      console.log(writers[z.enum(shells).parse(shell)](program.name(), listCommands(program)).trimEnd());
    });
