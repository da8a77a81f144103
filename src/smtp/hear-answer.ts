// What an answer to a row's RCPT makes of the row, should the session turn out to have been in step: the finding that it
// ends with, or the next host. Pure; what is done about it, and when, is party.ts.

import { formatAddress } from '../domain/address.ts';
import { classify, type Classification } from '../domain/classify.ts';
import { isGoodAnswer } from '../domain/concurrency-window.ts';
import type { Finding } from '../domain/finding.ts';
import type { ReplyObservation } from '../domain/observation.ts';
import { providerOf } from '../domain/providers.ts';
import type { Inquiry } from './inquiry.ts';
import { isAccepting, weighRefusal } from './weigh-answer.ts';

/** An answer of the present session. */
export interface Heard {
  readonly inquiry: Inquiry;
  readonly observed: ReplyObservation;
  /** No definite word about the mailbox. */
  readonly isEvasive: boolean;
  /** What the row ends with; undefined when the next host is asked. */
  readonly finding: Finding | undefined;
  /** What a refusal was read as. */
  readonly meaning?: Classification | undefined;
}

export interface Hearing {
  readonly ehloName: string;
  readonly mailFrom: string;
  readonly hostRank: number;
  readonly isLastHost: boolean;
}

/** Hosts of a domain that may put a row off before it is left for another day. */
const MAX_EVASIONS = 2;

/** Gives what `observed` makes of the row; changes nothing about it. */
export function hearAnswer(
  inquiry: Inquiry,
  observed: ReplyObservation,
  { ehloName, mailFrom, hostRank, isLastHost }: Hearing,
): Heard {
  // An acceptance is taken without a look at the words: this is the common case.
  if (isAccepting(observed)) return { inquiry, observed, isEvasive: false, finding: observed };
  const meaning = classify(observed, {
    recipient: formatAddress(inquiry.address),
    sender: mailFrom,
    ehloName,
    provider: observed.host === undefined ? undefined : providerOf(observed.host)?.name,
  });
  const weight = weighRefusal(meaning, observed.reply.code);
  if (weight === 'settles') return { inquiry, observed, isEvasive: false, finding: observed, meaning };
  const asksOn = weight === 'asks-on' && !isLastHost && inquiry.evasions + 1 < MAX_EVASIONS;
  const finding = asksOn ? undefined : inquiry.evidenceWith(observed, hostRank);
  return { inquiry, observed, isEvasive: true, finding, meaning };
}

/** True for an answer that speaks of the mailbox, and not of us or of trouble that the host has. */
export function speaksOfMailbox({ meaning }: Heard): boolean {
  return meaning === undefined || isGoodAnswer(meaning.reason);
}
