// Completion for fish, with descriptions.
import type { CompletedCommand } from './commandTree.js';

/** To be saved as taxon.fish in ~/.config/fish/completions, or sourced. */
export const fishCompletion = (
  program: string,
  commands: readonly CompletedCommand[],
): string => `# ${program} completion fish
function __${program}_is_at
    set -l path ${program}
    for word in (commandline -opc)[2..]
        if contains -- "$path $word" ${commands.map(({ path }) => quote(path)).join(' ')}
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c ${program} -e
${commands.flatMap((command) => linesOf(program, command)).join('\n')}
`;

function linesOf(program: string, { path, subcommands, options, choices }: CompletedCommand): string[] {
  const start = `complete -c ${program} -n ${quote(`__${program}_is_at ${quote(path)}`)}`;
  return [
    ...subcommands.map(({ name, description }) => `${start} -f -a ${quote(name)} -d ${quote(description)}`),
    ...(choices.length > 0 ? [`${start} -f -a ${quote(choices.join(' '))}`] : []),
    ...options.map(({ flags, description, takesValue, choices: values }) =>
      [
        start,
        ...flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
        ...(takesValue ? [values.length > 0 ? `-x -a ${quote(values.join(' '))}` : '-r'] : []),
        `-d ${quote(description)}`,
      ].join(' '),
    ),
  ];
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
