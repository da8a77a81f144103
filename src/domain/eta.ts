// When work will be done, as honestly as it can be said. Three things are kept apart: the main queue, which goes as fast
// as the pool is; the tail of rows that wait for another attempt, which ends no sooner than the last of them is due,
// however fast we are; and what is blocked, which time alone does not settle. Pure.

import type { Backlog } from './figures.ts';
import type { Reason } from './reason.ts';

/** Why a row waits, how many there are of it, and until when. */
export interface WaitingReason {
  readonly reason: string | undefined;
  readonly rows: number;
  readonly firstDue: number;
  readonly lastDue: number;
}

/** A backlog in parts that go their own ways. */
export interface Split {
  /** Rows that are asked about next: fresh, due again, or in hand already. */
  readonly main: number;
  /** Rows that would be, if their list or user were not paused or their list still being imported. */
  readonly paused: number;
  /** Of them, those that a server holds. */
  readonly inHand: number;
  /** Rows that wait for another attempt, and until when the last of them does. */
  readonly tail: number;
  readonly tailUntil: number | undefined;
  /** Rows that wait since hosts refuse *us*: they are tried again, and nothing says that it will go better. */
  readonly blocked: number;
  /** True where `main` and `paused` are not known row by row, and where the others are not. */
  readonly isMainAbout: boolean;
  readonly isTailAbout: boolean;
}

// The refusal speaks of our address, our sender or our standing. RETRY_POLICY tries them again after hours.
const BLOCKING: ReadonlySet<string | undefined> = new Set<Reason>([
  'policy-block',
  'sender-rejected',
  'auth-or-tls-required',
  'refuses-everybody',
]);

/** True of a reason that somebody has to see to. */
export function isBlocking(reason: string | undefined): boolean {
  return BLOCKING.has(reason);
}

/** Parts a backlog; `waiting` says why its rows wait, or a sample of them. Of one that `isPaused` nothing is asked about. */
export function splitBacklog(backlog: Backlog, waiting: readonly WaitingReason[], isPaused = false): Split {
  const { pending, putOff, held, exactness } = backlog;
  const inHand = held.reduce((sum, { rows }) => sum + rows, 0);
  const putOffRows = Math.min(putOff.rows, pending);
  const seen = sumRows(waiting);
  const blockedSeen = sumRows(waiting.filter(({ reason }) => isBlocking(reason)));
  // A sample speaks for all.
  const blocked = seen === 0 ? 0 : Math.round((blockedSeen / seen) * putOffRows);
  const passing = waiting.filter(({ reason }) => !isBlocking(reason));
  const isAllSeen = seen >= putOffRows;
  const lastOfPassing = passing.length === 0 ? undefined : Math.max(...passing.map(({ lastDue }) => lastDue));
  const isTailAbout = putOff.isCapped || !isAllSeen || held.some(({ isCapped }) => isCapped);
  return {
    main: isPaused ? 0 : pending - putOffRows,
    paused: isPaused ? pending - putOffRows : 0,
    inHand: Math.min(inHand, pending),
    tail: putOffRows - blocked,
    tailUntil: putOffRows - blocked === 0 ? undefined : isAllSeen ? lastOfPassing : putOff.lastDue,
    blocked,
    isMainAbout: exactness !== 'exact' || isTailAbout,
    isTailAbout,
  };
}

/** Adds parts up: those of a user's lists, or of all users. */
export function addSplits(splits: readonly Split[]): Split {
  const until = splits.flatMap(({ tailUntil }) => tailUntil ?? []);
  const sum = (of: (split: Split) => number): number => splits.reduce((total, split) => total + of(split), 0);
  return {
    main: sum(({ main }) => main),
    paused: sum(({ paused }) => paused),
    inHand: sum(({ inHand }) => inHand),
    tail: sum(({ tail }) => tail),
    tailUntil: until.length === 0 ? undefined : Math.max(...until),
    blocked: sum(({ blocked }) => blocked),
    isMainAbout: splits.some(({ isMainAbout }) => isMainAbout),
    isTailAbout: splits.some(({ isTailAbout }) => isTailAbout),
  };
}

/**
 * Gives the seconds until `rows` rows have been asked about; 0 for none. Undefined where nothing says how long:
 * nobody is at work.
 */
export function secondsFor(rows: number, perMinute: number): number | undefined {
  if (rows === 0) return 0;
  return perMinute > 0 ? Math.ceil((rows / perMinute) * 60) : undefined;
}

function sumRows(parts: readonly WaitingReason[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
