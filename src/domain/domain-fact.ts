// What is known of a domain for longer than a cycle, and how long it is believed.

import type { CatchAll } from './catch-all.ts';
import type { MxHost } from './route.ts';

/** What a control recipient taught about a domain whose mail goes to these hosts. */
export interface DomainFact {
  readonly domain: string;
  readonly catchAll: CatchAll;
  /** The hosts it holds for (mxSetOf): with another set the fact is none. */
  readonly mxSet: string;
  /** What the host said to the control recipient, cleaned, at most MAX_FACT_EVIDENCE characters. */
  readonly evidence: string;
  /** Which of our servers learned it. */
  readonly server: string;
}

/**
 * How long a fact is believed. That a domain accepts all seldom changes, and believing it too long costs a `valid`,
 * no mailbox; that it does not is asked again daily, and what was not found out within the hour.
 */
export const FACT_SECONDS = { yes: 7 * 86_400, no: 86_400, unknown: 3_600 } as const satisfies Record<
  CatchAll,
  number
>;

export const MAX_FACT_EVIDENCE = 500;
const MAX_MX_SET = 500;

/** Gives the names of the hosts, sorted and joined, cut at 500 characters: equal for the same set in whatever order. */
export function mxSetOf(hosts: readonly Pick<MxHost, 'name'>[]): string {
  return hosts
    .map(({ name }) => name)
    .toSorted()
    .join(',')
    .slice(0, MAX_MX_SET);
}
