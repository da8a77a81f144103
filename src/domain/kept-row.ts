// A row as the database tells of it: what the CRM sees, what the verdict stands on, and whether it waits.
// Read by store/look-up.ts, told by explain.ts. Texts are as they were written: not trusted, not yet fit for a terminal.

import type { DomainFact } from './domain-fact.ts';
import type { ResultEvidence } from './result.ts';

/** The evidence of the last verdict or deferral. */
export interface KeptVerdict extends ResultEvidence {
  readonly status: string;
  readonly reason: string;
  readonly code: number | undefined;
  readonly enhanced: string | undefined;
  readonly mx: string | undefined;
  readonly ip: string | undefined;
  readonly attempt: number;
  /** Seconds since 1970, on the database's clock. */
  readonly decidedAt: number;
  /** When today's conclusion was drawn from it, if that was not when it was found out. */
  readonly revisedAt: number | undefined;
  readonly server: string | undefined;
  /** A shadow run came to it: nothing of it was written into `emails`. */
  readonly isShadow?: true | undefined;
}

/** What svc_row says of a row that is touched and not decided. */
export interface Waiting {
  /** When it is due, or when the claim on it runs out. */
  readonly dueAt: number;
  readonly isClaimed: boolean;
  readonly server: string | undefined;
  readonly cycleId: string | undefined;
  readonly attempts: number;
  readonly reason: string | undefined;
}

export interface KeptFact extends DomainFact {
  readonly decidedAt: number;
  readonly expiresAt: number;
}

export interface KeptRow {
  readonly id: number;
  readonly email: string;
  readonly listId: number | undefined;
  readonly listStatus: string | undefined;
  readonly userId: number | undefined;
  readonly isProcessed: boolean;
  readonly domainStatus: number;
  readonly domainVerified: number;
  readonly validationStatus: string | undefined;
  readonly validationResponse: string | undefined;
  readonly verdict: KeptVerdict | undefined;
  readonly waiting: Waiting | undefined;
  /** What is known of its domain. */
  readonly fact: KeptFact | undefined;
  /** When this was read, on the database's clock. */
  readonly readAt: number;
}
