// What the completions of all shells have in common.

import { commandPaths, type CommandTree, type OptionEntry, type Value } from './command-tree.ts';

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Where a command may go on to another: `{ from: 'config', word: 'print', to: 'config print' }`. */
export function steps(tree: CommandTree): readonly { from: string; word: string; to: string }[] {
  return commandPaths(tree).flatMap(({ words, command }) =>
    command.commands.map(({ name }) => ({
      from: words.join(' '),
      word: name,
      to: [...words, name].join(' '),
    })),
  );
}

/** Each option that takes a value, by the command it belongs to. */
export function valuedOptions(
  tree: CommandTree,
): readonly { readonly path: string; readonly option: OptionEntry; readonly value: Value }[] {
  return commandPaths(tree).flatMap(({ words, command }) =>
    command.options.flatMap((option) =>
      option.value === undefined ? [] : [{ path: words.join(' '), option, value: option.value }],
    ),
  );
}

/** Gives the tree with the words that a first argument may be as commands of their own, so that each is offered in its place alone. */
export function withChoicesAsCommands(tree: CommandTree): CommandTree {
  const [first, ...others] = tree.arguments;
  const choices = first === undefined || typeof first.value === 'string' ? [] : first.value;
  const chosen = choices.map((name) => ({ ...tree, name, description: '', arguments: others, commands: [] }));
  return { ...tree, commands: [...tree.commands.map(withChoicesAsCommands), ...chosen] };
}

/** True where a file's name may stand where no option's value is awaited. */
export function takesFiles({ arguments: given }: CommandTree): boolean {
  return given.some(({ value }) => value === 'file');
}
