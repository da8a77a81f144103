// The completion for zsh, with what each command and option means. Finds its place as that for bash does.

import { commandPaths, type CommandTree } from './command-tree.ts';
import { quoted, steps, takesFiles, valuedOptions } from './shell-words.ts';

export function zshCompletion(tree: CommandTree): string {
  return `#compdef ${tree.name}
# zsh completion of ${tree.name}, as "${tree.name} completion zsh" prints it
_${tree.name}() {
  local place='' previous=\${words[CURRENT - 1]}
  local -i i
  local -a commands values options
  for ((i = 2; i < CURRENT; i++)); do
    case "$place:\${words[i]}" in
${steps(tree)
  .map(({ from, word, to }) => `      (${quoted(`${from}:${word}`)}) place=${quoted(to)} ;;`)
  .join('\n')}
    esac
  done
  case "$place:$previous" in
${valuedOptions(tree)
  .map(
    ({ path, option, value }) =>
      `    (${option.names.map((name) => quoted(`${path}:${name}`)).join('|')}) ${answer(value)} ;;`,
  )
  .join('\n')}
  esac
  case "$place" in
${commandPaths(tree)
  .map(({ words, command }) => placeOf(words.join(' '), command))
  .join('\n')}
  esac
  (( $#commands )) && _describe -t commands command commands
  (( $#values )) && compadd -a values
  _describe -o -t options option options
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _${tree.name} "$@"
else
  compdef _${tree.name} ${tree.name}
fi
`;
}

function placeOf(place: string, command: CommandTree): string {
  const told = command.commands.filter(({ description }) => description !== '');
  return `    (${quoted(place)})
      commands=(${told.map(({ name, description }) => described(name, description)).join(' ')})
      values=(${command.commands
        .filter((word) => !told.includes(word))
        .map(({ name }) => quoted(name))
        .join(' ')})
      options=(${command.options.flatMap(({ names, description }) => names.map((name) => described(name, description))).join(' ')})${takesFiles(command) ? '\n      _files' : ''}
      ;;`;
}

function answer(value: readonly string[] | 'file' | 'unknown'): string {
  if (value === 'file') return '_files; return';
  if (value === 'unknown') return 'return 1';
  return `values=(${value.map(quoted).join(' ')}); compadd -a values; return`;
}

function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', String.raw`\:`)}:${description}`);
}
