// What an operator has paused: lists, users, destinations, servers; until when, by whom and why. Pure. Where a pause is kept
// is store/pauses.ts, who gives rows back because of it cycle/pause-watch.ts.

import { DestinationPolicies } from './destination-policy.ts';
import { PROVIDERS } from './providers.ts';

export const PAUSE_KINDS = ['list', 'user', 'provider', 'server'] as const;

export type PauseKind = (typeof PAUSE_KINDS)[number];

export interface PauseSubject {
  readonly kind: PauseKind;
  /** The id of a list or user, the key of a destination (providers.ts), the name of a server. */
  readonly name: string;
}

/** A pause that holds. Times are seconds since 1970. */
export interface Pause extends PauseSubject {
  readonly since: number;
  /** Undefined: until somebody resumes it. */
  readonly until: number | undefined;
  /** Who paused it: `ann@web1`. */
  readonly by: string;
  readonly reason: string | undefined;
}

/** What is paused, for whoever asks about row after row. */
export interface Held {
  readonly lists: ReadonlySet<number>;
  readonly users: ReadonlySet<number>;
  readonly destinations: ReadonlySet<string>;
  readonly servers: ReadonlySet<string>;
}

export const NOTHING_HELD: Held = heldBy([]);

export function heldBy(pauses: readonly PauseSubject[]): Held {
  const names = (kind: PauseKind): string[] =>
    pauses.filter((pause) => pause.kind === kind).map(({ name }) => name);
  return {
    lists: new Set(names('list').map(Number)),
    users: new Set(names('user').map(Number)),
    destinations: new Set(names('provider')),
    servers: new Set(names('server')),
  };
}

/** What people call the providers, beside the names that the table has for them. */
const CALLED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    gmail: 'google',
    'gmail.com': 'google',
    'googlemail.com': 'google',
    office365: 'microsoft365',
    'microsoft 365': 'microsoft365',
    hotmail: 'outlook',
    'hotmail.com': 'outlook',
    'outlook.com': 'outlook',
    'live.com': 'outlook',
    'yahoo.com': 'yahoo',
    aol: 'yahoo',
    'aol.com': 'yahoo',
    'icloud.com': 'icloud',
    'gmx.net': 'gmx',
    'gmx.de': 'gmx',
    'web.de': 'gmx',
    'qq.com': 'qq',
  }),
);

/**
 * Gives the key of the destination that an operator means: a provider by its name or by what people call it, or that of an MX
 * host by its own. Undefined for a word that is neither.
 */
export function destinationCalled(
  text: string,
  policies: DestinationPolicies = new DestinationPolicies(),
): string | undefined {
  const word = text.trim().toLowerCase().replace(/\.$/, '');
  const known = CALLED.get(word) ?? PROVIDERS.find(({ name }) => name === word)?.name;
  if (known !== undefined) return known;
  if (word.startsWith('.')) return policies.destinationOf(`mx${word}`) === word ? word : undefined;
  return /^(?:[a-z0-9_-]+\.)+[a-z0-9-]+$/.test(word) ? policies.destinationOf(word) : undefined;
}

/** `list 12`, `provider google`. */
export function subjectName({ kind, name }: PauseSubject): string {
  return `${kind} ${name}`;
}
