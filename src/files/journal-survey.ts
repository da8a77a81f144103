// Which results of a journal stand: of several lines about a row the last counts, and a withdrawal leaves none. A journal
// is read twice where it must not be held in memory: once for the survey, once for what stands.

import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type Outcome, type OutcomeCounts } from '../domain/verdict.ts';
import { readJournal, type JournalEntry, type JournalHeader } from './journal.ts';

const OUTCOMES = Object.keys(NO_OUTCOMES) as Outcome[];
const WITHDRAWN = OUTCOMES.length;

export interface JournalSurvey {
  readonly header: JournalHeader | undefined;
  /** Of the results that stand. */
  readonly counts: OutcomeCounts;
  /** Places (0, 1, …) among results and withdrawals of those that a later one of the same row replaces. */
  readonly superseded: ReadonlySet<number>;
  /** Lines that could not be read. */
  readonly garbage: number;
  /** The schema of a version that is not ours: behind its header nothing was read. */
  readonly foreign: number | undefined;
}

/**
 * Surveys a journal; `atHeader` may hold it up, so that what is written meanwhile is surveyed too.
 *
 * Memory: nine bytes a line while rows are compared, whatever they hold. Rejects with FILE_NOT_READ.
 */
export async function surveyJournal(
  path: string,
  atHeader: (header: JournalHeader) => Promise<void> = () => Promise.resolve(),
): Promise<JournalSurvey> {
  let header: JournalHeader | undefined;
  let foreign: number | undefined;
  let ids = new Float64Array(1024);
  let outcomes = new Uint8Array(1024);
  let [words, garbage] = [0, 0];
  for await (const entry of readJournal(path)) {
    if (entry.type === 'header') {
      header ??= entry.header;
      await atHeader(entry.header);
    }
    if (entry.type === 'garbage') garbage++;
    if (entry.type === 'foreign') {
      foreign = entry.schema;
      break;
    }
    if (!isWordOnRow(entry)) continue;
    if (words === ids.length) [ids, outcomes] = [grown(ids, Float64Array), grown(outcomes, Uint8Array)];
    ids[words] = entry.type === 'result' ? entry.result.id : entry.id;
    outcomes[words] = entry.type === 'result' ? OUTCOMES.indexOf(entry.result.status) : WITHDRAWN;
    words++;
  }

  const superseded = findSuperseded(ids.subarray(0, words));
  const counts = { ...NO_OUTCOMES };
  for (let place = 0; place < words; place++) {
    const outcome = OUTCOMES[outcomes[place]!];
    if (outcome !== undefined && !superseded.has(place)) counts[outcome]++;
  }
  return { header, counts, superseded, garbage, foreign };
}

/** Streams the results that stand, in their order. Rejects with FILE_NOT_READ. */
export async function* readStanding(
  path: string,
  { superseded }: JournalSurvey,
): AsyncGenerator<Result, void, undefined> {
  let place = -1;
  for await (const entry of readJournal(path)) {
    if (entry.type === 'foreign') return;
    if (isWordOnRow(entry) && !superseded.has(++place) && entry.type === 'result') yield entry.result;
  }
}

type WordOnRow = Extract<JournalEntry, { type: 'result' | 'withdrawal' }>;

function isWordOnRow(entry: JournalEntry): entry is WordOnRow {
  return entry.type === 'result' || entry.type === 'withdrawal';
}

// Rows with two lines are rare: sorting finds whether there are any, and only then are places looked for.
function findSuperseded(ids: Float64Array): Set<number> {
  const sorted = ids.toSorted();
  const repeated = new Set<number>();
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) repeated.add(sorted[i]!);

  const superseded = new Set<number>();
  const lastPlace = new Map<number, number>();
  for (let place = 0; place < ids.length && repeated.size > 0; place++) {
    const id = ids[place]!;
    if (!repeated.has(id)) continue;
    const earlier = lastPlace.get(id);
    if (earlier !== undefined) superseded.add(earlier);
    lastPlace.set(id, place);
  }
  return superseded;
}

function grown<T extends Float64Array | Uint8Array>(array: T, type: new (length: number) => T): T {
  const larger = new type(array.length * 2);
  larger.set(array);
  return larger;
}
