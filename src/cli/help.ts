// What the help of every command has in common.

/** For addHelpText('after', …): command lines that work as they are. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
