// The command line as data: what completions and the man page are made of, so that they say what the program does.

import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';

export interface CommandTree {
  readonly name: string;
  readonly description: string;
  /** `[options] <address|id:N>`. */
  readonly usage: string;
  /** As a help has them, without their heading. */
  readonly examples: readonly string[];
  /** What a help says behind the options. */
  readonly remarks: string;
  readonly options: readonly OptionEntry[];
  readonly arguments: readonly ArgumentEntry[];
  readonly commands: readonly CommandTree[];
}

/** What may stand in a place: some words, a file's name, or what nobody but the operator knows. */
export type Value = readonly string[] | 'file' | 'unknown';

export interface OptionEntry {
  /** `--json`, `-o`. */
  readonly names: readonly string[];
  /** `-o, --output <file>`. */
  readonly flags: string;
  readonly description: string;
  /** Undefined for an option that takes none. */
  readonly value: Value | undefined;
}

export interface ArgumentEntry {
  readonly name: string;
  readonly description: string;
  readonly value: Value;
}

/** Reads the definitions of a command and of all below it. */
export function commandTree(command: Command): CommandTree {
  const help = command.createHelp();
  const examples = helpText(command, 'beforeHelp')
    .split('\n')
    .filter((line) => line.startsWith('  $ '));
  return {
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    examples: examples.map((line) => line.slice('  $ '.length)),
    remarks: helpText(command, 'afterHelp').trim(),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name != null),
      flags: option.flags,
      description: option.description,
      value: option.required || option.optional ? valueOf(option.argChoices, option.flags) : undefined,
    })),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      value: valueOf(argument.argChoices, argument.name()),
    })),
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== 'help')
      .map(commandTree),
  };
}

/** Gives every command with the words that lead to it: none for the program itself. */
export function commandPaths(
  tree: CommandTree,
  words: readonly string[] = [],
): readonly { readonly words: readonly string[]; readonly command: CommandTree }[] {
  return [
    { words, command: tree },
    ...tree.commands.flatMap((command) => commandPaths(command, [...words, command.name])),
  ];
}

/**
 * The same, the program's options joined by those of its default command: `smtp-validate-cron --dry-run` is
 * `smtp-validate-cron run --dry-run`.
 */
export function withDefaultCommand(tree: CommandTree, name: string): CommandTree {
  const usual = tree.commands.find((command) => command.name === name);
  const own = new Set(tree.options.map(({ flags }) => flags));
  const further = usual?.options.filter(({ flags }) => !own.has(flags)) ?? [];
  return { ...tree, options: [...tree.options, ...further] };
}

const FILE = /(?:^|[<[ ])(?:path|file|folder)/i;

function valueOf(choices: readonly string[] | undefined, text: string): Value {
  return choices ?? (FILE.test(text.replace(/^.*(?=[<[])/, '')) ? 'file' : 'unknown');
}

// addHelpText leaves its texts with the events that print them. A command is an emitter, which its types do not tell
// (commander 14.0, 2026-11).
function helpText(command: Command, event: 'beforeHelp' | 'afterHelp'): string {
  const texts: string[] = [];
  (command as Command & EventEmitter).emit(event, {
    error: false,
    command,
    write: (text: string) => texts.push(text),
  });
  return texts.join('');
}
