// Tells what kept evidence says: who was asked, what was said, what the control recipient got, which rule drew which
// conclusion, and why it is not another one. Pure. A sentence says only what is kept: where something is missing (an older
// version, a crash), it says that instead of guessing.

import { formatAddress, parseAddress } from './address.ts';
import { plainCount } from './amounts.ts';
import type { KeptFact, KeptRow, KeptVerdict } from './kept-row.ts';
import type { Failure, Stage } from './observation.ts';
import type { Paragraph, ShowTime } from './paragraph.ts';
import { providerOf } from './providers.ts';
import type { Reason } from './reason.ts';
import { REASONS } from './reasons-explained.ts';
import { RULES } from './reply-rules.ts';
import { RETRY_POLICY } from './retry-policy.ts';

/** What a reason word means; of a later version's, only that. */
export function meaningOf(reason: string): string {
  return isReason(reason) ? REASONS[reason].meaning : 'This version does not know that reason.';
}

export function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}

export function evidenceParagraphs(
  row: KeptRow,
  verdict: KeptVerdict,
  showTime: ShowTime,
): readonly Paragraph[] {
  const said = saidSentence(verdict);
  const control = controlSentence(verdict);
  return [
    { about: 'asked', text: askedSentence(row, verdict, showTime) },
    ...(said === undefined ? [] : [{ about: 'said' as const, text: said }]),
    ...(control === undefined ? [] : [{ about: 'control' as const, text: control }]),
    { about: 'conclusion', text: conclusionSentence(verdict, showTime) },
    { about: 'why not', text: whyNotSentences(row, verdict).join(' ') },
  ];
}

export function isReason(word: string): word is Reason {
  return Object.hasOwn(REASONS, word);
}

function askedSentence({ id, email }: KeptRow, verdict: KeptVerdict, showTime: ShowTime): string {
  const by = verdict.server === undefined ? '' : `, by server ${verdict.server}`;
  const { takenFrom } = verdict;
  if (takenFrom !== undefined) {
    const list = takenFrom.listId === undefined ? '' : ` of list ${takenFrom.listId}`;
    const at = showTime(takenFrom.at ?? verdict.decidedAt);
    if (takenFrom.rowId === id)
      return `${whoWasAsked(email, verdict)}, in a shadow run at ${at}: the answer was taken over from there (${showTime(verdict.decidedAt)}${by})`;
    return `${whoWasAsked(email, verdict)}, for row ${takenFrom.rowId}${list} at ${at}: it has the same address, so the answer was taken over (${showTime(verdict.decidedAt)}${by})`;
  }
  if (verdict.attempt === 0) return `nobody (${showTime(verdict.decidedAt)}${by})`;
  if (isGivenUp(verdict))
    return `nobody any more (${showTime(verdict.decidedAt)}${by}), after ${plainCount(verdict.attempt, 'probe')} before`;
  return `${whoWasAsked(email, verdict)} (${showTime(verdict.decidedAt)}, attempt ${verdict.attempt}${by})`;
}

/** True of a row that ended without another probe: nothing was heard then, and no mail host is named. */
function isGivenUp({ status, stage, mx, reason }: KeptVerdict): boolean {
  return status === 'unknown' && stage === undefined && mx === undefined && reason !== 'worker-crashed';
}

export function whoWasAsked(email: string, { stage, mx, ip, reason }: KeptVerdict): string {
  if (reason === 'worker-crashed') return 'not known: the process that had it in hand ended before it told';
  const address = parseAddress(email);
  const written = 'problem' in address ? undefined : formatAddress(address);
  if (stage === 'dns') {
    const domain = 'problem' in address ? '' : `, about the domain ${address.domain}`;
    return `the DNS${domain}${mx === undefined ? '' : `, and about its mail host ${mx}`}`;
  }
  const host = mx ?? 'a mail host whose name is not kept';
  const as = written === undefined || written === email ? '' : `, about <${written}>`;
  return `${ip === undefined ? host : `${host} [${ip}]`}${as}`;
}

/** In the dialogue, by stage: how a reply is spoken of, and what was awaited where none came. */
const STAGES = {
  dns: { reply: 'when the domain was looked up', awaited: 'the answer of the DNS' },
  connect: { reply: 'when we connected', awaited: 'the connection' },
  greeting: { reply: 'as its greeting, before this address was named', awaited: 'its greeting' },
  ehlo: { reply: 'in reply to EHLO, which names no address', awaited: 'the reply to EHLO' },
  starttls: { reply: 'in reply to STARTTLS, which names no address', awaited: 'the reply to STARTTLS' },
  mail: {
    reply: 'in reply to MAIL FROM, which names our sender and not this address',
    awaited: 'the reply to MAIL FROM',
  },
  rcpt: {
    reply: 'in reply to RCPT TO with this address',
    awaited: 'the reply to RCPT TO with this address',
  },
  rset: { reply: 'in reply to RSET', awaited: 'the reply to RSET' },
  quit: { reply: 'in reply to QUIT', awaited: 'the reply to QUIT' },
} as const satisfies Record<Stage, { readonly reply: string; readonly awaited: string }>;

const FAILED = {
  timeout: 'nothing within the time limit',
  refused: 'the connection was refused',
  unreachable: 'nothing: the host could not be reached',
  lost: 'nothing: the connection was lost',
  garbled: 'something that is no SMTP',
  'dns-failure': 'the name servers gave no answer',
  'no-such-domain': 'the domain does not exist (NXDOMAIN)',
  'null-mx': 'the domain takes no mail (null MX)',
  'no-mail-host': 'no host takes the domain’s mail',
  'private-host': 'all addresses of its mail hosts are private or reserved',
} as const satisfies Record<Failure, string>;

export function saidSentence({ stage, failure, code, text, reason }: KeptVerdict): string | undefined {
  if (reason === 'smtputf8-unsupported')
    return 'it does not offer SMTPUTF8, so the address was not named to it';
  if (stage === undefined) return undefined;
  if (failure !== undefined)
    return stage === 'dns' || (stage === 'connect' && failure !== 'timeout')
      ? FAILED[failure]
      : `${FAILED[failure]}, ${failure === 'garbled' ? 'instead of' : 'while we awaited'} ${STAGES[stage].awaited}`;
  if (code === undefined) return `a reply that is not kept, ${STAGES[stage].reply}`;
  return `${quoted(code, text)} ${STAGES[stage].reply}`;
}

function controlSentence({
  controlCode,
  controlText,
  knownCatchAll,
  refusedWithAll,
}: KeptVerdict): string | undefined {
  const known =
    knownCatchAll === 'yes'
      ? 'it was known already that the domain’s hosts accept everybody'
      : knownCatchAll === 'no'
        ? 'it was known already that the domain’s hosts refuse unknown recipients'
        : undefined;
  if (controlCode !== undefined)
    return `an address that cannot exist was asked about at the same host, and got ${quoted(controlCode, controlText)}`;
  if (refusedWithAll === true) return 'all recipients of the session were refused in the same words';
  return known === undefined ? undefined : `not asked about an address that cannot exist: ${known}`;
}

function conclusionSentence(verdict: KeptVerdict, showTime: ShowTime): string {
  const { status, reason, rule, attempt, revisedAt } = verdict;
  const outcome = `${status === 'deferred' ? 'another attempt is worth while' : status} (${reason})`;
  const drawn =
    rule === undefined
      ? `${outcome}, ${attempt === 0 || isGivenUp(verdict) ? 'from what is known here' : 'without a rule about replies'}`
      : byRule(outcome, rule, verdict);
  return revisedAt === undefined ? drawn : `${drawn}; drawn anew by "reclassify", ${showTime(revisedAt)}`;
}

// Four reasons are drawn from more than the reply: its rule alone says less than they do.
function byRule(outcome: string, rule: string, verdict: KeptVerdict): string {
  const source = `rule ${rule} (${sourceOf(rule)})`;
  const more = beyondTheReply(verdict);
  return more === undefined
    ? `${outcome}, by ${source}`
    : `${outcome}: the reply was read by ${source}, ${more}`;
}

function beyondTheReply({ reason, mx, controlCode, refusedWithAll }: KeptVerdict): string | undefined {
  switch (reason) {
    case 'accepts-all':
      return controlCode === undefined
        ? 'and the domain’s hosts are known to accept everybody'
        : 'and the address that cannot exist was accepted too';
    case 'provider-accepts-all':
      return `and the provider (${(mx && providerOf(mx)?.name) ?? 'named by the host'}) accepts everybody while it is asked`;
    case 'catch-all-unknown':
      return 'and whether the host accepts everybody could not be found out';
    case 'refuses-everybody':
      return refusedWithAll === true
        ? 'and set aside, since everybody in the session was refused alike'
        : 'and set aside, since the address that cannot exist was refused alike';
    default:
      return undefined;
  }
}

/** Where what is not a rule of the tables comes from, by how its id begins. The first that fits counts. */
const OTHER_SOURCES: readonly (readonly [prefix: string, source: string])[] = [
  ['failure-', 'no reply: what the network or the DNS did'],
  ['code-2', 'the reply code says it, RFC 5321 section 4.2'],
  ['code-', 'the reply code alone, RFC 5321 section 4.2; no wording was known'],
  ['status-', 'the enhanced status code, RFC 3463; no wording was known'],
  ['stage-', 'where in the dialogue it was said; nothing before RCPT TO speaks of the recipient'],
  ['asks-to-come-again', 'the reply asks to come again, so that it is not final whatever else it says'],
  ['quotes-only-sender', 'the reply names our sender and not the recipient'],
  ['smtputf8-not-offered', 'RFC 6531 section 3.2'],
];

function sourceOf(id: string): string {
  const rule = RULES.find((known) => known.id === id);
  if (rule !== undefined) return `learned from ${rule.source}, last checked ${rule.date}`;
  return (
    OTHER_SOURCES.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'a rule that this version no longer has'
  );
}

function whyNotSentences(row: KeptRow, verdict: KeptVerdict): readonly string[] {
  const { reason } = verdict;
  if (!isReason(reason)) return ['Nothing more is known about this reason.'];
  const next = nextSentence(row, verdict, reason);
  return [
    particularSentence(verdict, row.fact) ?? REASONS[reason].whyNot,
    ...(next === undefined ? [] : [next]),
  ];
}

/** What this evidence allows to say more exactly than its reason does. */
function particularSentence(
  { reason, status, stage, code = 0, controlCode, knownCatchAll, refusedWithAll, decidedAt }: KeptVerdict,
  fact: KeptFact | undefined,
): string | undefined {
  switch (reason) {
    case 'accepted':
      if (controlCode !== undefined)
        return controlCode >= 500
          ? 'Not catch-all: the same host refused the address that cannot exist.'
          : NOT_SETTLED;
      return knownCatchAll === 'no' ? undefined : NOT_SETTLED;
    case 'accepts-all':
      // What was learned since is not what the verdict stood on.
      return controlCode === undefined && fact?.catchAll === 'yes' && fact.decidedAt <= decidedAt
        ? `${REASONS[reason].whyNot} Its host had said to that one: "${oneLine(fact.evidence)}".`
        : undefined;
    case 'refuses-everybody':
      return refusedWithAll === true
        ? 'Not invalid: everybody was refused in the same words, so they tell nobody from anybody.'
        : undefined;
    case 'ambiguous-reply':
      return code >= 500 && stage === 'rcpt'
        ? `Not invalid: a ${code} without words about a mailbox is not enough to give up a contact.`
        : undefined;
    case 'domain-not-served':
      return status === 'invalid' ? undefined : 'Not invalid: it was said for the moment only.';
    default:
      return undefined;
  }
}

const NOT_SETTLED =
  'Whether the domain accepts everybody is not known: no address that cannot exist was refused.';

/** What becomes of a row that time might settle. */
function nextSentence({ listId }: KeptRow, verdict: KeptVerdict, reason: Reason): string | undefined {
  const { status, attempt, code = 0 } = verdict;
  const { waits, onPermanent } = RETRY_POLICY[reason];
  if (status === 'deferred') return 'The next attempt may tell.';
  if (status !== 'unknown' || ('own' in waits && waits.own.length === 0)) return undefined;
  if (onPermanent === 'final' && code >= 500)
    return 'It would be the same tomorrow, so it was not asked again.';
  const asked = `It was asked about ${attempt === 1 ? 'once' : `${attempt} times`}`;
  const again =
    listId === undefined
      ? ''
      : `; "retry --list ${listId} --reason ${reason}" queues all of its list with this reason again`;
  return `${asked}, and is not again by itself${again}.`;
}

function quoted(code: number, text = ''): string {
  return `"${code} ${oneLine(text)}"`;
}
