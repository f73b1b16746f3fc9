#!/usr/bin/env node
// taxon, the process: environment, with .env → command → exit code.
import { readEnvFile } from '../envFile.js';
import { createProgram } from './program.js';
import { run } from './run.js';

// Before the commands are made: some of their options have variables as defaults.
readEnvFile();

process.exitCode = await run(createProgram(), process.argv.slice(2));
