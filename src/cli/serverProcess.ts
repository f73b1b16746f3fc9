// The server in a process of its own, with the settings that a process must begin with: of `npm start` and of `taxon`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { allocatorSettings, nodeFlags } from '../processSettings.js';

const main = fileURLToPath(new URL('../main.js', import.meta.url));

/** Starts it with this process's environment, hands signals on, and ends this process as it ends. */
export function startServerProcess(): void {
  const server = spawn(process.execPath, [...nodeFlags, main], {
    stdio: 'inherit',
    env: { ...allocatorSettings, ...process.env },
  });
  // A terminal or a supervisor may have sent the signal to both: the server takes repetitions for one.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal));
  server.once('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal !== null) console.error(`the server was ended by ${signal}`);
  });
}
