// The findings for people.
import { styleText } from 'node:util';
import { worstOf, type Finding, type State } from './finding.js';

const colours = { ok: 'green', warning: 'yellow', problem: 'red' } as const;

/** A line for each finding, and its advice under it. `paint` colours a state's name. */
export function describeFindings(findings: readonly Finding[], paint = paintForTerminal): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(stateWidth + 2);
  const lines = findings.flatMap(({ check, state, found, advice }) => [
    `${paint(state, state.padEnd(stateWidth))}  ${check.padEnd(width)}  ${found}`,
    ...(advice === undefined ? [] : [`${indent}${' '.repeat(width)}  → ${advice}`]),
  ]);
  return [...lines, '', sumUp(findings)].join('\n');
}

const stateWidth = 'problem'.length;

function sumUp(findings: readonly Finding[]): string {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const [warnings, problems] = [count('warning'), count('problem')];
  if (worstOf(findings) === 'ok') return 'Nothing is wrong.';
  const several = (number: number, name: string): string => `${number} ${name}${number === 1 ? '' : 's'}`;
  return `${several(problems, 'problem')}, ${several(warnings, 'warning')}.`;
}

/** On a terminal, unless NO_COLOR says otherwise. */
const paintForTerminal = (state: State, text: string): string =>
  styleText(colours[state], text, { stream: process.stdout });
