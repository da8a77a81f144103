// Decides whether a row is done or waits for another attempt, and how long. The schedule is the caller's; here is
// only which reasons time may settle. Promise: nothing but a word about the mailbox makes a row final early.

import type { Conclusion } from './conclude.ts';
import type { Reason } from './reason.ts';
import type { Outcome } from './verdict.ts';

export interface Next {
  readonly status: Outcome;
  /** Set exactly when status is `deferred`: seconds until the next attempt is due. */
  readonly retryInSeconds: number | undefined;
}

/** What an `unknown` becomes while attempts are left. A `retry` always waits. */
const UNKNOWN_BECOMES: Readonly<Partial<Record<Reason, 'waits' | 'final'>>> = {
  'policy-block': 'waits', // listings expire, and the operator sees the reason meanwhile
  'sender-rejected': 'waits', // the operator mends SPF, or their DNS recovers
  'auth-or-tls-required': 'waits',
  'refuses-everybody': 'waits',
  'accepted-unverified': 'final', // 252 will be 252 tomorrow
  'smtputf8-unsupported': 'final',
  'ambiguous-reply': 'final', // a permanent refusal in words that we do not know; a temporary one is `retry`
  'domain-not-served': 'waits', // said before RCPT, so it is about us
};

/** A fifth more at most, so that rows that were put off together do not come back together. */
const JITTER = 0.2;
const HINT_MIN_SECONDS = 60;
const HINT_MAX_SECONDS = 3600;

/**
 * Gives what happens to a row after attempt `attempt` (from 1, this one) led to `conclusion`.
 *
 * A verdict is final. What time may settle is deferred by the schedule's delay for this attempt plus up to 20 %
 * (`random` 0 to 1), and `unknown` once the schedule is used up: a schedule of n delays is n + 1 attempts.
 * A longer wait that the host asked for (60 s to 1 h) wins, unless the schedule begins below a minute: then it
 * was shortened on purpose, and nothing lengthens it.
 */
export function decideNext(
  conclusion: Pick<Conclusion, 'verdict' | 'reason' | 'label' | 'catchAll' | 'waitSeconds'>,
  attempt: number,
  retryDelaysSeconds: readonly number[],
  random: number,
): Next {
  const { verdict, reason, waitSeconds } = conclusion;
  if (verdict !== 'retry' && verdict !== 'unknown') return { status: verdict, retryInSeconds: undefined };

  const scheduled = retryDelaysSeconds[attempt - 1];
  const waits = verdict === 'retry' || UNKNOWN_BECOMES[reason] === 'waits';
  if (!waits || scheduled === undefined) return { status: 'unknown', retryInSeconds: undefined };

  const asked = retryDelaysSeconds[0]! >= HINT_MIN_SECONDS ? boundedHint(waitSeconds) : 0;
  const delay = Math.max(scheduled, asked);
  return { status: 'deferred', retryInSeconds: Math.ceil(delay * (1 + JITTER * random)) };
}

function boundedHint(waitSeconds: number | undefined): number {
  return waitSeconds === undefined ? 0 : Math.min(HINT_MAX_SECONDS, Math.max(HINT_MIN_SECONDS, waitSeconds));
}
