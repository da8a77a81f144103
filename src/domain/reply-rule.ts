// The shape of a rule about replies. The rules stand in the tables reply-rules-*.ts, in the order of reply-rules.ts.

import type { Stage } from './observation.ts';
import type { Label, Reason } from './reason.ts';

/** One piece of knowledge about what hosts say. All conditions that are given must hold. */
export interface Rule {
  /** Stable: it stands in batch files beside the verdict it gave. */
  readonly id: string;
  readonly pattern: RegExp;
  /** Which view of the reply `pattern` is tried on (reply-words.ts); `words` when absent. */
  readonly on?: 'words' | 'marks';
  /** Only words in another script can match `pattern`: not tried on a reply in ASCII. */
  readonly isBeyondAscii?: true;
  /** Stages at which the rule holds; any when absent. */
  readonly stages?: readonly Stage[];
  /** Beginnings of the reply codes with which it holds: `4`, `45`, `550`. */
  readonly codes?: readonly string[];
  /** Enhanced codes with which it holds. */
  readonly enhanced?: RegExp;
  /** The provider whose wording this is: not tried on what another known provider says. */
  readonly provider?: string;
  readonly label: Label;
  /** Hosts say it of us as well: alike to everybody in a session, it is no verdict (session-sense.ts). */
  readonly isMistakable?: true;
  /** Where the reason is narrower than the label's. */
  readonly reason?: Reason;
  /** Where the reply speaks of somebody else than its label suggests. */
  readonly scope?: 'host' | 'sender' | 'recipient';
  /** Where the wording was learned. */
  readonly source: string;
  /** When it was last checked against that source: year and month. */
  readonly date: string;
}
