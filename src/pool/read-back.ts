// Reads what a dead worker had found out and not reported any more: its journal.

import { journalOf } from '../files/batch-paths.ts';
import { loadJournal } from '../files/journal.ts';
import type { Result } from '../domain/result.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Assignment } from '../worker/messages.ts';

/**
 * Gives all results in the journal of an assignment, those that were reported among them; none when it cannot be
 * read: then its rows are probed again, and the cycle that replays the journal is the one to complain.
 */
export function readBack({ batchFile }: Assignment): readonly Result[] {
  try {
    return loadJournal(journalOf(batchFile)).results;
  } catch (error) {
    if (error instanceof OperationalError) return [];
    throw error;
  }
}
