// Completion for bash 3.2 and later, without the package bash-completion.
import type { CompletedCommand } from './commandTree.js';

/** Where nothing is offered, bash itself completes files. */
export const bashCompletion = (
  program: string,
  commands: readonly CompletedCommand[],
): string => `# ${program} completion bash
_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path=${program} offered='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path} \${word}" in
${indent(6, descents(commands))}
    esac
  done
  case "\${path} \${previous}" in
${indent(4, commands.flatMap(valuesOf))}
  esac
  case "\${path}" in
${indent(4, commands.map(offersOf))}
  esac
  COMPREPLY=($(compgen -W "\${offered}" -- "\${current}"))
}
complete -o default -F _${program} ${program}
`;

const indent = (width: number, lines: readonly string[]): string =>
  lines.map((line) => `${' '.repeat(width)}${line}`).join('\n');

/** A word that is a subcommand goes down to it; any other is an argument or an option's value. */
const descents = (commands: readonly CompletedCommand[]): string[] => {
  const paths = commands.map(({ path }) => path).filter((path) => path.includes(' '));
  return [`${paths.map((path) => `"${path}"`).join(' | ')}) path="\${path} \${word}" ;;`];
};

/** After an option that takes a value only its values are offered: those of its choices, or files. */
const valuesOf = ({ path, options }: CompletedCommand): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `"${path} ${flag}"`).join(' | ');
      return `${patterns}) offered='${choices.join(' ')}' path='' ;;`;
    });

const offersOf = ({ path, subcommands, options, choices }: CompletedCommand): string => {
  const words = [...subcommands.map(({ name }) => name), ...choices].join(' ');
  const flags = options.flatMap((option) => option.flags).join(' ');
  return `"${path}") [[ \${current} == -* ]] && offered='${flags}' || offered='${words}' ;;`;
};
