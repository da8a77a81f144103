// What an answer to RCPT means for the search through a domain's mail hosts: whether a further host may be asked.
// What it means for the address is domain/classify.ts, whose labels are used here.

import type { Classification } from '../domain/classify.ts';
import type { Observation } from '../domain/observation.ts';
import type { Label } from '../domain/reason.ts';

/**
 * - `settles`: a definite word about the mailbox, whichever host it came from;
 * - `ends`: no word about the mailbox, but to ask the next host would be to go round a block or a limit;
 * - `asks-on`: another host of the domain may know better.
 */
export type Weight = 'settles' | 'ends' | 'asks-on';

const WEIGHT: Readonly<Record<Label, Weight>> = {
  accepted: 'settles',
  accepted_unverified: 'settles',
  mailbox_unknown: 'settles',
  mailbox_disabled: 'settles',
  mailbox_full: 'settles',
  moved: 'settles',
  syntax_rejected: 'settles',
  // One host's relay denial speaks of that host: the domain is served where another takes it.
  domain_not_served: 'asks-on',
  greylisted: 'asks-on',
  temporary_failure: 'asks-on',
  policy_block: 'ends',
  sender_rejected: 'ends',
  auth_or_tls_required: 'ends',
  rate_limited: 'ends',
  too_many_recipients: 'ends',
  ambiguous: 'ends',
};

/** Weighs a refusal of RCPT. One with no clear meaning ends the search when it is permanent (5xx). */
export function weighRefusal({ label }: Pick<Classification, 'label'>, code: number): Weight {
  if (label === undefined) return 'ends';
  return label === 'ambiguous' && code < 500 ? 'asks-on' : WEIGHT[label];
}

/** True for a 2xx reply to RCPT. */
export function isAccepting(observed: Observation): boolean {
  return observed.type === 'reply' && observed.stage === 'rcpt' && observed.reply.code < 300;
}

const TELLING = {
  'dns-failure': 0,
  'no-such-domain': 0,
  'null-mx': 0,
  'no-mail-host': 0,
  'private-host': 0,
  unreachable: 1,
  refused: 2,
  timeout: 3,
  lost: 4,
  garbled: 5,
} as const;

/** Gives the observation that tells more, the earlier one when they tell alike: words over silence, RCPT over the rest. */
export function mostTelling<A extends Observation, B extends Observation>(
  earlier: A | undefined,
  later: B,
): A | B {
  return earlier !== undefined && telling(earlier) >= telling(later) ? earlier : later;
}

function telling(observed: Observation): number {
  if (observed.type === 'failure') return TELLING[observed.failure];
  return observed.stage === 'rcpt' ? 7 : 6;
}
