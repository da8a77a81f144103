// What follows when a process has ended: what it had found out and not reported any more is taken from its journal, its end is
// judged (worker-exit.ts) and told, places are free again, and rows without a result go to others.

import { journalOf } from '../files/batch-paths.ts';
import { loadJournal } from '../files/journal.ts';
import type { Result } from '../domain/result.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Assignment } from '../worker/messages.ts';
import type { CrashLedger } from './crash-ledger.ts';
import type { DestinationBudget } from './destination-budget.ts';
import type { PoolListener } from './pool-contract.ts';
import type { ReturnedRows } from './returned-rows.ts';
import type { Slot } from './slot.ts';
import type { StructuralFailure } from './structural-failure.ts';
import { judgeExit, type ProcessEnd, type WorkDone } from './worker-exit.ts';

export interface SlotEndsParts {
  readonly budget: DestinationBudget;
  readonly crashes: CrashLedger;
  readonly structure: StructuralFailure;
  readonly returned: ReturnedRows;
  readonly listener: Pick<PoolListener, 'onResults' | 'onWorkerExited' | 'onStructuralFailure'>;
}

export class SlotEnds {
  readonly #parts: SlotEndsParts;

  constructor(parts: SlotEndsParts) {
    this.#parts = parts;
  }

  /** Takes over what is left of a slot whose process has ended. */
  take(slot: Slot, end: ProcessEnd): void {
    const worker = slot.lastAssignment;
    if (worker === undefined) return this.#judge(slot, end, [], 'to the queue');

    const { budget, crashes, returned, listener } = this.#parts;
    const { userId } = worker;
    const begun = slot.hasBegun ? slot.engagement : undefined;
    const recovered = begun?.recover(readBack(begun.assignment)) ?? [];
    if (recovered.length > 0) listener.onResults(userId, recovered, {});
    crashes.forget(recovered);
    this.#judge(slot, end, recovered, returned.wayOf(userId));

    const left = slot.engagement?.abandon() ?? [];
    for (const { freed } of left) budget.free(freed);
    // A process that never knew of its rows cannot have died of them.
    if (slot.hasBegun) returned.rescue(userId, left);
    else returned.spread(userId, left, 1);
  }

  #judge(slot: Slot, end: ProcessEnd, recovered: readonly Result[], rowsGo: WorkDone['rowsGo']): void {
    const { structure, returned, listener } = this.#parts;
    const begun = slot.hasBegun ? slot.engagement : undefined;
    const verdict = judgeExit(end, {
      slot: slot.number,
      given: begun?.given ?? 0,
      reported: begun?.reported ?? 0,
      open: begun?.openRows ?? 0,
      reportedEver: slot.reportedEver + recovered.length,
      failed: slot.failed,
      rowsGo,
    });
    const { sentence, isFailure } = verdict;
    listener.onWorkerExited({ worker: slot.lastAssignment, sentence, isFailure });
    const proof = structure.noteEnd(verdict);
    if (proof === undefined) return;
    listener.onStructuralFailure(proof, slot.failed?.code);
    returned.emptyQueues();
  }
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
