// The completion for fish: a line for each command, option and argument, with the commands under which it holds.

import { commandPaths, type CommandTree, type OptionEntry, type Value } from './command-tree.ts';
import { takesFiles } from './shell-words.ts';

export function fishCompletion(tree: CommandTree): string {
  const lines = commandPaths(tree).flatMap(({ words, command }) => {
    const when = `complete -c ${tree.name} -n ${quoted(condition(words, command))}`;
    return [
      ...command.commands.map(
        ({ name, description }) =>
          `${when} -a ${quoted(name)}${description === '' ? '' : ` -d ${quoted(description)}`}`,
      ),
      ...(takesFiles(command) ? [`${when} -F`] : []),
      ...command.options.map((option) => `${when} ${optionText(option)} -d ${quoted(option.description)}`),
    ];
  });
  return `# fish completion of ${tree.name}, as "${tree.name} completion fish" prints it
complete -c ${tree.name} -f
${lines.join('\n')}
`;
}

/** True when these words were said, and none that leads on. */
function condition(words: readonly string[], { commands }: CommandTree): string {
  const said = words.map((word) => `__fish_seen_subcommand_from ${word}`);
  const further = commands.map(({ name }) => name);
  const notYet = further.length === 0 ? [] : [`not __fish_seen_subcommand_from ${further.join(' ')}`];
  return [...said, ...notYet].join('; and ');
}

function optionText({ names, value }: OptionEntry): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...valueText(value)].join(' ');
}

function valueText(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (value === 'file') return ['-r', '-F'];
  return value === 'unknown' ? ['-x'] : ['-x', '-a', quoted(value.join(' '))];
}

// Within quotes fish knows two escapes.
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
}
