// How many connections a destination may see at once: a window that opens while it answers well and is halved
// when it says "slow down" (additive increase, multiplicative decrease, as Postfix's queue manager does,
// SCHEDULER_README). Pure; whose window it is and where it is kept is pool/destination-windows.ts.

import type { Reason } from './reason.ts';

export interface ConcurrencyWindow {
  readonly limit: number;
  /** Good answers since the limit last changed, in parts of what opens it by one. */
  readonly credit: number;
}

export interface WindowBounds {
  readonly start: number;
  readonly max: number;
}

/** Reasons by which a host says that we are too many or too fast. */
const THROTTLED: ReadonlySet<Reason> = new Set(['rate-limited', 'too-many-recipients', 'policy-block']);
/** Reasons that say nothing good of the host: no ground to open further. */
const UNWELL: ReadonlySet<Reason> = new Set([
  'timeout',
  'connection-refused',
  'connection-failed',
  'connection-lost',
  'protocol-error',
  'temporary-failure',
]);

/** The window of a destination that nothing is known of. */
export function openWindow({ start }: WindowBounds): ConcurrencyWindow {
  return { limit: start, credit: 0 };
}

/**
 * Gives the window after these answers: halved, but never below one, if any of them was a throttle or a block;
 * otherwise `limit` good answers open it by one, up to `max`.
 */
export function adjustWindow(
  window: ConcurrencyWindow,
  reasons: readonly Reason[],
  { max }: WindowBounds,
): ConcurrencyWindow {
  if (reasons.some((reason) => THROTTLED.has(reason)))
    return { limit: Math.max(Math.floor(window.limit / 2), 1), credit: 0 };
  const good = reasons.filter((reason) => !UNWELL.has(reason)).length;
  const credit = window.credit + good / window.limit;
  if (credit < 1 || window.limit >= max) return { limit: window.limit, credit: Math.min(credit, 1) };
  return { limit: window.limit + 1, credit: 0 };
}
