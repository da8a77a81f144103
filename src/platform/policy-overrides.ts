// What an operator wants of destinations otherwise than the table of providers says: config/providers.json. Only read when
// it is there. What an entry does is domain/destination-policy.ts.

import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { PolicyOverride } from '../domain/destination-policy.ts';
import { PROVIDERS } from '../domain/providers.ts';
import { OperationalError } from './operational-error.ts';

const MAX_SECONDS = 3600;
const HOST = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/;

const PROVIDER_NAMES = PROVIDERS.map(({ name }) => name);

/** Each with what is said when something else is found. */
const FIELDS = {
  provider: text(`one of ${PROVIDER_NAMES.join(', ')}`, (name) => PROVIDER_NAMES.includes(name)),
  suffix: text(
    'the end of host names with its leading dot, such as .mx.example.net',
    (suffix) => HOST.test(suffix.replace(/^\./, '')) && suffix.startsWith('.'),
  ),
  host: text('a host name such as mx1.example.net', (host) => HOST.test(host)),
  connections: wholeNumber(1, 100),
  recipientsPerSession: wholeNumber(2, 1000),
  secondsBetweenSessions: number(0, MAX_SECONDS),
  probe: text('always or never', (word) => word === 'always' || word === 'never'),
};
const KINDS = ['provider', 'suffix', 'host'] as const;
const ENTRY = z.strictObject({
  provider: z.optional(FIELDS.provider),
  suffix: z.optional(FIELDS.suffix),
  host: z.optional(FIELDS.host),
  connections: z.optional(FIELDS.connections),
  recipientsPerSession: z.optional(FIELDS.recipientsPerSession),
  secondsBetweenSessions: z.optional(FIELDS.secondsBetweenSessions),
  probe: z.optional(FIELDS.probe),
});
const EXPECTED_KEYS = Object.keys(FIELDS).join(', ');

/**
 * Gives the entries of the file at `path`; throws CONFIG_INVALID that names every bad place, its value and what was expected.
 */
export function readPolicyOverrides(path: string): readonly PolicyOverride[] {
  const entries = parse(path);
  if (!Array.isArray(entries)) throw invalid(path, [`expected a list of entries: [ { … }, … ]`]);
  const problems: string[] = [];
  const overrides = entries.flatMap((entry, index) => {
    const read = ENTRY.safeParse(entry);
    if (read.success) return overrideOf(read.data, index, problems);
    for (const issue of read.error.issues) problems.push(complain(issue, entry, index));
    return [];
  });
  const names = overrides.map(({ of }) => of);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) problems.push(`${name} has two entries: expected one`);
  if (problems.length > 0) throw invalid(path, problems);
  return overrides;
}

function overrideOf(
  entry: z.output<typeof ENTRY>,
  index: number,
  problems: string[],
): readonly PolicyOverride[] {
  const named = KINDS.filter((kind) => entry[kind] !== undefined);
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    problems.push(
      `entry ${index + 1} names ${named.length === 0 ? 'nobody' : named.join(' and ')}: expected provider, suffix or host, one of them`,
    );
    return [];
  }
  const { connections, recipientsPerSession, secondsBetweenSessions, probe } = entry;
  const wants = { connections, recipientsPerSession, secondsBetweenSessions, probe };
  return [{ of: entry[kind]!, kind, ...wants, probe: probe as PolicyOverride['probe'] }];
}

function parse(path: string): unknown {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OperationalError('CONFIG_INVALID', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw invalid(path, [`no JSON: ${(cause as Error).message}`]);
  }
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function complain({ code, path, message, keys }: Issue, entry: unknown, index: number): string {
  const place = `entry ${index + 1}`;
  if (code === 'unrecognized_keys')
    return `${place}: ${keys?.join(', ')} is no key of an entry: expected ${EXPECTED_KEYS}`;
  const [key] = path;
  if (key === undefined) return `${place}: ${show(entry)}: expected { … } with ${EXPECTED_KEYS}`;
  return `${place}, ${String(key)}: ${show((entry as Record<PropertyKey, unknown>)[key])}: expected ${message}`;
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

function invalid(path: string, problems: readonly string[]): OperationalError {
  return new OperationalError(
    'CONFIG_INVALID',
    `${path} is invalid; nothing was started.\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    { fields: { path, problems } },
  );
}

function text(expected: string, isGood: (text: string) => boolean) {
  return z.pipe(
    z.string({ error: expected }),
    z.pipe(
      z.transform((written: string) => written.toLowerCase()),
      z.string().check(z.refine(isGood, { error: expected })),
    ),
  );
}

function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  const isGood = (value: number): boolean => Number.isInteger(value) && value >= min && value <= max;
  return z.number({ error }).check(z.refine(isGood, { error }));
}

function number(min: number, max: number) {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).check(z.refine((value) => value >= min && value <= max, { error }));
}
