// npm start: the server with glibc's allocator set as in the Docker image. The allocator reads its settings when a process begins, so
// that they cannot be set from within; other C libraries do not know them.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Freed memory goes back to the system at once; without it, resident memory settles 300 MiB higher (docs/performance.md). */
const allocator = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

const server = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(import.meta.resolve('../src/main.js'))], {
  stdio: 'inherit',
  env: { ...allocator, ...process.env },
});
// A terminal or a supervisor may have sent the signal to both: the server takes repetitions for one.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal));
server.once('exit', (code, signal) => {
  process.exitCode = code ?? 1;
  if (signal !== null) console.error(`the server was ended by ${signal}`);
});
