// What the answers of one session, or of several with one destination, say together. A host that gives every
// recipient the same refusal does not speak of mailboxes: it speaks of us, or of nothing. One answer cannot show
// that, and a whole session can, because the control recipient is among them, and so are people who exist.
//
// Only refusals that could be taken for a verdict, or end a row at once, are weighed here: words that hosts use of us
// and of mailboxes alike ("relaying denied", "recipient rejected", "mailbox unavailable"; `isMistakable` in the
// rules), and refusals in words that nobody knows. An unmistakable "user unknown" to everybody stays what it is:
// a list of dead addresses gets it rightly, and so does the control recipient. A block by its name is no verdict
// anyway, and its own name says more than ours.
//
// The caller holds such refusals back until the session told recipients apart, or is over; all else streams.

import { classify, type ProbeIdentity } from './classify.ts';
import type { Finding } from './finding.ts';
import type { Reply } from './observation.ts';
import { acceptsAnybody } from './providers.ts';
import type { Label } from './reason.ts';
import { RULES } from './reply-rules.ts';
import { wordsOf } from './reply-words.ts';

/** What one answer adds. */
export type Remark =
  | { readonly type: 'suspect'; readonly refusal: string } // may be what everybody gets
  | { readonly type: 'tells-apart' } // speaks of this recipient as not of everybody
  | { readonly type: 'nothing' }; // silence, a limit, a block: about us, whoever else was answered

/** What was heard so far. */
export interface SessionSense {
  readonly tellsApart: boolean;
  /** The refusal that all suspects share. */
  readonly refusal: string | undefined;
  readonly recipients: ReadonlySet<string>;
  readonly controls: ReadonlySet<string>;
}

/** Who was answered: `address` is what tells recipients from each other. */
export interface Recipient {
  readonly address: string;
  readonly isControl: boolean;
}

export const NOTHING_HEARD: SessionSense = {
  tellsApart: false,
  refusal: undefined,
  recipients: new Set(),
  controls: new Set(),
};

/** Two addresses may both be dead by chance; that three answers are alike is a pattern. */
const RECIPIENTS_NEEDED = 2;
const ANSWERS_NEEDED = 3;

const MISTAKABLE: ReadonlySet<string> = new Set(
  RULES.filter((rule) => rule.isMistakable).map(({ id }) => id),
);
/** Codes that only a host sends that looked for the mailbox (RFC 3463 §3.2, §3.3). */
const TRUSTWORTHY = /^5\.(?:1\.(?:1|6|10)|2\.1)$/;
/** Answers that show that the host looks at recipients, when no rule calls them mistakable. */
const TELLS_APART: ReadonlySet<Label | undefined> = new Set<Label>([
  'accepted',
  'accepted_unverified',
  'mailbox_unknown',
  'mailbox_disabled',
  'mailbox_full',
  'moved',
  'syntax_rejected',
  'domain_not_served',
  'greylisted',
]);

/** Gives what `finding` adds to the sense of its session. `identity` names what is only quoted in it. */
export function remarkOn(finding: Finding, identity: ProbeIdentity): Remark {
  if (finding.type !== 'reply' || finding.stage !== 'rcpt') return { type: 'nothing' };
  const { label, verdict, reason, rule } = classify(finding, identity);
  const isUnclear = reason === 'ambiguous-reply' && verdict === 'unknown';
  if (isUnclear || (verdict === 'invalid' && isMistakable(rule, finding.reply, identity))) {
    return { type: 'suspect', refusal: essenceOf(finding.reply, identity) };
  }
  // What a provider says to anybody tells nobody from anybody.
  if (verdict === 'valid' && acceptsAnybody(identity.provider)) return { type: 'nothing' };
  return { type: TELLS_APART.has(label) ? 'tells-apart' : 'nothing' };
}

/** Adds an answer. Two refusals that differ tell recipients apart as an acceptance does. */
export function hear(sense: SessionSense, remark: Remark, { address, isControl }: Recipient): SessionSense {
  if (remark.type === 'nothing' || sense.tellsApart) return sense;
  if (remark.type === 'tells-apart' || (sense.refusal ?? remark.refusal) !== remark.refusal) {
    return { ...sense, tellsApart: true };
  }
  const { recipients, controls } = sense;
  return {
    tellsApart: false,
    refusal: remark.refusal,
    recipients: isControl ? recipients : new Set([...recipients, address]),
    controls: isControl ? new Set([...controls, address]) : controls,
  };
}

/** True when everybody was refused alike: at least three recipients, control recipients among them, two of them real. */
export function refusesEverybody({ tellsApart, recipients, controls }: SessionSense): boolean {
  return (
    !tellsApart && recipients.size >= RECIPIENTS_NEEDED && recipients.size + controls.size >= ANSWERS_NEEDED
  );
}

// What a known provider says so is known to mean what its rule says.
function isMistakable(rule: string, { enhanced }: Reply, { provider }: ProbeIdentity): boolean {
  return MISTAKABLE.has(rule) && provider === undefined && !TRUSTWORTHY.test(enhanced ?? '');
}

// The words less what differs from one recipient to the next: the local part, and tokens with digits (queue ids).
function essenceOf(reply: Reply, identity: ProbeIdentity): string {
  const local = identity.recipient?.slice(0, identity.recipient.lastIndexOf('@')) ?? '';
  const names = new Set(wordsIn(local.toLowerCase()));
  const words = wordsIn(wordsOf(reply, identity).words);
  return [reply.code, ...words.filter((word) => !names.has(word) && !/\d/.test(word))].join(' ');
}

function wordsIn(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\d]+/gu) ?? [];
}
