// What came of a cycle's work, for the summary, the report and the exit code.

import type { StopCause } from './stop-cause.ts';
import type { TallyFigures } from './tally.ts';

export interface WorkOutcome extends TallyFigures {
  readonly users: number;
  readonly givenBack: number;
  readonly workersFailed: number;
  readonly stopped: StopCause | undefined;
}
