// Where settings come from: flags, the process environment, `.env`, `config/smtp-validate.env`. For each key
// the first source that says anything wins. Looks after misspelt keys too: a setting that is silently not in
// force is worse than a run that does not start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'dotenv';

import { SETTINGS, type SettingKey } from './settings.ts';

/** For the operator: `the command line`, `the environment`, or the path of a file. */
export type Origin = string;

export interface SettingText {
  readonly text: string;
  readonly origin: Origin;
}

/** A setting that cannot be used: what it says, where it came from, what was expected. Free of secrets. */
export interface ConfigProblem {
  readonly key: string;
  readonly value: string | undefined;
  readonly origin: Origin | undefined;
  readonly expected: string;
}

export interface SettingSources {
  readonly cwd: string;
  /** The process environment unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** `.env` in `cwd` unless given; one that is named must exist. */
  readonly dotenvFile?: string | undefined;
  /** `config/smtp-validate.env` in `cwd` unless given; one that is named must exist. */
  readonly configFile?: string | undefined;
  /** Settings from the command line, as text. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string | undefined>>> | undefined;
}

interface Source {
  readonly origin: Origin;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The environment holds the keys of every program, .env perhaps those of some, our own file only ours. */
  readonly foreignKeys: 'any' | 'unlike-ours' | 'none';
}

const KEYS = Object.keys(SETTINGS) as SettingKey[];
const LONG_KEY = 10;
// One letter from ours, and a usual name for something else.
const FOREIGN_KEYS = new Set(['SERVER_IP']);
const PREFIXES = new Set(KEYS.map((key) => key.slice(0, key.indexOf('_') + 1)));

/** Gives the text of each key that is set, with its origin, and what is wrong with the sources themselves. */
export function collectSettings(request: SettingSources): {
  texts: ReadonlyMap<SettingKey, SettingText>;
  problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const sources: Source[] = [
    { origin: 'the command line', values: request.flags ?? {}, foreignKeys: 'any' },
    { origin: 'the environment', values: request.env ?? process.env, foreignKeys: 'any' },
    ...readSource(request.dotenvFile, join(request.cwd, '.env'), 'unlike-ours', problems),
    ...readSource(request.configFile, join(request.cwd, 'config', 'smtp-validate.env'), 'none', problems),
  ];

  const texts = new Map<SettingKey, SettingText>();
  for (const { origin, values } of sources) {
    for (const key of KEYS) {
      const text = values[key];
      if (text !== undefined && text.trim() !== '' && !texts.has(key)) texts.set(key, { text, origin });
    }
  }
  return { texts, problems: [...problems, ...sources.flatMap(misspeltKeys)] };
}

function readSource(
  named: string | undefined,
  usual: string,
  foreignKeys: Source['foreignKeys'],
  problems: ConfigProblem[],
): Source[] {
  const path = named ?? usual;
  try {
    return [{ origin: path, values: parse(readFileSync(path)), foreignKeys }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return [];
    problems.push({
      key: path,
      value: undefined,
      origin: undefined,
      expected: `a file that can be read (${message})`,
    });
    return [];
  }
}

function misspeltKeys({ origin, values, foreignKeys }: Source): ConfigProblem[] {
  if (foreignKeys === 'any') return [];
  return Object.keys(values)
    .filter((key) => !(KEYS as string[]).includes(key))
    .flatMap((key) => {
      const meant = suggestKey(key);
      if (meant === undefined && foreignKeys === 'unlike-ours') return [];
      const expected = meant === undefined ? 'one of the keys in .env.example' : `the key ${meant}`;
      // Its value is not shown: it may be a password under a misspelt name.
      return [{ key, value: '…', origin, expected }];
    });
}

/**
 * Gives the key of ours that was probably meant, or undefined for a key of somebody else.
 *
 * One slip is forgiven to every key that starts like one of ours, two to long keys: SMTP_HOST is two letters
 * from SMTP_PORT, and stands in many a `.env`.
 */
export function suggestKey(key: string): SettingKey | undefined {
  const upper = key.toUpperCase().replaceAll('-', '_');
  if (FOREIGN_KEYS.has(upper)) return undefined;
  const isLong = upper.length >= LONG_KEY;
  if (!isLong && ![...PREFIXES].some((prefix) => upper.startsWith(prefix))) return undefined;
  return (
    KEYS.find((known) => countSlips(upper, known) <= 1) ??
    (isLong ? KEYS.find((known) => countSlips(upper, known) <= 2) : undefined)
  );
}

/** How many letters were added, left out, changed, or swapped with their neighbour (optimal string alignment). */
function countSlips(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? rows[i - 2]![j - 2]! + 1 : Infinity;
      row.push(Math.min(changed, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
