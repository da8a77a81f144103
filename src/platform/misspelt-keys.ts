// Which of our settings was probably meant by a key that is none of them. A file of ours holds only our settings, so
// there any likeness is worth a hint; the environment holds the keys of every program, so there only a key that can
// hardly be anybody else's is taken for a slip.

import { SETTINGS, type SettingKey } from './settings.ts';

export const KEYS = Object.keys(SETTINGS.shape) as SettingKey[];

const LONG_KEY = 10;
/** So many words, and nobody else has a key like it. */
const UNMISTAKABLE_WORDS = 3;
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
  const unmistakable = KEYS.filter((known) => wordsIn(known).length >= UNMISTAKABLE_WORDS);
  const beginning = unmistakable.filter(
    (known) => given.startsWith('SMTP_') && known.startsWith(`${given}_`),
  );
  return bySlips(given, unmistakable) ?? (beginning.length === 1 ? beginning[0] : undefined);
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
    .map((key) => ({ key, slips: countSlips(given, key) }))
    .filter(({ slips }) => slips <= most)
    .toSorted((a, b) => a.slips - b.slips);
  return nearest?.key;
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
