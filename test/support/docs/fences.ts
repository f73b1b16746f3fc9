// The fenced blocks of a Markdown page, and what a shell block says about its test in the words behind its language:
//   sh test               it is run, in the order of the page, in one folder and with the variables of the blocks before it
//   sh test=stopped       the page's server is stopped before it is run
//   sh test=server        it starts a server, which goes on while the blocks behind it are run
//   sh untested="reason"  it is not run, and why
//   json answer           what the shell block before it prints, in its shape
import { readFile } from 'node:fs/promises';

export interface Fence {
  /** As it is shown to a person: `docs/webhooks.md:6`. */
  readonly place: string;
  /** The first word of the info string; empty where there is none. */
  readonly language: string;
  /** What follows it. */
  readonly mark: string;
  /** Without the indentation of its fence. */
  readonly text: string;
}

/** Languages that are typed into a terminal. */
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'shell', 'console', 'zsh']);

export const isShell = ({ language }: Fence): boolean => shells.has(language);

export type ShellMark = { readonly run: 'here' | 'stopped' | 'server' } | { readonly untested: string };

/** What a shell block says of its test; undefined when it says nothing that is understood. */
export function shellMarkOf({ mark }: Fence): ShellMark | undefined {
  const reason = /^untested="([^"]+)"$/.exec(mark)?.[1];
  if (reason !== undefined) return { untested: reason };
  if (mark === 'test') return { run: 'here' };
  if (mark === 'test=stopped') return { run: 'stopped' };
  if (mark === 'test=server') return { run: 'server' };
  return undefined;
}

/** All fenced blocks of `file`, in their order. Throws where one is not closed. */
export async function fencesOf(file: string): Promise<Fence[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const fences: Fence[] = [];
  for (let i = 0; i < lines.length; i++) {
    const opening = /^(\s*)(`{3,})\s*(\S*)\s*(.*?)\s*$/.exec(lines[i]!);
    if (!opening) continue;
    const [, indentation, ticks, language, mark] = opening;
    const first = i + 1;
    do i++;
    while (i < lines.length && lines[i]!.trim() !== ticks);
    if (i === lines.length) throw new Error(`${file}:${first}: the block is not closed`);
    const text = lines.slice(first, i).map((line) => line.replace(new RegExp(`^${indentation!}`), ''));
    fences.push({ place: `${file}:${first}`, language: language!, mark: mark!, text: text.join('\n') });
  }
  return fences;
}
