// Draws the conclusion from one observation: what it was about, and what it means for the address.
//
// Order of evidence: the stage (nothing before RCPT speaks of the recipient); wording, in the order of
// reply-rules.ts; the enhanced code's subject (RFC 3463); the bare reply code, and of that only what cannot
// harm: a bare 550 is ambiguous, because a false `invalid` loses a real contact and an `unknown` only a retry.
// What several observations mean together is conclude.ts's business.

import { Memory } from './memory.ts';
import type { Failure, Observation, ReplyObservation, Stage } from './observation.ts';
import type { Label, Reason } from './reason.ts';
import type { Rule } from './reply-rule.ts';
import { RULES } from './reply-rules.ts';
import { asksToComeAgain } from './reply-rules-wait.ts';
import { isAscii, quotesOnlySender, wordsOf, type QuotedNames, type ReplyWords } from './reply-words.ts';

/** What one observation means. `retry` is what a schedule can settle; `unknown` is what it hardly will. */
export interface Classification {
  readonly label: Label | undefined; // undefined for failures
  readonly verdict: 'valid' | 'invalid' | 'unknown' | 'retry';
  readonly reason: Reason;
  /** Whom it speaks of: the host (or us), the sender, or the recipient. */
  readonly scope: 'host' | 'sender' | 'recipient';
  /** The id of the rule that decided. */
  readonly rule: string;
}

/** What must not decide by its wording: our own names and the address asked about. */
export interface ProbeIdentity extends QuotedNames {
  /** Name of the host's provider (providers.ts), where it is known. */
  readonly provider?: string | undefined;
}

/** What each label means for a row (smtp-knowledge §0); `5xx` and `4xx` where the reply's class matters. */
const MEANING = {
  accepted: { verdict: 'valid', reason: 'accepted', scope: 'recipient' },
  accepted_unverified: { verdict: 'unknown', reason: 'accepted-unverified', scope: 'recipient' },
  mailbox_unknown: { verdict: 'invalid', reason: 'mailbox-not-found', scope: 'recipient' },
  mailbox_disabled: { verdict: 'invalid', reason: 'mailbox-disabled', scope: 'recipient' },
  mailbox_full: { verdict: 'retry', reason: 'mailbox-full', scope: 'recipient' },
  moved: { verdict: 'invalid', reason: 'mailbox-moved', scope: 'recipient' },
  syntax_rejected: { verdict: 'invalid', reason: 'address-rejected', scope: 'recipient' },
  domain_not_served: {
    verdict: { '5xx': 'invalid', '4xx': 'retry' },
    reason: 'domain-not-served',
    scope: 'recipient',
  },
  policy_block: { verdict: 'unknown', reason: 'policy-block', scope: 'host' },
  sender_rejected: { verdict: 'unknown', reason: 'sender-rejected', scope: 'sender' },
  auth_or_tls_required: { verdict: 'unknown', reason: 'auth-or-tls-required', scope: 'host' },
  rate_limited: { verdict: 'retry', reason: 'rate-limited', scope: 'host' },
  greylisted: { verdict: 'retry', reason: 'greylisted', scope: 'recipient' },
  temporary_failure: { verdict: 'retry', reason: 'temporary-failure', scope: 'recipient' },
  too_many_recipients: { verdict: 'retry', reason: 'too-many-recipients', scope: 'recipient' },
  ambiguous: { verdict: { '5xx': 'unknown', '4xx': 'retry' }, reason: 'ambiguous-reply', scope: 'recipient' },
} as const satisfies Record<Label, unknown>;

const FAILURES = {
  timeout: { verdict: 'retry', reason: 'timeout', scope: 'host' },
  refused: { verdict: 'retry', reason: 'connection-refused', scope: 'host' },
  unreachable: { verdict: 'retry', reason: 'connection-failed', scope: 'host' },
  lost: { verdict: 'retry', reason: 'connection-lost', scope: 'host' },
  garbled: { verdict: 'retry', reason: 'protocol-error', scope: 'host' },
  'dns-failure': { verdict: 'retry', reason: 'dns-failure', scope: 'host' },
  'no-such-domain': { verdict: 'invalid', reason: 'no-such-domain', scope: 'recipient' },
  'null-mx': { verdict: 'invalid', reason: 'null-mx', scope: 'recipient' },
  'no-mail-host': { verdict: 'invalid', reason: 'no-mail-host', scope: 'recipient' },
  'private-host': { verdict: 'invalid', reason: 'private-host', scope: 'recipient' },
} as const satisfies Record<Failure, unknown>;

/** The labels that speak of the mailbox or its domain: only RCPT can earn them, and never a 421. */
const ABOUT_RECIPIENT: ReadonlySet<Label> = new Set<Label>([
  'mailbox_unknown',
  'mailbox_disabled',
  'mailbox_full',
  'moved',
  'syntax_rejected',
  'domain_not_served',
]);

/** The rules by the class of the codes they hold for, so that no reply is tried on the others. */
const RULES_OF_CLASS = byClass(RULES);
const BLAMELESS_RULES_OF_CLASS = byClass(RULES.filter(({ label }) => !ABOUT_RECIPIENT.has(label)));

function byClass(rules: readonly Rule[]): Readonly<Record<'4xx' | '5xx', readonly Rule[]>> {
  const withCode = (digit: string): readonly Rule[] =>
    rules.filter(({ codes }) => codes === undefined || codes.some((prefix) => prefix.startsWith(digit)));
  return { '4xx': withCode('4'), '5xx': withCode('5') };
}

/** By the subject of the enhanced code, where no wording decided. Asked in order; class digit left out. */
const BY_STATUS: readonly {
  readonly codes: '4' | '5' | '45';
  readonly status: RegExp;
  readonly label: Label;
  /** At RCPT the status is given for so much that it says nothing. */
  readonly isVagueAtRcpt?: true;
}[] = [
  { codes: '45', status: /^1\.[78]$/, label: 'sender_rejected' },
  { codes: '5', status: /^1\.(?:1|10)$/, label: 'mailbox_unknown' },
  { codes: '5', status: /^1\.2$/, label: 'domain_not_served' },
  { codes: '5', status: /^1\.3$/, label: 'syntax_rejected' },
  { codes: '5', status: /^1\.6$/, label: 'moved' },
  { codes: '5', status: /^2\.1$/, label: 'mailbox_disabled' },
  { codes: '45', status: /^2\.2$/, label: 'mailbox_full' },
  { codes: '45', status: /^5\.3$/, label: 'too_many_recipients' },
  { codes: '45', status: /^7\.(?:[89]|1[0-4])$/, label: 'auth_or_tls_required' },
  { codes: '4', status: /^7\.28$/, label: 'rate_limited' },
  // The most abused code: unknown users, relays, blocks and spam alike (RFC 3463 §3.8 as used).
  { codes: '45', status: /^7\.[01]$/, label: 'policy_block', isVagueAtRcpt: true },
  { codes: '45', status: /^7\.(?:[2-9]|\d\d+)$/, label: 'policy_block' },
  { codes: '5', status: /^3\.[12]$/, label: 'temporary_failure' },
];

/** A login or TLS, whatever stands beside it (RFC 4954 §6). */
const AUTH_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** Not about anybody: the command came at the wrong time, or the host does not know it. */
const PROTOCOL_CODES: ReadonlySet<number> = new Set([500, 502, 503, 555]);

/** By the reply code alone, at RCPT. What is not here is `ambiguous` at 5xx, `temporary_failure` at 4xx. */
const BY_CODE: Readonly<Record<number, Label>> = {
  521: 'domain_not_served', // RFC 7504 §3
  552: 'mailbox_full', // RFC 5321 §4.2.3: exceeded storage allocation
  556: 'domain_not_served', // RFC 7504 §4
};

/** What a 5xx without known wording means before RCPT; a 4xx there is a temporary failure. */
const BY_STAGE: Readonly<Partial<Record<Stage, Label>>> = {
  greeting: 'policy_block',
  ehlo: 'policy_block',
  starttls: 'auth_or_tls_required',
  mail: 'sender_rejected',
};

/**
 * Gives what `observation` means for the address that was asked about. Wording counts only outside of what
 * `identity` names. Never `invalid` or `valid` for a reply before RCPT, and never `invalid` for a 421. Pure;
 * a few microseconds to some milliseconds for whatever a host may send (reply-words.ts bounds what is read).
 */
export function classify(observation: Observation, identity: ProbeIdentity = {}): Classification {
  if (observation.type === 'failure') {
    return { label: undefined, rule: `failure-${observation.failure}`, ...FAILURES[observation.failure] };
  }
  if (observation.reply.code < 400) return positive(observation);

  const known = refusals.get(observation);
  if (known !== undefined && isSame(known.identity, identity)) return known.meaning;
  const meaning = refusalFor(observation, identity);
  refusals.set(observation, { identity, meaning });
  return meaning;
}

// One answer is looked at by whoever settles its row, tells its session's sense and writes its result down.
const refusals = new WeakMap<
  ReplyObservation,
  { readonly identity: ProbeIdentity; readonly meaning: Classification }
>();

function isSame(one: ProbeIdentity, other: ProbeIdentity): boolean {
  const { recipient, provider, sender, ehloName, ownIp } = one;
  const isSameRow = recipient === other.recipient && provider === other.provider;
  return isSameRow && sender === other.sender && ehloName === other.ehloName && ownIp === other.ownIp;
}

function refusalFor(observation: ReplyObservation, identity: ProbeIdentity): Classification {
  const meaning = refusal(observation, identity);
  if (meaning.verdict !== 'invalid' || !quotesOnlySender(observation.reply, identity)) return meaning;
  return meaningOf('sender_rejected', 'quotes-only-sender', observation);
}

function refusal(observation: ReplyObservation, identity: ProbeIdentity): Classification {
  const views = wordsOf(observation.reply, identity);
  const meaning = lastWord(observation, identity, views);
  return meaning.verdict === 'invalid' && asksToComeAgain(observation.reply.code, views.words)
    ? meaningOf('temporary_failure', 'asks-to-come-again', observation)
    : meaning;
}

function lastWord(observation: ReplyObservation, identity: ProbeIdentity, views: ReplyWords): Classification {
  const rule = decidingRule(observation, identity, views);
  if (rule !== undefined) return meaningOf(rule.label, rule.id, observation, rule);
  const [label, source] = byNumbers(observation);
  return meaningOf(label, source, observation);
}

function positive(observation: ReplyObservation): Classification {
  const { code } = observation.reply;
  if (code >= 300) return meaningOf('ambiguous', 'code-3xx', observation);
  const isAcceptance = observation.stage === 'rcpt' && (code === 250 || code === 251);
  return meaningOf(isAcceptance ? 'accepted' : 'accepted_unverified', `code-${code}`, observation);
}

// Advice ("if you think that your mail was blocked, see …") counts only where the rest leaves the reason open,
// and then only against us.
function decidingRule(
  observation: ReplyObservation,
  identity: ProbeIdentity,
  { words, wordsWithAdvice, marks }: ReplyWords,
): Rule | undefined {
  const rule = firstRule(observation, identity, words, marks);
  const isOpen = rule === undefined || rule.label === 'ambiguous' || rule.isMistakable === true;
  if (!isOpen || words === wordsWithAdvice) return rule;

  const advised = firstRule(observation, identity, wordsWithAdvice, marks);
  return advised === undefined || ABOUT_RECIPIENT.has(advised.label) ? rule : advised;
}

// Hosts of one make say the same to everybody once names are taken out, and to ask all rules takes a hundred times
// longer than to remember which one it was.
const decided = new Memory<Rule | undefined>(500);

function firstRule(
  observation: ReplyObservation,
  identity: ProbeIdentity,
  words: string,
  marks: string,
): Rule | undefined {
  const { stage, reply } = observation;
  // Neither view holds a line end.
  const key = `${stage} ${reply.code} ${reply.enhanced ?? ''} ${identity.provider ?? ''}\n${words}\n${marks}`;
  return decided.recall(key, () => askRules(observation, identity, words, marks));
}

function askRules(
  { stage, reply }: ReplyObservation,
  { provider }: ProbeIdentity,
  words: string,
  marks: string,
): Rule | undefined {
  const code = String(reply.code);
  const enhanced = reply.enhanced ?? '';
  const isPlain = isAscii(words);
  const candidates = mayBlameRecipient(stage, reply.code) ? RULES_OF_CLASS : BLAMELESS_RULES_OF_CLASS;
  return candidates[code.startsWith('4') ? '4xx' : '5xx'].find(
    (rule) =>
      !(isPlain && rule.isBeyondAscii === true) &&
      (rule.stages === undefined || rule.stages.includes(stage)) &&
      (rule.codes === undefined || rule.codes.some((prefix) => code.startsWith(prefix))) &&
      (rule.enhanced === undefined || rule.enhanced.test(enhanced)) &&
      (rule.provider === undefined || provider === undefined || rule.provider === provider) &&
      rule.pattern.test(rule.on === 'marks' ? marks : words),
  );
}

/** Only RCPT speaks of the recipient, and RFC 5321 §3.8's 421 of the connection whatever was asked. */
function mayBlameRecipient(stage: Stage, code: number): boolean {
  return stage === 'rcpt' && code !== 421;
}

function byNumbers({ stage, reply }: ReplyObservation): readonly [Label, string] {
  const { code, enhanced } = reply;
  const isPermanent = code >= 500;
  if (AUTH_CODES.has(code)) return ['auth_or_tls_required', `code-${code}`];
  const subject = enhanced?.slice(2);
  const found = BY_STATUS.find(
    ({ codes, status, label, isVagueAtRcpt = false }) =>
      codes.includes(String(code)[0]!) &&
      !(isVagueAtRcpt && stage === 'rcpt') &&
      status.test(subject ?? '') &&
      (mayBlameRecipient(stage, code) || !ABOUT_RECIPIENT.has(label)),
  );
  if (found !== undefined) return [found.label, `status-${code >= 500 ? 5 : 4}.${subject}`];

  if (!isPermanent) return ['temporary_failure', `code-${code}`];
  if (PROTOCOL_CODES.has(code)) return ['ambiguous', `code-${code}`];
  if (stage !== 'rcpt') return [BY_STAGE[stage] ?? 'ambiguous', `stage-${stage}`];
  // A host that took the trouble of a status code we know nothing of meant something else than the bare code.
  const label = subject === undefined || subject === '0.0' ? BY_CODE[code] : undefined;
  return [label ?? 'ambiguous', `code-${code}`];
}

function meaningOf(
  label: Label,
  rule: string,
  { stage, reply }: ReplyObservation,
  narrower?: Rule,
): Classification {
  const meaning = MEANING[label];
  const verdict =
    typeof meaning.verdict === 'string'
      ? meaning.verdict
      : meaning.verdict[reply.code >= 400 && reply.code < 500 ? '4xx' : '5xx'];
  return {
    label,
    // Relay denied to MAIL says nothing of the recipient, and neither does anything else before RCPT.
    verdict: stage === 'rcpt' || verdict !== 'invalid' ? verdict : 'unknown',
    reason: narrower?.reason ?? meaning.reason,
    scope: narrower?.scope ?? scopeOf(meaning.scope, stage, reply.code),
    rule,
  };
}

// RFC 5321 §3.8: 421 closes the channel whatever the command was.
function scopeOf(scope: Classification['scope'], stage: Stage, code: number): Classification['scope'] {
  if (code === 421 || (scope === 'recipient' && stage !== 'rcpt')) return 'host';
  return scope;
}
