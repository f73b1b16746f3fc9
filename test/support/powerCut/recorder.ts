// Preloaded into a process and its threads (node --import): writes down every change and flush of a file under POWER_CUT_ROOT, in
// order, to the file POWER_CUT_LOG. A change that it does not know is refused, so that nothing is missed.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { appendRecord, type Change } from './log.js';

type Call = (...args: unknown[]) => unknown;

const root = process.env.POWER_CUT_ROOT!;
const real = { ...fs };
const recorded = new Set<number>();
let nested = 0;

/** Lock files are made anew at every start, by other means than PGlite's. */
const isRecorded = (path: unknown): path is string =>
  typeof path === 'string' && path.startsWith(`${root}/`) && !path.startsWith(`${root}/db.lock`);

function log(change: Change, data?: Uint8Array): void {
  appendRecord(real, { change, data });
}

/** Replaces one function of node:fs; functions that Node calls inside of another are not written down twice. */
function replace(name: keyof typeof fs, describe: (args: unknown[], result: unknown) => void): void {
  const original = real[name] as Call;
  (fs as unknown as Record<string, Call>)[name] = (...args) => {
    nested += 1;
    try {
      const result = original(...args);
      if (nested === 1) describe(args, result);
      return result;
    } finally {
      nested -= 1;
    }
  };
}

const onPath = (name: keyof typeof fs, change: (path: string, args: unknown[]) => Change): void =>
  replace(name, (args) => {
    if (isRecorded(args[0])) log(change(args[0], args));
  });

const onDescriptor = (name: keyof typeof fs, change: (fd: number, args: unknown[]) => Change): void =>
  replace(name, (args) => {
    if (recorded.has(args[0] as number)) log(change(args[0] as number, args));
  });

replace('openSync', ([path, flags], fd) => {
  if (!isRecorded(path)) return;
  recorded.add(fd as number);
  log({
    kind: 'open',
    path,
    fd: fd as number,
    truncate: flags === 'w' || (typeof flags === 'number' && (flags & fs.constants.O_TRUNC) !== 0),
  });
});
replace('closeSync', ([fd]) => {
  if (recorded.delete(fd as number)) log({ kind: 'close', fd: fd as number });
});
replace('writeSync', ([fd, buffer, offset, , position], written) => {
  if (!recorded.has(fd as number)) return;
  if (!ArrayBuffer.isView(buffer) || typeof offset !== 'number' || typeof position !== 'number')
    throw new Error('a write of a kind that is not recorded');
  const data = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, written as number);
  log({ kind: 'write', fd: fd as number, position }, data);
});
replace('writeFileSync', ([path, content]) => {
  if (!isRecorded(path)) return;
  if (content !== '') throw new Error('a write of a kind that is not recorded');
  log({ kind: 'open', path, fd: -1, truncate: true });
});
onDescriptor('ftruncateSync', (fd, [, size]) => ({ kind: 'truncate', fd, size: Number(size) }));
onDescriptor('fsyncSync', (fd) => ({ kind: 'flush', fd }));
onDescriptor('fdatasyncSync', (fd) => ({ kind: 'flush', fd }));
onPath('truncateSync', (path, [, size]) => ({ kind: 'truncatePath', path, size: Number(size) }));
onPath('mkdirSync', (path) => ({ kind: 'mkdir', path }));
onPath('renameSync', (path, [, to]) => ({ kind: 'rename', path, to: to as string }));
onPath('unlinkSync', (path) => ({ kind: 'remove', path }));
onPath('rmdirSync', (path) => ({ kind: 'remove', path }));
onPath('rmSync', (path) => ({ kind: 'remove', path }));
for (const name of ['writevSync', 'appendFileSync', 'copyFileSync', 'cpSync', 'linkSync', 'symlinkSync'] as const)
  replace(name, ([path, to]) => {
    if (isRecorded(path) || isRecorded(to) || recorded.has(path as number)) throw new Error(`${name} is not recorded`);
  });
syncBuiltinESMExports();
