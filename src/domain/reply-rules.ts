// The shape of a rule about replies, and the order in which rules are asked: the first that matches decides.
// The order is the order of evidence: who is blamed (waiting, us, the sender) before what is said of the
// mailbox, and the most particular wording before the general. classify.ts applies them, and falls back on
// reply codes where no wording is known.

import type { Stage } from './observation.ts';
import type { Label, Reason } from './reason.ts';
import { PROVIDER_RULES, LATE_PROVIDER_RULES } from './reply-rules-provider.ts';
import { WAIT_RULES, TROUBLE_RULES } from './reply-rules-wait.ts';
import { BLAME_RULES, DOUBT_RULES, POLICY_RULES } from './reply-rules-blame.ts';
import { FULL_RULES, DISABLED_RULES, UNKNOWN_RULES, ROUTE_RULES } from './reply-rules-mailbox.ts';
import { FOREIGN_RULES } from './reply-rules-languages.ts';

/** One piece of knowledge about what hosts say. All conditions that are given must hold. */
export interface Rule {
  /** Stable: it stands in batch files beside the verdict it gave. */
  readonly id: string;
  readonly pattern: RegExp;
  /** Which view of the reply `pattern` is tried on (reply-words.ts); `words` when absent. */
  readonly on?: 'words' | 'marks';
  /** Stages at which the rule holds; any when absent. */
  readonly stages?: readonly Stage[];
  /** Beginnings of the reply codes with which it holds: `4`, `45`, `550`. */
  readonly codes?: readonly string[];
  /** Enhanced codes with which it holds. */
  readonly enhanced?: RegExp;
  /** The provider whose wording this is: not tried on what another known provider says. */
  readonly provider?: string;
  readonly label: Label;
  /** Where the reason is narrower than the label's. */
  readonly reason?: Reason;
  /** Where the reply speaks of somebody else than its label suggests. */
  readonly scope?: 'host' | 'sender' | 'recipient';
  /** Where the wording was learned. */
  readonly source: string;
  /** When it was last checked against that source: year and month. */
  readonly date: string;
}

/** All rules, in the order in which they are asked. */
export const RULES: readonly Rule[] = [
  ...PROVIDER_RULES,
  ...WAIT_RULES,
  ...BLAME_RULES,
  ...FULL_RULES,
  ...DISABLED_RULES,
  ...POLICY_RULES,
  ...FOREIGN_RULES,
  ...ROUTE_RULES,
  ...UNKNOWN_RULES,
  ...LATE_PROVIDER_RULES,
  ...TROUBLE_RULES,
  ...DOUBT_RULES,
];
