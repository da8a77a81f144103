// Turns a finished journal into the batch file that others read (contract section 5): streamed to a temporary
// name, synced, renamed. Its final name therefore means whole. The journal stays: it is the copy from which
// results are replayed until the database has them, and goes by forgetJournal. Node built-ins only.

import { existsSync, rmSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { parseAddress } from '../domain/address.ts';
import { flagsOf, type LocalFlags } from '../domain/local-flags.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type Outcome, type OutcomeCounts } from '../domain/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { FILE_MODE } from './append-file.ts';
import type { BatchPaths } from './batch-paths.ts';
import { cannotCreate, cannotWrite } from './file-errors.ts';
import { forgetJournal, JOURNAL_SCHEMA, readJournal, type JournalHeader } from './journal.ts';

const OUTCOMES = Object.keys(NO_OUTCOMES) as Outcome[];
const WRITE_AT_CHARS = 65_536;

/** What a batch file says of itself, above its results. */
export interface BatchSummary {
  readonly total: number;
  readonly processed: number;
  readonly counts: OutcomeCounts;
}

/**
 * Writes the batch file of a journal and gives its counts.
 *
 * `total` is how many rows the worker was given; without it, what it processed. Of several results for one row
 * the last counts. Memory: nine bytes a result while rows are compared, whatever they hold. Rejects with
 * FILE_NOT_CREATED or FILE_NOT_WRITTEN; then there is no batch file, and calling it again is safe.
 */
export async function finishBatch(
  journalPath: string,
  batchPath: string,
  completedAt: number,
  total?: number,
): Promise<BatchSummary> {
  const survey = await surveyJournal(journalPath);
  const processed = survey.rows - survey.superseded.size;
  const summary = { total: total ?? processed, processed, counts: survey.counts };
  const temporary = `${batchPath}.tmp`;
  const file = await create(temporary);
  try {
    await writeBatch(file, journalPath, survey, headOf(survey.header, completedAt, summary));
    await file.sync();
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof OperationalError ? error : cannotWrite(temporary, error);
  } finally {
    await file.close();
  }
  await publish(temporary, batchPath);
  return summary;
}

/** Makes the batch file of a journal whose worker died before it could. */
export async function makeBatch({ batch, journal }: BatchPaths, clock: Clock): Promise<void> {
  if (!existsSync(batch)) await finishBatch(journal, batch, clock.now());
}

/**
 * Removes a journal whose results are in the database, and makes its batch file first where its worker died before it
 * could. Does nothing where there is no journal.
 */
export async function closeBatch(paths: BatchPaths, clock: Clock): Promise<void> {
  if (!existsSync(paths.journal)) return;
  await makeBatch(paths, clock);
  forgetJournal(paths.journal);
}

interface JournalSurvey {
  readonly header: JournalHeader | undefined;
  readonly rows: number;
  /** Places (0, 1, …) of results that a later one of the same row replaces. */
  readonly superseded: ReadonlySet<number>;
  readonly counts: OutcomeCounts;
}

// The counts stand above the results in the file, so the journal is read twice.
async function surveyJournal(path: string): Promise<JournalSurvey> {
  let header: JournalHeader | undefined;
  let ids = new Float64Array(1024);
  let outcomes = new Uint8Array(1024);
  let rows = 0;
  for await (const entry of readJournal(path)) {
    if (entry.type === 'header') header ??= entry.header;
    if (entry.type !== 'result') continue;
    if (rows === ids.length) [ids, outcomes] = [grown(ids, Float64Array), grown(outcomes, Uint8Array)];
    ids[rows] = entry.result.id;
    outcomes[rows] = OUTCOMES.indexOf(entry.result.status);
    rows++;
  }

  const superseded = findSuperseded(ids.subarray(0, rows));
  const counts = { ...NO_OUTCOMES };
  for (let place = 0; place < rows; place++)
    if (!superseded.has(place)) counts[OUTCOMES[outcomes[place]!]!]++;
  return { header, rows, superseded, counts };
}

// Rows with two results are rare: sorting finds whether there are any, and only then are places looked for.
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

function headOf(header: JournalHeader | undefined, completedAt: number, summary: BatchSummary): string {
  const head = {
    schema: JOURNAL_SCHEMA,
    cycle: header?.cycle ?? null,
    server: header?.server ?? null,
    user_id: header?.user_id ?? null,
    worker_id: header?.worker_id ?? null,
    started_at: header?.started_at ?? null,
    completed_at: new Date(completedAt).toISOString(),
    ...summary,
  };
  return JSON.stringify(head).slice(0, -1);
}

async function writeBatch(
  file: FileHandle,
  journalPath: string,
  survey: JournalSurvey,
  head: string,
): Promise<void> {
  let text = `${head},"results":[`;
  let place = -1;
  let separator = '\n';
  for await (const entry of readJournal(journalPath)) {
    if (entry.type !== 'result' || survey.superseded.has(++place)) continue;
    text += separator + JSON.stringify(batchResult(entry.result));
    separator = ',\n';
    if (text.length >= WRITE_AT_CHARS) {
      await file.writeFile(text);
      text = '';
    }
  }
  await file.writeFile(`${text}\n]}\n`);
}

/** A result as the batch file has it: the contract's members in its order, null for what there is not, then the flags. */
export function batchResult(result: Result): Readonly<Record<string, string | number | null | LocalFlags>> {
  return {
    id: result.id,
    list_id: result.listId ?? null,
    email: result.email,
    status: result.status,
    reason: result.reason,
    code: result.code ?? null,
    enhanced: result.enhanced ?? null,
    response: result.response,
    mx: result.mx ?? null,
    ip: result.ip ?? null,
    attempt: result.attempt,
    ms: result.ms,
    flags: flagsOfResult(result),
  };
}

/** What is known of a result's address without asking anybody; nothing of what is no address. */
export function flagsOfResult({ email, mx }: Result): LocalFlags {
  const address = parseAddress(email);
  return 'problem' in address ? {} : flagsOf(address, mx);
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w', FILE_MODE);
  } catch (error) {
    throw cannotCreate(path, error);
  }
}

// The folder is synced too: else a power cut could undo the rename.
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    throw cannotCreate(path, error);
  }
}

function grown<T extends Float64Array | Uint8Array>(array: T, type: new (length: number) => T): T {
  const larger = new type(array.length * 2);
  larger.set(array);
  return larger;
}
