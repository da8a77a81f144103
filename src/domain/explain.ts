// Tells the story of a row: who was asked, what was said, which rule drew which conclusion and why not another, what
// the CRM sees, whether it waits. Pure. Sentences hold words of remote servers as they were kept: whoever prints them
// cleans them line by line.

import type { KeptFact, KeptRow, KeptVerdict } from './kept-row.ts';
import type { Stage } from './observation.ts';
import { REASON_WORDS, type ReasonWords } from './reason-words.ts';
import { RULES } from './reply-rules.ts';

/** A paragraph of the story, under a catchword. */
export interface Paragraph {
  readonly about:
    'verdict' | 'asked' | 'said' | 'control' | 'conclusion' | 'why not' | 'CRM' | 'waiting' | 'domain';
  readonly text: string;
}

/** How a time on the database's clock (seconds since 1970) is written. */
export type ShowTime = (epochSeconds: number) => string;

/** Gives the story in order. A row without evidence is told from what the CRM sees. */
export function explain(row: KeptRow, showTime: ShowTime): readonly Paragraph[] {
  const { verdict, fact } = row;
  return [
    { about: 'verdict', text: verdictSentence(row) },
    ...(verdict === undefined ? [] : evidenceParagraphs(verdict, fact, showTime)),
    { about: 'CRM', text: columnsSentence(row) },
    { about: 'waiting', text: waitingSentence(row, showTime) },
    ...(fact === undefined ? [] : [{ about: 'domain' as const, text: factSentence(fact, row, showTime) }]),
  ];
}

function verdictSentence({ isProcessed, validationStatus, verdict }: KeptRow): string {
  if (!isProcessed) {
    if (verdict === undefined) return 'not decided; nobody was asked about it yet';
    if (verdict.status === 'deferred')
      return `not decided; the last attempt was put off: ${wordsFor(verdict)}`;
    return `not decided: it was queued again after it had been ${verdict.status} (${verdict.reason}); below is what that stood on`;
  }
  const shown = validationStatus ?? 'without a status';
  if (verdict === undefined)
    return `${shown}; no evidence is kept: it was decided by another program, or before evidence was kept`;
  if (verdict.status !== validationStatus)
    return `${shown}; that was written by another program: ours had come to ${verdict.status} (${verdict.reason}), and below is what that stood on`;
  return `${shown} (${verdict.reason}): ${wordsFor(verdict)}`;
}

function wordsFor({ reason }: KeptVerdict): string {
  return wordsOf(reason)?.means ?? `for the reason ${reason}`;
}

function wordsOf(reason: string): ReasonWords | undefined {
  return Object.hasOwn(REASON_WORDS, reason) ? REASON_WORDS[reason as keyof typeof REASON_WORDS] : undefined;
}

function evidenceParagraphs(
  verdict: KeptVerdict,
  fact: KeptFact | undefined,
  showTime: ShowTime,
): readonly Paragraph[] {
  const control = controlSentence(verdict);
  return [
    { about: 'asked', text: askedSentence(verdict, showTime) },
    ...(verdict.stage === undefined ? [] : [{ about: 'said' as const, text: saidSentence(verdict) }]),
    ...(control === undefined ? [] : [{ about: 'control' as const, text: control }]),
    { about: 'conclusion', text: conclusionSentence(verdict) },
    { about: 'why not', text: whyNotSentence(verdict, fact) },
  ];
}

function askedSentence(verdict: KeptVerdict, showTime: ShowTime): string {
  const when = `${showTime(verdict.decidedAt)}, attempt ${verdict.attempt}`;
  const by = verdict.server === undefined ? '' : `, by server ${verdict.server}`;
  if (verdict.attempt === 0)
    return `nobody; it was decided from what is known here, ${showTime(verdict.decidedAt)}${by}`;
  if (verdict.mx === undefined || verdict.stage === 'dns') {
    const host = verdict.mx === undefined ? '' : `, about the mail host ${verdict.mx}`;
    return `the DNS${host} (${when}${by})`;
  }
  return `${hostOf(verdict)} (${when}${by})`;
}

const IN_REPLY_TO = {
  dns: 'when the domain was looked up',
  connect: 'when we connected',
  greeting: 'as its greeting',
  ehlo: 'in reply to EHLO',
  starttls: 'in reply to STARTTLS',
  mail: 'in reply to MAIL FROM, before this address was named',
  rcpt: 'in reply to RCPT TO with this address',
  rset: 'in reply to RSET',
  quit: 'in reply to QUIT',
} as const satisfies Record<Stage, string>;

const FAILED = {
  timeout: 'nothing within the time limit',
  refused: 'the connection was refused',
  unreachable: 'the host could not be reached',
  lost: 'the connection was lost',
  garbled: 'something that is no SMTP',
  'dns-failure': 'the name servers gave no answer',
  'no-such-domain': 'the domain does not exist (NXDOMAIN)',
  'null-mx': 'the domain takes no mail (null MX)',
  'no-mail-host': 'no host takes the domain’s mail',
  'private-host': 'all addresses of its mail hosts are private or reserved',
} as const satisfies Record<NonNullable<KeptVerdict['failure']>, string>;

function saidSentence({ stage = 'rcpt', failure, code, text = '' }: KeptVerdict): string {
  if (failure === undefined) return `"${code} ${oneLine(text)}" ${IN_REPLY_TO[stage]}`;
  if (stage === 'dns') return FAILED[failure];
  return `${FAILED[failure]} ${stage === 'connect' ? IN_REPLY_TO.connect : `(awaited: what comes ${IN_REPLY_TO[stage]})`}`;
}

function controlSentence({ controlCode, controlText = '', knownCatchAll }: KeptVerdict): string | undefined {
  if (controlCode !== undefined)
    return `an address that cannot exist was asked about beside it, and got "${controlCode} ${oneLine(controlText)}"`;
  if (knownCatchAll === 'yes')
    return 'not asked: it was known already that the domain’s hosts accept everybody';
  if (knownCatchAll === 'no')
    return 'not asked: it was known already that the domain’s hosts refuse unknown recipients';
  return undefined;
}

function conclusionSentence({ rule, status, reason }: KeptVerdict): string {
  const outcome = status === 'deferred' ? 'another attempt is worth while' : status;
  if (rule === undefined) return `${outcome} (${reason}), without a rule about replies`;
  return `rule ${rule} (${sourceOf(rule)}) led to: ${outcome} (${reason})`;
}

/** Where what is not a rule of the tables comes from, by how its id begins. */
const OTHER_SOURCES: readonly (readonly [prefix: string, source: string])[] = [
  ['failure-', 'no reply: what the network or the DNS did'],
  ['code-', 'the reply code alone, RFC 5321 section 4.2; no wording was known'],
  ['status-', 'the enhanced status code, RFC 3463; no wording was known'],
  ['stage-', 'where in the dialogue it was said; nothing before RCPT TO speaks of the recipient'],
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

function whyNotSentence(verdict: KeptVerdict, fact: KeptFact | undefined): string {
  const { reason, status, stage, code, attempt, controlCode, knownCatchAll } = verdict;
  const general = wordsOf(reason)?.whyNot ?? 'nothing more is known about this reason';
  if (reason === 'ambiguous-reply' && code !== undefined && code >= 500 && stage === 'rcpt')
    return `not invalid: a ${code} without words about a mailbox is not enough to call it invalid`;
  if (reason === 'accepted' && status === 'valid') {
    if (controlCode !== undefined && controlCode >= 500)
      return 'not catch-all: the same host refused the address that cannot exist';
    if (controlCode !== undefined)
      return 'the address that cannot exist was put off or not judged: whether the domain accepts everybody is not known';
    if (knownCatchAll === 'no')
      return 'not catch-all: the domain’s hosts are known to refuse unknown recipients';
    return 'whether the domain accepts everybody is not known: no address that cannot exist was answered';
  }
  if (reason === 'accepts-all' && controlCode === undefined && fact?.catchAll === 'yes')
    return `${general}; the host had said of the address that cannot exist: "${oneLine(fact.evidence)}"`;
  if (status === 'unknown' && general.includes('asked again'))
    return `${general}; after attempt ${attempt} none was left`;
  return general;
}

function columnsSentence(row: KeptRow): string {
  const response = row.validationResponse === undefined ? 'nothing' : `"${row.validationResponse}"`;
  return (
    `validation_status "${row.validationStatus ?? ''}", domain_processed ${row.isProcessed ? 1 : 0}, ` +
    `domain_status ${row.domainStatus}, domain_verified ${row.domainVerified}, validation_response ${response}`
  );
}

function waitingSentence({ isProcessed, waiting, readAt, listStatus }: KeptRow, showTime: ShowTime): string {
  if (isProcessed) return 'no: it is decided';
  const list = listStatus === undefined ? '' : `; its list is ${listStatus}`;
  if (waiting === undefined) return `for its first turn: no cycle has claimed it yet${list}`;
  const before =
    waiting.attempts === 0
      ? 'no attempt so far'
      : `${waiting.attempts} attempt(s) so far, the last ended as ${waiting.reason ?? 'not noted'}`;
  if (waiting.isClaimed)
    return `no: server ${waiting.server ?? '?'} holds a claim on it until ${showTime(waiting.dueAt)} (cycle ${waiting.cycleId ?? '?'}); ${before}${list}`;
  if (waiting.dueAt > readAt)
    return `until ${showTime(waiting.dueAt)}, in ${inWords(waiting.dueAt - readAt)}; ${before}${list}`;
  return `for the next cycle: it is due since ${showTime(waiting.dueAt)}; ${before}${list}`;
}

const ACCEPTS = {
  yes: 'its hosts accept everybody',
  no: 'its hosts refuse unknown recipients',
  unknown: 'whether its hosts accept everybody could not be found out',
} as const;

function factSentence(fact: KeptFact, { readAt }: KeptRow, showTime: ShowTime): string {
  const until = fact.expiresAt > readAt ? 'believed until' : 'no longer believed since';
  return `${ACCEPTS[fact.catchAll]}: learned ${showTime(fact.decidedAt)} by server ${fact.server} from "${oneLine(fact.evidence)}", for the mail hosts ${fact.mxSet}, ${until} ${showTime(fact.expiresAt)}`;
}

function hostOf({ mx = 'the mail host', ip }: KeptVerdict): string {
  return ip === undefined ? mx : `${mx} [${ip}]`;
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
