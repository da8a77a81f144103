// The completion for bash: finds out which command the words so far have named, then looks up what may come next. Works
// without the package bash-completion.

import { commandPaths, type CommandTree } from './command-tree.ts';
import { quoted, steps, takesFiles, valuedOptions } from './shell-words.ts';

export function bashCompletion(tree: CommandTree): string {
  const fn = `_${tree.name.replaceAll('-', '_')}`;
  return `# bash completion of ${tree.name}, as "${tree.name} completion bash" prints it
${fn}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' words='' i
  # bash parts --option=value at the =
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:\${COMP_WORDS[i]}" in
${steps(tree)
  .map(({ from, word, to }) => `      ${quoted(`${from}:${word}`)}) path=${quoted(to)} ;;`)
  .join('\n')}
    esac
  done
  case "$path:$prev" in
${valuedOptions(tree)
  .map(
    ({ path, option, value }) =>
      `    ${option.names.map((name) => quoted(`${path}:${name}`)).join(' | ')}) ${answer(value)} ;;`,
  )
  .join('\n')}
  esac
  case $path in
${commandPaths(tree)
  .map(({ words, command }) => `    ${quoted(words.join(' '))}) ${wordsOf(command)} ;;`)
  .join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F ${fn} ${tree.name}
`;
}

const FILES = `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur")`;

function answer(value: readonly string[] | 'file' | 'unknown'): string {
  if (value === 'file') return `${FILES}; return`;
  if (value === 'unknown') return 'return';
  return `mapfile -t COMPREPLY < <(compgen -W ${quoted(value.join(' '))} -- "$cur"); return`;
}

/** Options are offered to whoever has begun one: bash would write the dash that they have in common otherwise. */
function wordsOf(command: CommandTree): string {
  const options = command.options.flatMap(({ names }) => names).join(' ');
  const commands = command.commands.map(({ name }) => name).join(' ');
  const others = takesFiles(command) ? `${FILES}; return` : `words=${quoted(commands)}`;
  return `if [[ $cur == -* ]]; then words=${quoted(options)}; else ${others}; fi`;
}
