// A secret that a setting holds, or a file that another setting names, for systemd credentials and container secrets.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Problem } from './setting-problem.ts';
import type { Settings } from './settings.ts';

/** Settings that may also be named by the path of a file. */
export type SecretKey = 'DB_PASSWORD' | 'WEBHOOK_SECRET';

/** Gives the secret, undefined where neither setting is made, or what is wrong. One line end at the file's end is ignored. */
export function readSecret(
  settings: Partial<Settings>,
  cwd: string,
  key: SecretKey,
): string | undefined | Problem {
  const { [key]: secret, [`${key}_FILE` as const]: file } = settings;
  if (file === undefined) return secret;
  if (secret !== undefined) {
    return { key: `${key}_FILE`, expected: `nothing, since ${key} is set as well: keep one of the two` };
  }
  try {
    return readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return { key: `${key}_FILE`, expected: `a file that can be read (${(error as Error).message})` };
  }
}
