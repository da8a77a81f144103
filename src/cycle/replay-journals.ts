// Brings home what a cycle before knew when it died: the results of journals that were left behind go into the
// store, their batch files are finished, and only then are the journals removed. A result whose claim was lost
// meanwhile, or whose row is decided, matches nothing there: replaying twice does no harm. What cannot be read is set
// aside and told: it may be the only copy of what a later version, or an earlier one, found out.

import { makeBatch } from '../files/batch-file.ts';
import { findJournals } from '../files/batch-paths.ts';
import { readStanding, surveyJournal, type JournalSurvey } from '../files/journal-survey.ts';
import { forgetJournal, setJournalAside } from '../files/journal.ts';
import { plainCount } from '../domain/amounts.ts';
import { totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { type Clock, pause } from '../platform/clock.ts';
import { isProcessAlive } from '../platform/process-identity.ts';
import type { Store } from '../store/store.ts';

const ROWS_AT_ONCE = 1_000;
// A worker notices within milliseconds that its parent is gone; this is for a machine in trouble.
const WAIT_FOR_WORKER_MS = 5_000;

export interface Replay {
  readonly journals: number;
  /** Of what they held, what was not written yet. */
  readonly results: number;
  /** Those that could not be read to their end, where they are kept now, and why. */
  readonly setAside: readonly { readonly path: string; readonly why: string }[];
}

/** Replays all journals below STORAGE_DIR, oldest cycle first. */
export async function replayJournals(
  store: Pick<Store, 'recordResults'>,
  storageDir: string,
  clock: Clock,
): Promise<Replay> {
  const journals = findJournals(storageDir);
  const setAside: { path: string; why: string }[] = [];
  let results = 0;
  for (const journal of journals) {
    // What a worker still writes is surveyed too.
    const survey = await surveyJournal(journal.journal, ({ pid }) => workerEnded(pid, clock));
    results += await replay(store, journal.journal, survey);
    const why = whyUnread(survey);
    if (why !== undefined) {
      if (survey.foreign === undefined) await makeBatch(journal, clock);
      setAside.push({ path: setJournalAside(journal.journal), why });
    } else {
      // One that its worker did not even begin to write has nothing to tell.
      if (survey.header !== undefined || totalOutcomes(survey.counts) > 0) await makeBatch(journal, clock);
      forgetJournal(journal.journal);
    }
  }
  return { journals: journals.length, results, setAside };
}

/** Brings home what stands in a journal; gives how many results were not known there yet. */
async function replay(
  store: Pick<Store, 'recordResults'>,
  path: string,
  survey: JournalSurvey,
): Promise<number> {
  let waiting: Result[] = [];
  let written = 0;
  const bringHome = async (): Promise<void> => {
    written += (await store.recordResults(waiting)).written.length;
    waiting = [];
  };
  for await (const result of readStanding(path, survey)) {
    waiting.push(result);
    if (waiting.length === ROWS_AT_ONCE) await bringHome();
  }
  if (waiting.length > 0) await bringHome();
  return written;
}

function whyUnread({ garbage, foreign }: JournalSurvey): string | undefined {
  if (foreign !== undefined) return `it is of schema ${foreign}, which this version does not know`;
  return garbage > 0
    ? `${plainCount(garbage, 'line of it is', 'lines of it are')} torn or none of ours`
    : undefined;
}

async function workerEnded(pid: number, clock: Clock): Promise<void> {
  const deadline = clock.now() + WAIT_FOR_WORKER_MS;
  while (isProcessAlive(pid) && clock.now() < deadline) await pause(50);
}
