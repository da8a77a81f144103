// Tells the story of a row: who was asked, what was said, which rule drew which conclusion and why not another, what
// the CRM sees, whether it waits. Pure. What the evidence says is explain-evidence.ts, what a reason means
// reasons-explained.ts. Sentences hold words of remote servers as they were kept: whoever prints them cleans them.

import { evidenceParagraphs, meaningOf, oneLine } from './explain-evidence.ts';
import type { KeptFact, KeptRow, KeptVerdict, Waiting } from './kept-row.ts';
import type { Paragraph, ShowTime } from './paragraph.ts';

/** Gives the story in order. A row without evidence is told from what the CRM sees. */
export function explain(row: KeptRow, showTime: ShowTime): readonly Paragraph[] {
  const { verdict, fact } = row;
  return [
    { about: 'verdict', text: verdictSentence(row) },
    ...(verdict === undefined ? [] : evidenceParagraphs(row, verdict, showTime)),
    { about: 'CRM', text: columnsSentence(row) },
    { about: 'waiting', text: waitingSentence(row, showTime) },
    ...(fact === undefined ? [] : [{ about: 'domain' as const, text: factSentence(fact, row, showTime) }]),
  ];
}

function verdictSentence(row: KeptRow): string {
  return row.isProcessed ? decidedSentence(row) : undecidedSentence(row);
}

function undecidedSentence({ verdict, waiting }: KeptRow): string {
  if (verdict === undefined) {
    return waiting === undefined || waiting.attempts === 0
      ? 'not decided; this program has asked nobody about it yet'
      : `not decided; it was asked about ${times(waiting.attempts)}, and nothing is kept of what was said`;
  }
  if (verdict.isShadow === true && verdict.status !== 'deferred')
    return `not decided; ${inShadow(verdict)}. ${meaningOf(verdict.reason)}`;
  if (verdict.status === 'deferred')
    return `not decided; it is to be asked about again (${verdict.reason}). ${meaningOf(verdict.reason)}`;
  return `not decided: it was queued again after it had been ${verdict.status} (${verdict.reason}); below is what that stood on`;
}

function decidedSentence({ validationStatus, verdict }: KeptRow): string {
  const shown = validationStatus ?? 'without a status';
  if (verdict === undefined)
    return `${shown}; no evidence is kept: it was decided by another program, or before evidence was kept`;
  if (verdict.isShadow === true)
    return `${shown}, by another program; ${inShadow(verdict, shown)}. ${meaningOf(verdict.reason)}`;
  if (verdict.status === validationStatus)
    return `${shown} (${verdict.reason}). ${meaningOf(verdict.reason)}`;
  const ours =
    verdict.status === 'deferred'
      ? `had put it off (${verdict.reason})`
      : `had come to ${verdict.status} (${verdict.reason})`;
  return `${shown}; that was written by another program: ours ${ours}, and below is what that stood on`;
}

function inShadow({ status, reason }: KeptVerdict, shown?: string): string {
  if (status === 'deferred') return `a shadow run of ours is to ask about it again (${reason})`;
  return `a shadow run of ours came to ${status === shown ? 'the same' : status} (${reason}), and wrote nothing into emails`;
}

function columnsSentence(row: KeptRow): string {
  const status = row.validationStatus === undefined ? 'NULL' : `"${row.validationStatus}"`;
  const response = row.validationResponse === undefined ? 'NULL' : `"${row.validationResponse}"`;
  return (
    `validation_status ${status}, domain_processed ${row.isProcessed ? 1 : 0}, ` +
    `domain_status ${row.domainStatus}, domain_verified ${row.domainVerified}, validation_response ${response}`
  );
}

function waitingSentence(row: KeptRow, showTime: ShowTime): string {
  const { isProcessed, waiting, verdict, readAt, listStatus, userId } = row;
  if (isProcessed && (waiting === undefined || verdict?.isShadow !== true)) return 'no: it is decided';
  const list = listStatus === undefined ? '' : `; its list is ${listStatus}`;
  if (userId === undefined)
    return `for an owner: neither the row nor its list names a user, so no cycle ever takes it${list}`;
  if (waiting === undefined) return `for its first turn: no cycle has claimed it yet${list}`;
  const before =
    waiting.attempts === 0
      ? 'not asked about so far'
      : `asked about ${times(waiting.attempts)} so far, the last time put off as ${waiting.reason ?? 'not noted'}`;
  if (waiting.isClaimed)
    return `no: server ${waiting.server ?? '?'} holds a claim on it until ${showTime(waiting.dueAt)} (cycle ${waiting.cycleId ?? '?'}); ${before}${list}`;
  if (waiting.dueAt > readAt)
    return `until ${showTime(waiting.dueAt)}, in ${inWords(waiting.dueAt - readAt)}${whyBeforeAsking(waiting, verdict)}; ${before}${list}`;
  return `for the next cycle: it is due since ${showTime(waiting.dueAt)}; ${before}${list}`;
}

/** Why a row that was never asked about is put off. */
function whyBeforeAsking({ attempts }: Waiting, verdict: KeptRow['verdict']): string {
  if (attempts > 0) return '';
  return verdict?.takenFrom === undefined
    ? ', since another server had a row of the same address in hand, or its destination was paused or left alone'
    : ', together with the row of the same address that was asked about';
}

const ACCEPTS = {
  yes: 'its hosts accept everybody',
  no: 'its hosts refuse unknown recipients',
  unknown: 'whether its hosts accept everybody could not be found out',
} as const;

function factSentence(fact: KeptFact, { readAt }: KeptRow, showTime: ShowTime): string {
  const by = fact.server === '' ? '' : ` by server ${fact.server}`;
  const from =
    fact.evidence === '' ? '' : ` from "${oneLine(fact.evidence)}", said to an address that cannot exist`;
  const until = fact.expiresAt > readAt ? 'believed until' : 'no longer believed since';
  return `${ACCEPTS[fact.catchAll]}: learned ${showTime(fact.decidedAt)}${by}${from}, for the mail hosts ${fact.mxSet}, ${until} ${showTime(fact.expiresAt)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function inWords(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
