#!/usr/bin/env node
// taxon, the process: environment, with .env → command → exit code.
import { readEnvFile } from '../envFile.js';
import { endingOf } from './exit.js';
import { printDocument, tell } from './output.js';
import { createProgram } from './program.js';

readEnvFile();

try {
  await createProgram().parseAsync();
} catch (error) {
  const { exitCode, code, detail, isTold } = endingOf(error);
  if (!isTold) tell(detail);
  if (exitCode !== 0 && process.argv.includes('--json')) printDocument({ error: { code, detail } });
  process.exitCode = exitCode;
}
