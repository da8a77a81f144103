// Where batch files and journals stand, and which of them a server has. Node built-ins only.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { CYCLE_ID } from '../platform/cycle-id.ts';
import { makeFolder } from './append-file.ts';
import { cannotCreate, cannotRead, errnoOf } from './file-errors.ts';

/** One worker's files for one user and cycle. */
export interface BatchPaths {
  /** `worker_N.json`: its presence means finished. */
  readonly batch: string;
  /** `worker_N.ndjson`: what is known while the worker works, and until the database has it. */
  readonly journal: string;
}

/** A journal that was found. */
export interface FoundJournal extends BatchPaths {
  readonly cycle: string;
  readonly userId: number;
  readonly workerId: number;
}

export const USER_FOLDER = /^user_(\d{1,15})$/;
export const BATCH_NAME = /^worker_\d{1,15}\.json$/;
/** What the name of a journal ends with that was set aside. */
export const UNREAD = '.unread';
export const UNREAD_NAME = /^worker_\d{1,15}\.ndjson\.unread$/;
const JOURNAL_NAME = /^worker_(\d{1,15})\.ndjson$/;

/** `STORAGE_DIR/batches`. */
export function batchesFolder(storageDir: string): string {
  return join(storageDir, 'batches');
}

/** `STORAGE_DIR/batches/<cycle>/user_{U}/worker_{N}` with both endings. */
export function batchPaths(storageDir: string, cycle: string, userId: number, workerId: number): BatchPaths {
  const batch = join(batchesFolder(storageDir), cycle, `user_${userId}`, `worker_${workerId}.json`);
  return { batch, journal: journalOf(batch) };
}

/** Leaves the mark of a cycle, before it claims anything; throws FILE_NOT_CREATED. */
export function markCycle(storageDir: string, cycle: string): void {
  const folder = join(batchesFolder(storageDir), cycle);
  try {
    makeFolder(folder);
  } catch (error) {
    throw cannotCreate(folder, error);
  }
}

/** True of a cycle that left its mark below this STORAGE_DIR. */
export function hasMark(storageDir: string, cycle: string): boolean {
  return CYCLE_ID.test(cycle) && existsSync(join(batchesFolder(storageDir), cycle));
}

/** The journal that stands beside a batch file. */
export function journalOf(batch: string): string {
  return batch.replace(/\.json$/, '.ndjson');
}

/**
 * Lists the journals below STORAGE_DIR, oldest cycle first. Under the lock, and before workers are started,
 * these are the ones whose results may be missing in the database. Empty when there is no such folder.
 */
export function findJournals(storageDir: string): FoundJournal[] {
  const root = batchesFolder(storageDir);
  return list(root)
    .filter((cycle) => CYCLE_ID.test(cycle))
    .flatMap((cycle) =>
      list(join(root, cycle)).flatMap((folder) => {
        const userId = USER_FOLDER.exec(folder)?.[1];
        return userId === undefined
          ? []
          : journalsIn(storageDir, cycle, Number(userId), join(root, cycle, folder));
      }),
    );
}

function journalsIn(storageDir: string, cycle: string, userId: number, folder: string): FoundJournal[] {
  return list(folder)
    .flatMap((name) => JOURNAL_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((workerId) => ({ cycle, userId, workerId, ...batchPaths(storageDir, cycle, userId, workerId) }));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw cannotRead(folder, error);
  }
}
