// The man page, made of the definitions of the commands and the settings, so that it says what the program does. Written in
// man(7), in ASCII: what is beyond it stands as \[uXXXX].

import type { SettingDocument } from '../platform/settings.ts';
import { commandPaths, type CommandTree } from './command-tree.ts';

export interface ManPageSource {
  readonly tree: CommandTree;
  readonly version: string;
  readonly settings: readonly SettingDocument[];
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
  readonly files: readonly (readonly [name: string, what: string])[];
}

export function manPage({ tree, version, settings, exitCodes, files }: ManPageSource): string {
  const commands = commandPaths(tree).filter(
    ({ words, command }) => words.length > 0 && command.commands.length === 0,
  );
  const lines = [
    `.TH ${tree.name.toUpperCase()} 1 "" "${tree.name} ${version}"`,
    // What is to be typed is not parted at the end of a line, and no line is stretched.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${roff(tree.name)} \\- ${roff(asPhrase(tree.description))}`,
    '.SH SYNOPSIS',
    commands.map(({ words, command }) => synopsis([tree.name, ...words].join(' '), command)).join('\n.br\n'),
    '.SH DESCRIPTION',
    textLine(tree.description),
    ...examples(tree),
    '.SH COMMANDS',
    ...commands.flatMap(({ words, command }) => aboutCommand(words.join(' '), command)),
    '.SH SETTINGS',
    textLine(
      'Flags win over the environment, the environment over .env in the folder in which the program is started, that over config/smtp-validate.env there, and that over the default.',
    ),
    ...settings.flatMap(({ key, default: usual, reason }) =>
      entry(usual === undefined ? key : `${key}=${usual}`, reason),
    ),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => entry(code, meaning)),
    '.SH FILES',
    ...files.flatMap(([name, what]) => entry(name, what)),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsis(words: string, { usage }: CommandTree): string {
  return `\\fB${roff(words)}\\fR ${roff(usage)}`;
}

function aboutCommand(name: string, command: CommandTree): string[] {
  return [
    `.SS ${roff(`${name} ${command.usage}`)}`,
    textLine(asSentence(command.description)),
    ...command.arguments
      .filter(({ description }) => description !== '')
      .flatMap((argument) => entry(argument.name, choicesOf(argument.description, argument.value))),
    ...command.options
      .filter(({ names }) => !names.includes('--help'))
      .flatMap(({ flags, description, value }) => entry(flags, choicesOf(description, value ?? 'unknown'))),
    ...remarks(command),
    ...examples(command),
  ];
}

function examples({ examples: given }: CommandTree): string[] {
  if (given.length === 0) return [];
  return ['.PP', 'Examples:', '.PP', '.nf', '.RS 4', ...given.map(textLine), '.RE', '.fi'];
}

/** Running text, or words with what they mean: far behind each, and below that. */
function remarks({ remarks: text }: CommandTree): string[] {
  if (text === '') return [];
  const entries: { readonly word: string; meaning: string }[] = [];
  for (const line of text.split('\n')) {
    const [, word, meaning] = /^(\S+(?: \S+)*) {3,}(\S.*)$/.exec(line) ?? [];
    const last = entries.at(-1);
    if (word !== undefined && meaning !== undefined) entries.push({ word, meaning });
    else if (last === undefined || !line.startsWith(' ')) return ['.PP', textLine(text.replace(/\s+/g, ' '))];
    else last.meaning += ` ${line.trim()}`;
  }
  return entries.flatMap(({ word, meaning }) => entry(word, meaning));
}

function entry(name: string, text: string): string[] {
  return ['.TP', `\\fB${roff(name)}\\fR`, textLine(text)];
}

function choicesOf(description: string, value: readonly string[] | 'file' | 'unknown'): string {
  return typeof value === 'string' ? description : `${description}: ${value.join(', ')}`;
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function asPhrase(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '');
}

/** A line of text: one that begins as a request would is none. */
function textLine(text: string): string {
  const line = roff(text);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll("'", String.raw`\(aq`)
    .replaceAll('`', String.raw`\(ga`)
    .replaceAll('^', String.raw`\(ha`)
    .replaceAll('~', String.raw`\(ti`)
    .replace(
      /[^\0-\x7f]/gu,
      (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
