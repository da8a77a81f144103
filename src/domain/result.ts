// What a worker found out about a row. The same shape goes into the journal, over IPC, into the
// database and (in its snake-case JSON form) into the batch file.

import type { Reason } from './reason.ts';
import type { Outcome } from './verdict.ts';

export interface Result {
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
