// What may stand where on the command line, read from commander's own tree, so that completions are never behind the commands.
import type { Command } from 'commander';

export interface CompletedOption {
  /** `-f` and `--format`, or one of them. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty: any value. */
  readonly choices: readonly string[];
}

export interface CompletedCommand {
  /** `taxon datasets import` */
  readonly path: string;
  readonly subcommands: ReadonlyArray<{ readonly name: string; readonly description: string }>;
  readonly options: readonly CompletedOption[];
  /** Of all its arguments; empty: any, which are completed as files. */
  readonly choices: readonly string[];
}

/** `command` and all below it, without what its help hides. */
export function listCommands(command: Command, above = ''): CompletedCommand[] {
  const help = command.createHelp();
  const path = `${above} ${command.name()}`.trim();
  const below = help.visibleCommands(command);
  const itself: CompletedCommand = {
    path,
    subcommands: below.map((one) => ({ name: one.name(), description: firstLine(one.description()) })),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: firstLine(option.description),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  // `help` is made by commander for each command that has others, and has none itself.
  return [itself, ...below.filter((one) => command.commands.includes(one)).flatMap((one) => listCommands(one, path))];
}

const firstLine = (text: string): string => text.split('\n')[0]!;
