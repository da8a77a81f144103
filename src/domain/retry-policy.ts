// What each reason does to a row that has no verdict yet: whether time may settle it, how long it waits before each
// further probe, and whether the probe counts as an attempt. One table; decide-next.ts applies it. The waits come
// from what is known of greylisting, rate limits and block lists (RFC 6647 §5, RFC 5321 §4.5.4.1, postmaster pages).
//
// The operator's schedule (RETRY_DELAYS_SECONDS) is the base: reasons on the schedule wait by it, and then by a
// few longer waits; the others have waits of their own. All that is ours shrinks in proportion where the schedule
// begins below the usual five minutes. One that begins below a minute was shortened on purpose: it holds
// for every reason as it stands, and nothing is added to it. An empty one means that nothing waits.

import type { Reason } from './reason.ts';

export interface RetryPolicy {
  /** Seconds before the 2nd, 3rd, … probe: the schedule and what follows it, or waits of the reason's own. None: final at once. */
  readonly waits: { readonly afterSchedule: readonly number[] } | { readonly own: readonly number[] };
  /** False where the host would not let us ask: the probe uses up a throttle and no attempt. Each has its own count. */
  readonly isAttempt: boolean;
  /** What a permanent reply (an `unknown`, as against a `retry`) means for the row. */
  readonly onPermanent: 'waits' | 'final';
  /** The host may name the time itself. */
  readonly takesHint: boolean;
}

/** How often a row was probed before, and how many of these probes were throttled. */
export interface Probes {
  /** All of them, the throttled ones included. */
  readonly attempts: number;
  readonly throttles: number;
}

const MINUTE = 60;
const HOUR = 3600;

/** Where the schedule usually begins; a fifth of it shrinks our own waits to a fifth. */
const USUAL_FIRST_SECONDS = 5 * MINUTE;
/** A schedule that begins below it was shortened on purpose. */
const SHORTENED_BELOW_SECONDS = MINUTE;

const FINAL: RetryPolicy = { waits: { own: [] }, isAttempt: true, onPermanent: 'final', takesHint: false };
/** The host's own trouble, or the network's: an hour or two settle most of it, the next half day nearly all. */
const TROUBLE: RetryPolicy = {
  waits: { afterSchedule: [4 * HOUR, 12 * HOUR] },
  isAttempt: true,
  onPermanent: 'waits',
  takesHint: true,
};
/** Greylists open after 1 to 60 minutes and remember for hours (postgrey, iRedAPD, Mimecast). */
const GREYLISTED: RetryPolicy = { ...TROUBLE, waits: { afterSchedule: [4 * HOUR] } };
/** Gmail asks for an hour, Yahoo for four, Exchange for half of one. Ten times, so that it ends within two days. */
const THROTTLED: RetryPolicy = {
  ...TROUBLE,
  waits: { own: [HOUR / 4, HOUR, 2 * HOUR, ...Array.from({ length: 7 }, () => 4 * HOUR)] },
  isAttempt: false,
};
/** Listings expire, SPF and reverse DNS get mended: hours, and each further probe is held against us. */
const REFUSED_US: RetryPolicy = {
  waits: { own: [HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR] },
  isAttempt: true,
  onPermanent: 'waits',
  takesHint: false,
};

/** By reason. What only ever stands beside a verdict is final, as it is for a row that has none. */
export const RETRY_POLICY: Readonly<Record<Reason, RetryPolicy>> = {
  greylisted: GREYLISTED,
  'rate-limited': THROTTLED,
  'too-many-recipients': THROTTLED,

  'policy-block': REFUSED_US,
  'sender-rejected': REFUSED_US,
  'auth-or-tls-required': REFUSED_US,
  'refuses-everybody': REFUSED_US,
  // Read or moved by its owner, within days if at all
  'mailbox-full': { ...REFUSED_US, waits: { own: [6 * HOUR, 24 * HOUR, 48 * HOUR] } },

  'temporary-failure': TROUBLE,
  timeout: TROUBLE,
  'connection-refused': TROUBLE,
  'connection-failed': TROUBLE,
  'connection-lost': TROUBLE,
  'protocol-error': TROUBLE,
  'dns-failure': TROUBLE,
  // Put off at RCPT, or refused before it, which is about us
  'domain-not-served': TROUBLE,
  // A temporary refusal in unknown words may pass; a permanent one will be the same tomorrow
  'ambiguous-reply': { ...TROUBLE, onPermanent: 'final' },
  'worker-crashed': { ...TROUBLE, waits: { afterSchedule: [] } },

  'accepted-unverified': FINAL, // 252 will be 252 tomorrow
  'smtputf8-unsupported': FINAL,

  accepted: FINAL,
  'catch-all-unknown': FINAL,
  'accepts-all': FINAL,
  'provider-accepts-all': FINAL,
  'mailbox-not-found': FINAL,
  'mailbox-disabled': FINAL,
  'mailbox-moved': FINAL,
  'address-rejected': FINAL,
  'no-such-domain': FINAL,
  'null-mx': FINAL,
  'no-mail-host': FINAL,
  'private-host': FINAL,
  syntax: FINAL,
  'disposable-domain': FINAL,
  'excluded-account': FINAL,
  'excluded-domain': FINAL,
  'provider-policy': FINAL,
};

/**
 * Gives the waits of `reason`, in seconds: as many as it may be put off, throttled probes and attempts counted apart.
 * None with an empty schedule, and the schedule itself for every reason that waits when it was shortened.
 */
export function waitsOf(reason: Reason, schedule: readonly number[]): readonly number[] {
  const [first] = schedule;
  if (first === undefined) return [];
  const { waits } = RETRY_POLICY[reason];
  const ours = 'own' in waits ? waits.own : waits.afterSchedule;
  if ('own' in waits && ours.length === 0) return [];
  if (isShortened(schedule)) return schedule;

  const scale = Math.min(1, first / USUAL_FIRST_SECONDS);
  const scaled = ours.map((seconds) => Math.round(seconds * scale));
  return 'own' in waits ? scaled : [...schedule, ...scaled];
}

/** True of a schedule that begins below a minute: nothing lengthens it, not even a host's own word. */
export function isShortened([first = 0]: readonly number[]): boolean {
  return first < SHORTENED_BELOW_SECONDS;
}

/** How often the count that `reason` uses up was used up in `probes`. */
export function usedUp(reason: Reason, { attempts, throttles }: Probes): number {
  return RETRY_POLICY[reason].isAttempt ? attempts - throttles : throttles;
}
