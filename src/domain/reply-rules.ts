// The order in which the rules about replies are asked: the first that matches decides.
// The order is the order of evidence: who is blamed (waiting, us, the sender) before what is said of the
// mailbox, and the most particular wording before the general. classify.ts applies them, and falls back on
// reply codes where no wording is known.

import type { Rule } from './reply-rule.ts';
import { PROVIDER_RULES, LATE_PROVIDER_RULES } from './reply-rules-provider.ts';
import { GREYLIST_RULES, PLAIN_TROUBLE_RULES, TROUBLE_RULES, WAIT_RULES } from './reply-rules-wait.ts';
import { BLAME_RULES, DOUBT_RULES, POLICY_RULES } from './reply-rules-blame.ts';
import { FULL_RULES, DISABLED_RULES, UNKNOWN_RULES, ROUTE_RULES } from './reply-rules-mailbox.ts';
import { FOREIGN_RULES } from './reply-rules-languages.ts';

/** All rules, in the order in which they are asked. */
export const RULES: readonly Rule[] = [
  ...GREYLIST_RULES,
  ...PROVIDER_RULES,
  ...WAIT_RULES,
  ...BLAME_RULES,
  ...PLAIN_TROUBLE_RULES,
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
