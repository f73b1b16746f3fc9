// The command `taxon`: one file a subcommand; this one only lists them.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { backupCommand } from './backup.js';
import { benchCommand } from './bench.js';
import { classifyCommand } from './classify.js';
import { completionCommand } from './completion.js';
import { datasetsCommand } from './datasets.js';
import { doctorCommand } from './doctor.js';
import { embedCommand } from './embed.js';
import { engineCommand } from './engine.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { modelsCommand } from './models.js';
import { pullCommand } from './pull.js';
import { quantizeCommand } from './quantize.js';
import { restoreCommand } from './restore.js';
import { serveCommand } from './serve.js';
import { teachCommand } from './teach.js';
import { trainCommand } from './train.js';

/** To be made when the environment is complete: some options have variables as defaults. Throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program: Command = new Command('taxon')
    .description(
      'Image classification that you own and can retrain. Without a command: the server, as the environment and .env say.',
    )
    .version(packageVersion(), '-V, --version')
    // Several subcommands have a --version of their own.
    .enablePositionalOptions()
    .addCommand(serveCommand())
    .addCommand(classifyCommand())
    .addCommand(embedCommand())
    .addCommand(teachCommand())
    .addCommand(trainCommand())
    .addCommand(evaluateCommand())
    .addCommand(datasetsCommand())
    .addCommand(modelsCommand())
    .addCommand(keysCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand())
    .addCommand(pullCommand())
    .addCommand(quantizeCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(engineCommand())
    .addCommand(migrateCommand())
    .addCommand(benchCommand())
    .addCommand(doctorCommand())
    .addCommand(completionCommand())
    .addHelpText(
      'after',
      '\nWithout --url and --key, commands work on this machine itself, with a server or without one: docs/cli.md.',
    );
  for (const command of allCommands(program)) command.exitOverride();
  return program;
}

/** `program` and every command below it. */
export const allCommands = (program: Command): Command[] => [program, ...program.commands.flatMap(allCommands)];

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
