#!/usr/bin/env node
// taxon: the command line. One file a command; this one only lists them. Without one it is the server.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { readEnvFile } from '../envFile.js';
import { AppError } from '../errors.js';
import { benchCommand } from './bench.js';
import { completionCommand } from './completion.js';
import { datasetsCommand } from './datasets.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { migrateCommand } from './migrate.js';
import { pullCommand } from './pull.js';
import { quantizeCommand } from './quantize.js';
import { startServerProcess } from './serverProcess.js';

// Before the commands are made: some of their options have variables as defaults.
readEnvFile();

const program = new Command('taxon')
  .description(
    'Image classification that you own and can retrain. Without a command: the server, as the environment and .env say.',
  )
  .version(packageVersion())
  // What follows and is no command is refused below, by the name that it has in other programs.
  .allowExcessArguments()
  .action((_options: unknown, { args }: Command) => {
    if (args.length > 0) program.error(`error: unknown command '${args[0]}'`);
    startServerProcess();
  })
  .addCommand(benchCommand())
  .addCommand(completionCommand())
  .addCommand(datasetsCommand())
  .addCommand(doctorCommand())
  .addCommand(engineCommand())
  .addCommand(exportCommand())
  .addCommand(importCommand())
  .addCommand(migrateCommand())
  .addCommand(pullCommand())
  .addCommand(quantizeCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof AppError ? error.detail : error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
