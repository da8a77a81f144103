// One line of the command `classify`: `stage<TAB>reply` in, what the reply means out. Pure: the stream and
// the exit code are classify-command.ts.

import { classify } from '../domain/classify.ts';
import type { Stage } from '../domain/observation.ts';
import type { Label, Reason } from '../domain/reason.ts';
import { parseReplyText } from '../domain/reply.ts';

/** The JSON object that is printed for a line (contract §1). */
export interface ClassifiedLine {
  /** As given. */
  readonly stage: string;
  readonly code: number;
  readonly enhanced: string | null;
  readonly label: Label | null;
  readonly verdict: 'valid' | 'invalid' | 'unknown' | 'retry';
  readonly reason: Reason;
}

/** The stages at which a host replies, and `banner`, as reply collections call the greeting. */
const STAGES: ReadonlyMap<string, Stage> = new Map([
  ['banner', 'greeting'],
  ['greeting', 'greeting'],
  ['ehlo', 'ehlo'],
  ['starttls', 'starttls'],
  ['mail', 'mail'],
  ['rcpt', 'rcpt'],
  ['rset', 'rset'],
  ['quit', 'quit'],
]);

/** Gives what the reply in `line` means, or what is wrong with the line. `\n` written out parts the reply's lines; further columns are ignored. */
export function classifyLine(line: string): ClassifiedLine | { readonly problem: string } {
  const [stageName = '', text] = line.replace(/\r$/, '').split('\t');
  if (text === undefined) return { problem: 'no tab between stage and reply' };
  const stage = STAGES.get(stageName.trim().toLowerCase());
  if (stage === undefined) return { problem: `no such stage; known are ${[...STAGES.keys()].join(', ')}` };
  const reply = parseReplyText(text.replaceAll(String.raw`\n`, '\n').trimStart());
  if (reply === undefined) return { problem: 'the reply does not begin with a reply code' };

  const { label, verdict, reason } = classify({ type: 'reply', stage, reply });
  return {
    stage: stageName,
    code: reply.code,
    enhanced: reply.enhanced ?? null,
    label: label ?? null,
    verdict,
    reason,
  };
}
