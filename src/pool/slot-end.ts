// What is made of a process that has ended: what it had found out and not reported any more, from its journal, and how its
// end is judged (worker-exit.ts).

import { journalOf } from '../files/batch-paths.ts';
import { loadJournal } from '../files/journal.ts';
import type { Result } from '../domain/result.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Assignment } from '../worker/messages.ts';
import type { Slot } from './slot.ts';
import { judgeExit, type ProcessEnd, type WorkDone, type WorkerVerdict } from './worker-exit.ts';

export interface SlotEnd {
  /** Results that its worker did not report. */
  readonly recovered: readonly Result[];
  readonly verdict: WorkerVerdict;
}

/** Takes over what the slot's worker left in its journal, and judges its end. */
export function takeEnd(slot: Slot, end: ProcessEnd, rowsGo: WorkDone['rowsGo']): SlotEnd {
  const begun = slot.hasBegun ? slot.engagement : undefined;
  const recovered = begun?.recover(readBack(begun.assignment)) ?? [];
  const verdict = judgeExit(end, {
    slot: slot.number,
    given: begun?.given ?? 0,
    reported: begun?.reported ?? 0,
    open: begun?.openRows ?? 0,
    reportedEver: slot.reportedEver + recovered.length,
    failed: slot.failed,
    rowsGo,
  });
  return { recovered, verdict };
}

/**
 * Gives all results in the journal of an assignment, those that were reported among them; none when it cannot be
 * read: then its rows are probed again, and the cycle that replays the journal is the one to complain.
 */
function readBack({ batchFile }: Assignment): readonly Result[] {
  try {
    return loadJournal(journalOf(batchFile)).results;
  } catch (error) {
    if (error instanceof OperationalError) return [];
    throw error;
  }
}
