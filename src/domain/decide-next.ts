// Decides whether a row is done or waits for another probe, and how long. What each reason may wait is
// retry-policy.ts. Promise: nothing but a word about the mailbox makes a row final early.

import type { Conclusion } from './conclude.ts';
import type { Reason } from './reason.ts';
import { RETRY_POLICY, isShortened, usedUp, waitsOf, type Probes } from './retry-policy.ts';
import type { Outcome } from './verdict.ts';

export interface Next {
  readonly status: Outcome;
  /** Set exactly when status is `deferred`: seconds until the next attempt is due. */
  readonly retryInSeconds: number | undefined;
  /** What this probe made of the row's counts. */
  readonly probes: Probes;
}

/** A fifth more at most, so that rows that were put off together do not come back together. */
const JITTER = 0.2;
const HINT_MIN_SECONDS = 60;
const HINT_MAX_SECONDS = 3600;

/**
 * Gives what happens to a row that was probed `before` (without this probe) now that this one led to `conclusion`.
 *
 * A verdict is final. What time may settle is deferred by the reason's next wait plus up to 20 % (`random` 0 to
 * 1), and `unknown` once its waits are used up; n waits are n + 1 attempts. A throttled probe counts among
 * the throttles instead. A wait that the host asked for (60 s to 1 h) is taken at its word once; when it did not
 * help, the longer of both. Where the schedule was shortened on purpose nothing lengthens it.
 */
export function decideNext(
  conclusion: Pick<Conclusion, 'verdict' | 'reason' | 'waitSeconds'>,
  before: Probes,
  schedule: readonly number[],
  random: number,
): Next {
  const { verdict, reason, waitSeconds } = conclusion;
  const hasVerdict = verdict !== 'retry' && verdict !== 'unknown';
  const probes = countedWith(before, hasVerdict || RETRY_POLICY[reason].isAttempt);
  if (hasVerdict) return { status: verdict, retryInSeconds: undefined, probes };

  const place = usedUp(reason, before);
  const wait = waitsOf(reason, schedule)[place];
  const isFinal = verdict === 'unknown' && RETRY_POLICY[reason].onPermanent === 'final';
  if (isFinal || wait === undefined) return { status: 'unknown', retryInSeconds: undefined, probes };

  const hint = isShortened(schedule) ? undefined : hintFor(reason, waitSeconds);
  const seconds = hint === undefined ? wait : place === 0 ? hint : Math.max(wait, hint);
  return { status: 'deferred', retryInSeconds: Math.ceil(seconds * (1 + JITTER * random)), probes };
}

function countedWith({ attempts, throttles }: Probes, isAttempt: boolean): Probes {
  return { attempts: attempts + 1, throttles: isAttempt ? throttles : throttles + 1 };
}

function hintFor(reason: Reason, waitSeconds: number | undefined): number | undefined {
  if (waitSeconds === undefined || !RETRY_POLICY[reason].takesHint) return undefined;
  return Math.min(HINT_MAX_SECONDS, Math.max(HINT_MIN_SECONDS, waitSeconds));
}
