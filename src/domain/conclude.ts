// Draws the conclusion for a row from everything that is known: what its own RCPT was answered, what the control
// recipient at the same host was answered, what earlier cycles know of the domain, who the provider is.
// What a single observation means is classify.ts; whether the row is tried again is decide-next.ts.

import type { CatchAll } from './catch-all.ts';
import { classify, type Classification, type ProbeIdentity } from './classify.ts';
import type { Finding } from './finding.ts';
import type { Observation } from './observation.ts';
import { acceptsAnybody } from './providers.ts';
import type { Label, Reason } from './reason.ts';
import { wordsOf } from './reply-words.ts';
import { waitHintSeconds } from './wait-hint.ts';

export interface Conclusion extends Omit<Classification, 'verdict'> {
  readonly verdict: 'valid' | 'invalid' | 'catch-all' | 'unknown' | 'retry';
  /** What this probe taught about the domain; undefined when no control recipient was asked. */
  readonly catchAll: CatchAll | undefined;
  /** How long the host asks us to wait, in its own words. */
  readonly waitSeconds?: number | undefined;
}

export interface ConclusionInput {
  /** What became of the row's own address. */
  readonly real: Finding;
  readonly identity?: ProbeIdentity | undefined;
  /** What the same host said to an address that cannot exist, where it was asked. */
  readonly control?: Observation | undefined;
  /** What is known of the domain from elsewhere. */
  readonly catchAll?: CatchAll | undefined;
  /** Name of the host's provider (providers.ts). */
  readonly provider?: string | undefined;
  /** The session refused everybody alike, and this row with them (session-sense.ts). */
  readonly isRefusedWithAll?: boolean | undefined;
}

/**
 * Gives the conclusion.
 *
 * Accepted beside a control recipient that was refused as a mailbox is `valid`; beside one that was accepted
 * too, or at a domain known to accept all, `catch-all`. Fresh evidence outweighs what was known. Where the
 * control recipient was put off, refused for policy, lost or not asked, and nothing is known from elsewhere, the
 * row stays `valid`, and its reason says that the domain may still accept all: `catch-all-unknown`. A provider that
 * accepts anybody gives `catch-all` whatever else was said. A refusal in words that nobody
 * knows, and that both got, is the host's answer to us: `unknown`, `refuses-everybody`; so is one that a whole session
 * got, even if its words alone would be a verdict. It teaches nothing about the domain. A block, or a refusal of the
 * sender, keeps its own name, which says more: limits and waits go by it.
 */
export function conclude(input: ConclusionInput): Conclusion {
  const { real, identity = {}, control, catchAll, provider, isRefusedWithAll = false } = input;
  if (real.type === 'smtputf8-unsupported') return unaskable(control && learnedFrom(control, identity));

  const meaning = classify(real, { ...identity, provider: identity.provider ?? provider });
  const learned = control && learnedFrom(control, identity);
  if (meaning.verdict === 'valid') return accepted(meaning, learned, catchAll, provider);

  if (isRefusedWithAll || isRefusedAlike(meaning, control, identity)) {
    const nothing = learned && 'unknown';
    return { ...meaning, verdict: 'unknown', reason: 'refuses-everybody', scope: 'host', catchAll: nothing };
  }
  return { ...meaning, catchAll: learned, waitSeconds: hintOf(real, meaning.label) };
}

function accepted(
  meaning: Classification,
  learned: CatchAll | undefined,
  known: CatchAll | undefined,
  provider: string | undefined,
): Conclusion {
  const reason = acceptsAllReason(learned, known, provider);
  if (reason === undefined) {
    const isSettled = learned === 'no' || known === 'no';
    return { ...meaning, reason: isSettled ? meaning.reason : 'catch-all-unknown', catchAll: learned };
  }
  return { ...meaning, verdict: 'catch-all', reason, catchAll: learned };
}

function acceptsAllReason(
  learned: CatchAll | undefined,
  known: CatchAll | undefined,
  provider: string | undefined,
): Reason | undefined {
  if (acceptsAnybody(provider)) return 'provider-accepts-all';
  if (learned === 'no') return undefined;
  return learned === 'yes' || known === 'yes' ? 'accepts-all' : undefined;
}

/** The labels that say that there is no such mailbox, which is what a host owes the control recipient. */
const REFUSES_AS_MAILBOX: ReadonlySet<Label | undefined> = new Set<Label>([
  'mailbox_unknown',
  'mailbox_disabled',
  'moved',
  'syntax_rejected',
  'domain_not_served',
]);
/** Codes that are about the mailbox when nothing else is said, and when somebody beside it was accepted. */
const MAILBOX_CODES: ReadonlySet<number> = new Set([550, 551, 553]);

function learnedFrom(control: Observation, identity: ProbeIdentity): CatchAll {
  const { label, verdict } = classify(control, ofControl(identity));
  if (verdict === 'valid') return 'yes';
  if (verdict === 'invalid' && REFUSES_AS_MAILBOX.has(label)) return 'no';
  const isBareRefusal =
    label === 'ambiguous' && control.type === 'reply' && MAILBOX_CODES.has(control.reply.code);
  return isBareRefusal && control.stage === 'rcpt' ? 'no' : 'unknown';
}

// The control recipient's local part is nobody's word; its domain is the row's.
function ofControl({ recipient, ...others }: ProbeIdentity): ProbeIdentity {
  return { ...others, recipient: recipient?.slice(recipient.lastIndexOf('@')) };
}

function isRefusedAlike(
  meaning: Classification,
  control: Observation | undefined,
  identity: ProbeIdentity,
): boolean {
  if (control?.type !== 'reply' || !isUnclear(meaning)) return false;
  return control.reply.code >= 400 && isUnclear(classify(control, ofControl(identity)));
}

// By the reason, not the label: a missing SMTPUTF8 is no clear word about a mailbox either, but it has its name.
function isUnclear({ reason, verdict }: Classification): boolean {
  return reason === 'ambiguous-reply' && verdict === 'unknown';
}

function unaskable(learned: CatchAll | undefined): Conclusion {
  return {
    label: undefined,
    verdict: 'unknown',
    reason: 'smtputf8-unsupported',
    scope: 'recipient',
    rule: 'smtputf8-not-offered',
    catchAll: learned,
  };
}

const MAY_NAME_A_TIME: ReadonlySet<Label | undefined> = new Set<Label>([
  'greylisted',
  'rate_limited',
  'temporary_failure',
]);

function hintOf(real: Observation, label: Label | undefined): number | undefined {
  return real.type === 'reply' && MAY_NAME_A_TIME.has(label)
    ? waitHintSeconds(wordsOf(real.reply).words)
    : undefined;
}
