// Completion for zsh, with descriptions.
import type { CompletedCommand } from './commandTree.js';

/** To be saved as _taxon in a folder of fpath, or sourced. */
export const zshCompletion = (program: string, commands: readonly CompletedCommand[]): string => `#compdef ${program}
_${program}() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]} path_=${program} word
  local -a offered flags values
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_} \${word}" in
      (${paths(commands)}) path_="\${path_} \${word}" ;;
    esac
  done
  case "\${path_} \${previous}" in
${commands.flatMap(valuesOf).join('\n')}
  esac
  case "\${path_}" in
${commands.map(offersOf).join('\n')}
  esac
  if [[ \${current} == -* ]]; then
    _describe -o option flags
  elif ((\${#offered})); then
    _describe command offered
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;

const paths = (commands: readonly CompletedCommand[]): string =>
  commands
    .filter(({ path }) => path.includes(' '))
    .map(({ path }) => `"${path}"`)
    .join('|');

/** After an option that takes a value only its values are offered, or files. */
const valuesOf = ({ path, options }: CompletedCommand): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `"${path} ${flag}"`).join('|');
      const offer = choices.length > 0 ? `values=(${choices.map(quote).join(' ')}); _describe value values` : '_files';
      return `    (${patterns}) ${offer}; return ;;`;
    });

const offersOf = ({ path, subcommands, options, choices }: CompletedCommand): string => {
  const offered = [...subcommands.map(({ name, description }) => item(name, description)), ...choices.map(quote)];
  const flags = options.flatMap((option) => option.flags.map((flag) => item(flag, option.description)));
  return `    ("${path}") offered=(${offered.join(' ')}); flags=(${flags.join(' ')}) ;;`;
};

/** As _describe reads it: the name up to the first colon. */
const item = (name: string, description: string): string => quote(`${name.replaceAll(':', '\\:')}:${description}`);

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
