// Which of our settings was probably meant by a key that is none of them. A file of ours holds only our settings, so
// there any likeness is worth a hint; the environment holds the keys of every program, so there only a key that can
// hardly be anybody else's is taken for a slip.

import { SETTINGS, type SettingKey } from './settings.ts';

export const KEYS = Object.keys(SETTINGS) as SettingKey[];

const LONG_KEY = 10;
/** So many words, and nobody else has a key like it. */
const UNMISTAKABLE_WORDS = 3;
const UNMISTAKABLE = KEYS.filter((key) => wordsIn(key).length >= UNMISTAKABLE_WORDS);
/** Like ours, and usual names for something else. */
const FOREIGN_KEYS = new Set(['SERVER_IP', 'SMTP_IP', 'SMTP_LOCAL', 'SMTP_MAIL']);

/** Gives the key that `key` in a file of ours is likest to, or undefined where none is like it. */
export function likelyKey(key: string): SettingKey | undefined {
  const given = normal(key);
  if (FOREIGN_KEYS.has(given)) return undefined;
  return bySlips(given, KEYS) ?? byWords(given, KEYS);
}

/** Gives the key that `key` in the environment is a slip for; undefined for what may be another program's. */
export function slippedKey(key: string): SettingKey | undefined {
  const given = normal(key);
  if (FOREIGN_KEYS.has(given) || (KEYS as string[]).includes(given)) return undefined;
  const beginning = given.startsWith('SMTP_')
    ? UNMISTAKABLE.filter((known) => known.startsWith(`${given}_`))
    : [];
  return bySlips(given, UNMISTAKABLE) ?? (beginning.length === 1 ? beginning[0] : undefined);
}

function normal(key: string): string {
  return key.toUpperCase().replaceAll('-', '_');
}

function wordsIn(key: string): readonly string[] {
  return key.split('_');
}

/** The nearest within one slip, or within two for long keys: SMTP_HOST is two letters from SMTP_PORT, and is none. */
function bySlips(given: string, known: readonly SettingKey[]): SettingKey | undefined {
  const most = given.length >= LONG_KEY ? 2 : 1;
  const [nearest] = known
    .filter((key) => Math.abs(key.length - given.length) <= most && sharePart(given, key, most))
    .map((key) => ({ key, slips: countSlips(given, key, most) }))
    .filter(({ slips }) => slips <= most)
    .toSorted((a, b) => a.slips - b.slips);
  return nearest?.key;
}

/**
 * False where there must be more slips than `most`: one changes two neighbouring letters at most, so of twice as many
 * parts and one more, one is left as it was. Spares the counting, which for a whole environment takes milliseconds.
 */
function sharePart(given: string, key: string, most: number): boolean {
  const size = Math.floor(key.length / (2 * most + 1));
  return Array.from({ length: 2 * most + 1 }, (_, at) => key.slice(at * size, (at + 1) * size)).some((part) =>
    given.includes(part),
  );
}

/** The one with the fewest words besides, of those that have all words of `given`: SMTP_EHLO, TOTAL_WORKERS. */
function byWords(given: string, known: readonly SettingKey[]): SettingKey | undefined {
  const words = wordsIn(given);
  if (words.length < 2) return undefined;
  const [nearest] = known
    .filter((key) => words.every((word) => wordsIn(key).includes(word)))
    .toSorted((a, b) => wordsIn(a).length - wordsIn(b).length);
  return nearest;
}

/**
 * How many letters were added, left out, changed, or swapped with their neighbour (optimal string alignment); Infinity
 * as soon as it is clear that these are more than `most`, which for two keys is after a few letters.
 */
function countSlips(a: string, b: string, most: number): number {
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
    // What follows builds on this row and, by a swap, on the one before.
    if (Math.min(...row, ...rows[i - 1]!) > most) return Infinity;
  }
  return rows[a.length]![b.length]!;
}
