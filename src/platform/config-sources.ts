// Where settings come from: flags, the process environment, `.env`, `config/smtp-validate.env`. For each key
// the first source that says anything wins. Looks after files that cannot be read, bad lines and misspelt keys
// (env-file.ts, misspelt-keys.ts) too: a setting that is silently not in force is worse than a run that does not start.

import { join } from 'node:path';

import { readEnvFile } from './env-file.ts';
import { KEYS, likelyKey, slippedKey } from './misspelt-keys.ts';
import type { SettingKey } from './settings.ts';

/** For the operator: `the command line`, `the environment`, or the path of a file. */
export type Origin = string;

export interface SettingText {
  readonly text: string;
  readonly origin: Origin;
}

/** A setting that cannot be used: what it says, where it came from, what was expected. Free of secrets. */
export interface ConfigProblem {
  /** For what is wrong with a file, its path. */
  readonly key: string;
  readonly value: string | undefined;
  readonly origin: Origin | undefined;
  readonly expected: string;
  /** What is wrong, where that is not the value of a key. */
  readonly complaint?: string | undefined;
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
}

/** Gives the text of each key that is set, with its origin, and what is wrong with the sources themselves. */
export function collectSettings(request: SettingSources): {
  texts: ReadonlyMap<SettingKey, SettingText>;
  problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const environment: Source = { origin: 'the environment', values: request.env ?? process.env };
  const files = [
    ...readSource(request.dotenvFile, join(request.cwd, '.env'), problems),
    ...readSource(request.configFile, join(request.cwd, 'config', 'smtp-validate.env'), problems),
  ];
  const sources = [{ origin: 'the command line', values: request.flags ?? {} }, environment, ...files];

  const texts = new Map<SettingKey, SettingText>();
  for (const { origin, values } of sources) {
    for (const key of KEYS) {
      const text = values[key];
      if (text !== undefined && text.trim() !== '' && !texts.has(key)) texts.set(key, { text, origin });
    }
  }
  return { texts, problems: [...problems, ...slippedKeys(environment), ...files.flatMap(unknownKeys)] };
}

function readSource(named: string | undefined, usual: string, problems: ConfigProblem[]): Source[] {
  const path = named ?? usual;
  try {
    const { values, badLines } = readEnvFile(path);
    for (const { line, expected } of badLines)
      problems.push(problemWith(path, `line ${line} of ${path} is no setting`, `expected ${expected}`));
    return [{ origin: path, values }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return [];
    problems.push(
      problemWith(path, `${path} cannot be read (${message})`, 'expected a file that this user may read'),
    );
    return [];
  }
}

// A file of ours holds our settings only. The value of another key is not shown: it may be a misspelt password.
function unknownKeys({ origin, values }: Source): ConfigProblem[] {
  return Object.keys(values)
    .filter((key) => !(KEYS as string[]).includes(key))
    .map((key) => {
      const meant = likelyKey(key);
      const hint =
        meant === undefined ? 'expected one of the keys in .env.example' : `did you mean ${meant}?`;
      return problemWith(key, `${key} is no setting (from ${origin})`, hint, origin);
    });
}

function slippedKeys({ origin, values }: Source): ConfigProblem[] {
  return Object.keys(values).flatMap((key) => {
    const meant = slippedKey(key);
    if (meant === undefined || values[key] === undefined || values[key].trim() === '') return [];
    return [problemWith(key, `${key} is no setting (from ${origin})`, `did you mean ${meant}?`, origin)];
  });
}

function problemWith(key: string, complaint: string, expected: string, origin?: Origin): ConfigProblem {
  return { key, value: undefined, origin, complaint, expected };
}
