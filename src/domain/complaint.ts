// What a destination has against us, as against what it says of a mailbox: a block, or that we are too many or too fast.
// Read off one reply and what it was classified as. Pure; what it does to the destination is destination-state.ts.

import type { Classification } from './classify.ts';
import { cleanLine } from './clean-text.ts';
import type { ReplyObservation, Stage } from './observation.ts';
import { wordsOf } from './reply-words.ts';
import { responseText } from './response-text.ts';
import { waitHintSeconds } from './wait-hint.ts';

export interface Complaint {
  readonly type: 'block' | 'throttle';
  /** Where it was said; before RCPT nobody had been asked about. */
  readonly stage: Stage;
  readonly code: number;
  /** Who said it. */
  readonly host: string | undefined;
  /** Whose recipient was refused with it, at RCPT. */
  readonly domain?: string | undefined;
  /** The reply, clean. */
  readonly said: string;
  /** How long it asks us to stay away, in its own words. */
  readonly waitSeconds?: number | undefined;
  /** Somebody was answered as a mailbox in the same sitting since the complaint before, or since it began. */
  readonly isAfterAnswers: boolean;
}

const OF_RATES = /\b(?:rate|rates|limit\w*|throttl\w*|too many|too fast|slow(?:er)? down|quota)\b/u;

/** What is kept of the words of a complaint, in characters. */
export const MAX_SAID = 300;

/**
 * Gives the complaint that a refusal holds, undefined where it holds none.
 *
 * A block, or a rate, by its words, of the host and not of one recipient. And whatever puts us off and names a time, where it
 * is not greylisting, which is about one recipient: before RCPT nobody was asked about; 421 ends the session, whoever was
 * asked about (RFC 5321 §3.8); and some speak of rates as well.
 */
export function complaintOf(
  observed: ReplyObservation,
  meaning: Pick<Classification, 'label' | 'scope'>,
  at: { readonly domain: string | undefined; readonly isAfterAnswers: boolean },
): Complaint | undefined {
  const { stage, reply } = observed;
  const isTemporary = reply.code < 500;
  const mayName = isTemporary || meaning.label === 'rate_limited';
  const { words } = mayName ? wordsOf(reply) : { words: '' };
  const waitSeconds = waitHintSeconds(words);
  const isOfUs = stage !== 'rcpt' || reply.code === 421 || OF_RATES.test(words);
  const isPutOff = isTemporary && waitSeconds !== undefined && isOfUs;
  const type =
    meaning.label === 'policy_block' && meaning.scope !== 'recipient'
      ? 'block'
      : (meaning.label === 'rate_limited' && meaning.scope !== 'recipient') || isPutOff
        ? 'throttle'
        : undefined;
  if (type === undefined) return undefined;
  const said = cleanLine(responseText(observed), MAX_SAID);
  return { type, stage, code: reply.code, host: observed.host, ...at, said, waitSeconds };
}
