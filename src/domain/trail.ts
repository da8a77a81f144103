// What a row brings along from the mail hosts that were asked about it and left it open, when it goes on to a host of
// another destination: there it is worked off by another job, perhaps of another worker, as if it had never left the first.

import type { Observation } from './observation.ts';

export interface Trail {
  /** What the row ends with when no further host settles it. */
  readonly evidence: Observation;
  /** Place in the preference list of the host that it is of. */
  readonly rank: number;
  /** Hosts that put the row off or denied the domain. */
  readonly evasions: number;
  /** Sessions that died while its reply was awaited. */
  readonly deaths: number;
  /** What was said about it. */
  readonly transcript: readonly string[];
  /** How long it took. */
  readonly ms: number;
}

/** True where a host has put the recipient off: that was an attempt, whoever is asked besides. */
export function isPutOff(evidence: Observation): boolean {
  return evidence.type === 'reply' && evidence.stage === 'rcpt' && evidence.reply.code < 500;
}
