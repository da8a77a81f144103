// How many connections a destination may see at once: a window that opens while it answers well and is halved
// when it says "slow down" (additive increase, multiplicative decrease, as Postfix's queue manager does,
// SCHEDULER_README). Where a connection was one too many, that number is remembered as a ceiling: to climb into it again
// every few answers would be to knock at a door that says no. Pure; whose window it is and where it is kept is
// pool/destinations.ts. Times are milliseconds on any one clock.

import type { Reason } from './reason.ts';

export interface ConcurrencyWindow {
  readonly limit: number;
  /** What went well since the limit last changed, in parts of what opens it by one. */
  readonly credit: number;
  /** What the host bore when one more was refused. */
  readonly ceiling?: Ceiling | undefined;
}

export interface Ceiling {
  readonly limit: number;
  /** When it is forgotten: hosts get larger. */
  readonly until: number;
}

export interface WindowBounds {
  readonly start: number;
  readonly max: number;
}

/** Reasons by which a host says that we are too many or too fast. */
const THROTTLED: ReadonlySet<Reason> = new Set(['rate-limited', 'too-many-recipients', 'policy-block']);
/** Answers of a host that listens to whom we ask about. */
const GOOD: ReadonlySet<Reason> = new Set([
  'accepted',
  'catch-all-unknown',
  'accepts-all',
  'provider-accepts-all',
  'accepted-unverified',
  'mailbox-not-found',
  'mailbox-disabled',
  'mailbox-moved',
  'mailbox-full',
  'address-rejected',
  'domain-not-served',
  'greylisted',
]);

/**
 * Sessions for which a connection more is tried than was ever borne: so of all connections, should it be refused, fewer
 * than one in twenty is.
 */
const SESSIONS_FOR_UNKNOWN_GROUND = 20;
const CEILING_MS = 24 * 3_600_000;

/** The window of a destination that nothing is known of. */
export function openWindow({ start }: WindowBounds): ConcurrencyWindow {
  return { limit: start, credit: 0 };
}

/** True for an answer that speaks of the mailbox: the host deals with us. */
export function isGoodAnswer(reason: Reason): boolean {
  return GOOD.has(reason);
}

/** True for an answer by which the host asks for less. */
function isThrottled(reason: Reason): boolean {
  return THROTTLED.has(reason);
}

/**
 * Gives the window after these answers: halved, but never below one, if any of them was a throttle or a block; opened by
 * one for `limit` good ones as long as it is below what is known to be borne, where it started or a ceiling.
 */
export function adjustWindow(
  window: ConcurrencyWindow,
  reasons: readonly Reason[],
  bounds: WindowBounds,
  now: number,
): ConcurrencyWindow {
  if (reasons.some(isThrottled)) return halved(window);
  if (isOnUnknownGround(window, bounds, now)) return window;
  return opened(window, reasons.filter(isGoodAnswer).length / window.limit, bounds, now);
}

/**
 * Gives the window after so many more sessions that ended as they should: from what is known to be borne it opens by one
 * for twenty of them, up to `max` and a ceiling.
 */
export function afterGoodSessions(
  window: ConcurrencyWindow,
  sessions: number,
  bounds: WindowBounds,
  now: number,
): ConcurrencyWindow {
  if (!isOnUnknownGround(window, bounds, now)) return window;
  return opened(window, sessions / SESSIONS_FOR_UNKNOWN_GROUND, bounds, now);
}

/** Gives the window with half of its limit, and at least one. */
export function halved({ limit, ceiling }: ConcurrencyWindow): ConcurrencyWindow {
  return { limit: Math.max(Math.floor(limit / 2), 1), credit: 0, ceiling };
}

/** Gives the window after one of `open` connections was refused as one too many: halved, and bound by what was left. */
export function refusedConnection(window: ConcurrencyWindow, open: number, now: number): ConcurrencyWindow {
  const borne = Math.max(open - 1, 1);
  const known = ceilingNow(window, now)?.limit ?? borne;
  const ceiling = { limit: Math.min(borne, known), until: now + CEILING_MS };
  return { ...halved(window), ceiling };
}

function opened(
  window: ConcurrencyWindow,
  gain: number,
  { max }: WindowBounds,
  now: number,
): ConcurrencyWindow {
  const { limit } = window;
  const ceiling = ceilingNow(window, now);
  const credit = Math.min(window.credit + gain, 1);
  const isTop = limit >= Math.min(max, ceiling?.limit ?? max);
  return credit < 1 || isTop ? { limit, credit, ceiling } : { limit: limit + 1, credit: 0, ceiling };
}

function isOnUnknownGround(window: ConcurrencyWindow, { start }: WindowBounds, now: number): boolean {
  return window.limit >= (ceilingNow(window, now)?.limit ?? start);
}

function ceilingNow({ ceiling }: ConcurrencyWindow, now: number): Ceiling | undefined {
  return ceiling !== undefined && ceiling.until > now ? ceiling : undefined;
}
