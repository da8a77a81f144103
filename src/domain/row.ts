// A row on its way from the claim to a worker: what is to be found out, and what is known already.

import type { Address } from './address.ts';
import type { Reason } from './reason.ts';
import type { Result } from './result.ts';
import type { Trail } from './trail.ts';
import type { Verdict } from './verdict.ts';

/** A record of `emails` that this server holds a claim on. */
export interface ClaimedRow {
  readonly id: number;
  /** `csv_list_id`, undefined for a row without a list. */
  readonly listId: number | undefined;
  /** `raw_emailid` as stored: not parsed, not trusted. */
  readonly email: string;
  /** How many probes this row has had before. */
  readonly attempts: number;
  /** How many of them the host throttled: they use up no attempt (retry-policy.ts). */
  readonly throttles: number;
  /** The claim that a write-back must still match. */
  readonly token: string;
}

/** What is to be done about a row: ask its mail host, or only write down what is known locally, or from a twin. */
export type Target =
  | {
      readonly type: 'mailbox';
      readonly address: Address;
      /** Of a row that better hosts of its domain left open. */
      readonly trail?: Trail | undefined;
    }
  | {
      readonly type: 'decided';
      readonly verdict: Verdict;
      readonly reason: Reason;
      readonly response: string;
    }
  | { readonly type: 'known'; readonly result: Result };

/** A claimed row and what is to be done about it. */
export interface ProbeRow extends ClaimedRow {
  readonly target: Target;
}
