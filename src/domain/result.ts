// What a worker found out about a row. The same shape goes into the journal, over IPC, into the
// database and (in its snake-case JSON form) into the batch file.

import type { CatchAll } from './catch-all.ts';
import type { Failure, Stage } from './observation.ts';
import type { Reason } from './reason.ts';
import type { Outcome } from './verdict.ts';

/**
 * What a verdict stands on, beside code and enhanced code: enough to tell its story and to draw the conclusion again.
 * All of it may be missing: in journals of older versions, and of rows that nobody was asked about.
 */
export interface ResultEvidence {
  /** Where the dialogue stood when the reply or the failure came. */
  readonly stage?: Stage | undefined;
  /** Set where there was no reply. */
  readonly failure?: Failure | undefined;
  /** The id of the rule that decided. */
  readonly rule?: string | undefined;
  /** The reply without its codes, lines parted by `\n`, cleaned, at most MAX_KEPT_TEXT characters. */
  readonly text?: string | undefined;
  /** What the same host answered for the control recipient, where it did. */
  readonly controlCode?: number | undefined;
  readonly controlText?: string | undefined;
  /** What was known of the domain before anybody was asked. */
  readonly knownCatchAll?: CatchAll | undefined;
  /** The whole session was refused alike, and this row with it: no single reply shows that. */
  readonly refusedWithAll?: true | undefined;
  /** Our MAIL FROM, where one of the replies names its domain: then it is the sender that the words may be about. */
  readonly quotedSender?: string | undefined;
  /** The dialogue, lines parted by `\n`, cleaned, at most MAX_TRANSCRIPT characters. */
  readonly transcript?: string | undefined;
  /** The row that was asked about instead of this one, since it has the same address. */
  readonly takenFrom?: TakenFrom | undefined;
}

/** Where an answer was taken from. */
export interface TakenFrom {
  readonly rowId: number;
  readonly listId?: number | undefined;
  /** When it was obtained, in seconds since 1970 on the database's clock; undefined for just now. */
  readonly at?: number | undefined;
}

export interface Result extends ResultEvidence {
  readonly id: number;
  readonly listId: number | undefined;
  /** As stored in the row. */
  readonly email: string;
  readonly status: Outcome;
  readonly reason: Reason;
  readonly code: number | undefined;
  readonly enhanced: string | undefined;
  /** What `validation_response` will hold: one line, no control characters, at most 500 characters. */
  readonly response: string;
  readonly mx: string | undefined;
  readonly ip: string | undefined;
  /** True when a mail server answered (`domain_verified`). */
  readonly answered: boolean;
  /** The number of this attempt, from 1; 0 for what was decided without asking anybody. */
  readonly attempt: number;
  /** How many of the row's attempts so far, this one included, the host throttled. */
  readonly throttles: number;
  /** Wall time spent on this row, in milliseconds. */
  readonly ms: number;
  /** Set exactly when status is `deferred`: seconds until the next attempt is due. */
  readonly retryInSeconds: number | undefined;
  /** The claim under which the row was probed. */
  readonly token: string;
}
