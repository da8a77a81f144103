// Reads a file of settings, KEY=value a line. dotenv says what it holds, and passes over what it cannot read; here such
// lines are named, since a setting that is silently not in force is worse than a run that does not start. No line is ever
// shown: it may hold a password.

import { readFileSync } from 'node:fs';

import { parse } from 'dotenv';

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  readonly badLines: readonly BadLine[];
}

export interface BadLine {
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
}

const BLANK = /^\s*(?:#.*)?$/;
const ASSIGNMENT = /^\s*(?:export\s+)?[\w.-]+(?:\s*=|:\s)\s*(?<value>.*?)\s*$/;
/** A value whose quotes are closed on its line; a comment may follow. */
const QUOTED = /^(["'`]).*\1(?:\s*#.*)?$/;

/** Gives what the file holds. Throws what reading it throws. */
export function readEnvFile(path: string): EnvFile {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  return { values: parse(text), badLines: findBadLines(text.split(/\r\n|\r|\n/)) };
}

function findBadLines(lines: readonly string[]): BadLine[] {
  const bad: BadLine[] = [];
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at]!;
    if (BLANK.test(text)) continue;
    const value = ASSIGNMENT.exec(text)?.groups?.['value'];
    const quote = value === undefined ? undefined : /^["'`]/.exec(value)?.[0];
    if (value === undefined) {
      bad.push({ line: at + 1, expected: 'KEY=value, or # before a comment' });
    } else if (quote === undefined) {
      // dotenv takes the # for the beginning of a comment, and a password would lose its end.
      if (/\S#/.test(value)) bad.push({ line: at + 1, expected: 'quotes around a value that has a # in it' });
    } else if (!QUOTED.test(value)) {
      const end = value.includes(quote, 1)
        ? -1
        : lines.findIndex((next, i) => i > at && next.includes(quote));
      if (end < 0)
        bad.push({ line: at + 1, expected: `a value that ends with the ${quote} with which it begins` });
      else at = end;
    }
  }
  return bad;
}
