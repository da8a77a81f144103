// Brings home what a cycle before knew when it died: the results of journals that were left behind go into the
// store, their batch files are finished, and only then are the journals removed. A result whose claim was lost
// meanwhile, or whose row is decided, matches nothing there: replaying twice does no harm.

import { closeBatch } from '../files/batch-file.ts';
import { findJournals, type FoundJournal } from '../files/batch-paths.ts';
import { readJournal } from '../files/journal.ts';
import type { Result } from '../domain/result.ts';
import type { Clock } from '../platform/clock.ts';
import { isProcessAlive } from '../platform/process-identity.ts';
import type { Store } from '../store/store.ts';

const ROWS_AT_ONCE = 1_000;
// A worker notices within milliseconds that its parent is gone; this is for a machine in trouble.
const WAIT_FOR_WORKER_MS = 5_000;

/** Gives how many journals were replayed, and how many results they held. */
export async function replayJournals(
  store: Pick<Store, 'recordResults'>,
  storageDir: string,
  clock: Clock,
): Promise<{ readonly journals: number; readonly results: number }> {
  const journals = findJournals(storageDir);
  let results = 0;
  for (const journal of journals) results += await replay(store, journal, clock);
  return { journals: journals.length, results };
}

async function replay(
  store: Pick<Store, 'recordResults'>,
  journal: FoundJournal,
  clock: Clock,
): Promise<number> {
  let waiting: Result[] = [];
  let results = 0;
  for await (const entry of readJournal(journal.journal)) {
    if (entry.type === 'header') await workerEnded(entry.header.pid, clock);
    if (entry.type !== 'result') continue;
    results++;
    waiting.push(entry.result);
    if (waiting.length < ROWS_AT_ONCE) continue;
    await store.recordResults(waiting);
    waiting = [];
  }
  if (waiting.length > 0) await store.recordResults(waiting);
  await closeBatch(journal, clock);
  return results;
}

// The header is read first: what a worker still writes after it is read too.
async function workerEnded(pid: number, clock: Clock): Promise<void> {
  const deadline = clock.now() + WAIT_FOR_WORKER_MS;
  while (isProcessAlive(pid) && clock.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
