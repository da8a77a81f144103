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

/** Gives the evidence to keep; members that say nothing are absent, so that a journal line stays short. */
export function keepEvidence({
  found,
  control,
  catchAll,
  isRefusedWithAll = false,
  rule,
  mailFrom,
  transcript,
}: KeptFrom): ResultEvidence {
  const text = found.type === 'reply' ? keptText(found.reply.text, MAX_KEPT_TEXT) : undefined;
  const controlText = control?.type === 'reply' ? keptText(control.reply.text, MAX_CONTROL_TEXT) : undefined;
  return {
    rule,
    ...(found.type === 'smtputf8-unsupported' ? {} : { stage: found.stage }),
    ...(found.type === 'failure' ? { failure: found.failure } : {}),
    ...(text === undefined ? {} : { text }),
    ...(control?.type === 'reply' ? { controlCode: control.reply.code, controlText } : {}),
    ...(catchAll === undefined ? {} : { knownCatchAll: catchAll }),
    ...(isRefusedWithAll ? { refusedWithAll: true } : {}),
    ...(namesDomainOf(`${text ?? ''}\n${controlText ?? ''}`, mailFrom) ? { quotedSender: mailFrom } : {}),
    ...(transcript === undefined || transcript.length === 0
      ? {}
      : { transcript: keptTranscript(transcript) }),
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
  const lines = text.split('\n').map((line) => cleanLine(line));
  const kept = lines.join('\n');
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

function namesDomainOf(text: string, mailFrom: string): boolean {
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1).toLowerCase();
  return domain !== '' && text.toLowerCase().includes(domain);
}
