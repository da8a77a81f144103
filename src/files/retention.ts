// Removes log and batch files that are older than LOG_RETENTION_DAYS: ours, by exact name, and nothing else.
// A file counts as old when both the day in its name and its last change say so. Journals are never removed
// here: they hold results that the database may not have.

import type { Dirent } from 'node:fs';
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { dayStamp, type Clock } from '../platform/clock.ts';
import { CYCLE_ID } from '../platform/cycle-id.ts';
import { BATCH_NAME, batchesFolder, UNREAD_NAME, USER_FOLDER } from './batch-paths.ts';
import { cannotRead, cannotWrite, errnoOf } from './file-errors.ts';
import { dayOfJsonLog, dayOfTextLog, JSON_LOG_FOLDER } from './log-names.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface RetentionPolicy {
  readonly logDir: string;
  readonly storageDir: string;
  readonly logRetentionDays: number;
}

/** Removes what is too old and gives the paths of the files removed. Rejects with FILE_NOT_WRITTEN when one cannot be. */
export async function removeOldFiles(policy: RetentionPolicy, clock: Clock): Promise<readonly string[]> {
  const limit: Limit = limitOf(clock.now() - policy.logRetentionDays * DAY_MS);
  return [
    ...(await removeOldLogs(policy.logDir, dayOfTextLog, limit)),
    ...(await removeOldLogs(join(policy.logDir, JSON_LOG_FOLDER), dayOfJsonLog, limit)),
    ...(await removeOldBatches(batchesFolder(policy.storageDir), limit)),
  ];
}

/** Files of days before `day` go, unless they were changed after `changedBefore`. */
interface Limit {
  readonly day: string;
  readonly changedBefore: number;
}

function limitOf(timeMs: number): Limit {
  return { day: dayStamp(timeMs), changedBefore: timeMs };
}

async function removeOldLogs(
  folder: string,
  dayOf: (name: string) => string | undefined,
  limit: Limit,
): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await list(folder)) {
    const day = dayOf(entry.name);
    if (!entry.isFile() || day === undefined || day >= limit.day) continue;
    const path = join(folder, entry.name);
    if (await removeIfOld(path, limit)) removed.push(path);
  }
  return removed;
}

async function removeOldBatches(root: string, limit: Limit): Promise<string[]> {
  const removed: string[] = [];
  for (const cycle of await list(root)) {
    const [, year, month, day] = CYCLE_ID.exec(cycle.name) ?? [];
    // A cycle is named in UTC, which is at most a day from here: its files' last change settles the rest.
    if (!cycle.isDirectory() || year === undefined || `${year}-${month}-${day}` > limit.day) continue;
    const folder = join(root, cycle.name);
    for (const user of await list(folder)) {
      if (!user.isDirectory() || !USER_FOLDER.test(user.name)) continue;
      removed.push(...(await removeBatchesOfUser(join(folder, user.name), limit)));
    }
    await removeIfEmpty(folder);
  }
  return removed;
}

async function removeBatchesOfUser(folder: string, limit: Limit): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await list(folder)) {
    const isOurs =
      entry.isFile() && (BATCH_NAME.test(entry.name.replace(/\.tmp$/, '')) || UNREAD_NAME.test(entry.name));
    const path = join(folder, entry.name);
    if (isOurs && (await removeIfOld(path, limit))) removed.push(path);
  }
  await removeIfEmpty(folder);
  return removed;
}

async function removeIfOld(path: string, limit: Limit): Promise<boolean> {
  try {
    if ((await lstat(path)).mtimeMs >= limit.changedBefore) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false; // somebody else removed it
    throw cannotWrite(path, error);
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw cannotWrite(folder, error);
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw cannotRead(folder, error);
  }
}
