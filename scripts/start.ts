// npm start: the server in a process of its own, with the settings that a process must begin with.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { allocatorSettings, nodeFlags } from '../src/processSettings.js';

const server = spawn(process.execPath, [...nodeFlags, fileURLToPath(import.meta.resolve('../src/main.js'))], {
  stdio: 'inherit',
  env: { ...allocatorSettings, ...process.env },
});
// A terminal or a supervisor may have sent the signal to both: the server takes repetitions for one.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal));
server.once('exit', (code, signal) => {
  process.exitCode = code ?? 1;
  if (signal !== null) console.error(`the server was ended by ${signal}`);
});
