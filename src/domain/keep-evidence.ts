// Turns what a probe observed into the evidence that is kept beside its verdict, and kept evidence back into
// observations, so that a conclusion can be drawn again without asking anybody. Bounded and cleaned here: whatever
// keeps or carries evidence further need not look at it again.

import { cleanLine } from './clean-text.ts';
import type { CatchAll } from './catch-all.ts';
import type { Finding } from './finding.ts';
import type { Observation } from './observation.ts';
import { parseReplyText } from './reply.ts';
import type { Result, ResultEvidence } from './result.ts';

/** The reason of a refusal is in its first lines or its last: the middle of a longer text goes. */
export const MAX_KEPT_TEXT = 1000;
/** The control recipient's answer decides by its code and its first words. */
export const MAX_CONTROL_TEXT = 300;
export const MAX_TRANSCRIPT = 1500;
const MAX_TRANSCRIPT_LINE = 200;
const CUT = '…';

export interface KeptFrom {
  readonly found: Finding;
  readonly control: Observation | undefined;
  /** What was known of the domain. */
  readonly catchAll: CatchAll | undefined;
  readonly isRefusedWithAll?: boolean | undefined;
  readonly rule: string;
  readonly mailFrom: string;
  readonly transcript?: readonly string[] | undefined;
}

/** Gives the evidence to keep. All members are there, so that results are of one shape; JSON leaves out those that say nothing. */
export function keepEvidence(from: KeptFrom): Required<Omit<ResultEvidence, 'takenFrom'>> {
  const { found, control, transcript, mailFrom } = from;
  const text = found.type === 'reply' ? keptText(found.reply.text, MAX_KEPT_TEXT) : undefined;
  const said = control?.type === 'reply' ? control.reply : undefined;
  const controlText = said && keptText(said.text, MAX_CONTROL_TEXT);
  const isSenderNamed = namesDomainOf(text, mailFrom) || namesDomainOf(controlText, mailFrom);
  return {
    stage: found.type === 'smtputf8-unsupported' ? undefined : found.stage,
    failure: found.type === 'failure' ? found.failure : undefined,
    rule: from.rule,
    text,
    controlCode: said?.code,
    controlText,
    knownCatchAll: from.catchAll,
    refusedWithAll: from.isRefusedWithAll === true ? true : undefined,
    quotedSender: isSenderNamed ? mailFrom : undefined,
    transcript: transcript === undefined || transcript.length === 0 ? undefined : keptTranscript(transcript),
  };
}

/** What the row's own address was answered, as kept; undefined where nobody was asked or it was not kept. */
export function observedOf(
  kept: Pick<Result, 'stage' | 'failure' | 'text' | 'code' | 'enhanced' | 'mx' | 'ip'>,
): Observation | undefined {
  const { stage, failure, text, code, enhanced, mx: host, ip } = kept;
  if (stage === undefined) return undefined;
  if (failure !== undefined) return { type: 'failure', stage, failure, host, ip };
  if (code === undefined || text === undefined) return undefined;
  return { type: 'reply', stage, host, ip, reply: { code, enhanced, text } };
}

/** What the control recipient was answered, as kept. */
export function controlOf(
  kept: Pick<Result, 'controlCode' | 'controlText' | 'mx' | 'ip'>,
): Observation | undefined {
  const { controlCode, controlText = '', mx: host, ip } = kept;
  if (controlCode === undefined) return undefined;
  const reply = parseReplyText(
    controlText
      .split('\n')
      .map((line) => `${controlCode}-${line}`)
      .join('\n'),
  );
  return reply === undefined ? undefined : { type: 'reply', stage: 'rcpt', host, ip, reply };
}

function keptText(text: string, max: number): string {
  const kept = text.includes('\n')
    ? text
        .split('\n')
        .map((line) => cleanLine(line))
        .join('\n')
    : cleanLine(text);
  if (kept.length <= max) return kept;
  const tail = Math.floor(max / 4);
  return `${kept.slice(0, max - tail - 3)}\n${CUT}\n${kept.slice(-tail)}`.toWellFormed();
}

// Its end is where the row was answered.
function keptTranscript(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines.toReversed()) {
    const cleaned = cleanLine(line, MAX_TRANSCRIPT_LINE);
    length += cleaned.length + 1;
    if (length > MAX_TRANSCRIPT - CUT.length) return [CUT, ...kept.toReversed()].join('\n');
    kept.push(cleaned);
  }
  return kept.toReversed().join('\n');
}

function namesDomainOf(text: string | undefined, mailFrom: string): boolean {
  if (text === undefined) return false;
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1).toLowerCase();
  return domain !== '' && text.toLowerCase().includes(domain);
}
