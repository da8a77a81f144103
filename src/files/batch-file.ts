// Makes the batch file that others read, out of what its worker remembers, or of the journal of one that died: streamed to
// a temporary name, synced, renamed. Its final name therefore means whole. The journal stays: it is the copy from which
// results are replayed until the database has them, and goes by forgetJournal. Node built-ins only.

import { existsSync, rmSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { parseAddress } from '../domain/address.ts';
import { flagsOf, type LocalFlags } from '../domain/local-flags.ts';
import { totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import type { OutcomeCounts } from '../domain/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { FILE_MODE } from './append-file.ts';
import type { BatchPaths } from './batch-paths.ts';
import { cannotCreate, cannotWrite } from './file-errors.ts';
import { readStanding, surveyJournal, type JournalSurvey } from './journal-survey.ts';
import { forgetJournal, JOURNAL_SCHEMA, type JournalHeader } from './journal.ts';

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
 * `total` is how many rows the worker was given; without it, what it processed. Rejects with
 * FILE_NOT_CREATED or FILE_NOT_WRITTEN; then there is no batch file, and calling it again is safe.
 */
export async function finishBatch(
  journalPath: string,
  batchPath: string,
  completedAt: number,
  total?: number,
): Promise<BatchSummary> {
  const survey = await surveyJournal(journalPath);
  const processed = totalOutcomes(survey.counts);
  const summary = { total: total ?? processed, processed, counts: survey.counts };
  await writeBatch(
    batchPath,
    { header: survey.header, completedAt, summary },
    standingEntries(journalPath, survey),
  );
  return summary;
}

/** What stands above the results. */
export interface BatchHead {
  readonly header: Omit<JournalHeader, 'schema'> | undefined;
  readonly completedAt: number;
  readonly summary: BatchSummary;
}

/** Writes a batch file; `entries` are what `batchEntry` made of its results. Rejects as finishBatch does. */
export async function writeBatch(
  batchPath: string,
  head: BatchHead,
  entries: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const temporary = `${batchPath}.tmp`;
  const file = await create(temporary);
  try {
    await writeEntries(file, headOf(head), entries);
    await file.sync();
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof OperationalError ? error : cannotWrite(temporary, error);
  } finally {
    await file.close();
  }
  await publish(temporary, batchPath);
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

function headOf({ header, completedAt, summary }: BatchHead): string {
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

async function writeEntries(
  file: FileHandle,
  head: string,
  entries: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let text = `${head},"results":[`;
  let separator = '\n';
  for await (const entry of entries) {
    text += separator + entry;
    separator = ',\n';
    if (text.length >= WRITE_AT_CHARS) {
      await file.writeFile(text);
      text = '';
    }
  }
  await file.writeFile(`${text}\n]}\n`);
}

async function* standingEntries(
  journalPath: string,
  survey: JournalSurvey,
): AsyncGenerator<string, void, undefined> {
  for await (const result of readStanding(journalPath, survey)) yield batchEntry(result);
}

/** The text of a result in the batch file. */
export function batchEntry(result: Result): string {
  return JSON.stringify(batchResult(result));
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
