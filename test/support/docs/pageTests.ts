// A test for each page whose commands are run, in one room for all pages of a test file: a server costs seconds to start.
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { fencesOf, isShell, shellMarkOf, type Fence } from './fences.js';
import { pages } from './pages.js';
import { Room } from './room.js';

/** Pages by what takes their time, for test files that run side by side: trainings, servers that are stopped and started, neither. */
type Group = 'training' | 'stopping' | 'other';

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);
export const skip = !hasCurl && 'there is no curl';

let room: Promise<Room> | undefined;
after(async () => (await room)?.close());

/** That of this test file. */
export const theRoom = (): Promise<Room> => (room ??= Room.open({ timeoutMs: 200_000 }));

/** Declares the tests of the pages of `group`. */
export async function testPages(group: Group): Promise<void> {
  for (const page of pages) {
    const fences = await fencesOf(page);
    const runs = runsOf(fences);
    if (runs.length === 0 || groupOf(page, runs) !== group) continue;
    test(`the commands of ${page} run`, { skip }, async () => (await theRoom()).run(fences));
  }
}

const groupOf = (page: string, runs: readonly string[]): Group =>
  runs.includes('stopped') ? 'stopping' : /^docs\/(retraining|rollout)/.test(page) ? 'training' : 'other';

const runsOf = (fences: readonly Fence[]): string[] =>
  fences.filter(isShell).flatMap((fence) => {
    const mark = shellMarkOf(fence);
    return mark && 'run' in mark ? [mark.run] : [];
  });
