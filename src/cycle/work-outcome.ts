// What came of a cycle's work, for the summary, the report and the exit code.

import type { OutcomeCounts } from '../domain/verdict.ts';
import type { StopCause } from './stop-cause.ts';
import type { SavedProbes } from './tally.ts';

export interface WorkOutcome {
  /** Of the results that reached the database. */
  readonly counts: OutcomeCounts;
  /** Results that did not: they stand in journals, and the next cycle writes them. */
  readonly unwritten: number;
  /** Results whose claim was lost, or whose row was decided or deleted meanwhile. */
  readonly dropped: number;
  readonly saved: SavedProbes;
  readonly users: number;
  readonly givenBack: number;
  readonly workersFailed: number;
  readonly stopped: StopCause | undefined;
}
