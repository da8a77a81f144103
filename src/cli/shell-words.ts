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

/** What may stand where no option's value is awaited. */
export function argumentValues({ arguments: given }: CommandTree): {
  readonly words: readonly string[];
  readonly hasFiles: boolean;
} {
  return {
    words: given.flatMap(({ value }) => (typeof value === 'string' ? [] : value)),
    hasFiles: given.some(({ value }) => value === 'file'),
  };
}
