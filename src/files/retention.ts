// Removes log and batch files that are older than LOG_RETENTION_DAYS, and compiled code that no Node here reads any more:
// ours, by exact name, and nothing else.
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

/** What platform/code-cache.ts calls its files, and those on their way to their names. */
const CODE_NAME = /^smtp-[a-z-]+-program\.cjs-(v\d+\.\d+\.\d+)-[a-z0-9-]+\.code(\.\d+)?$/;

export interface RetentionPolicy {
  readonly logDir: string;
  readonly storageDir: string;
  readonly logRetentionDays: number;
  /** Looks only. */
  readonly isDryRun?: boolean | undefined;
}

/** A file that was removed, or would be. */
export interface RemovedFile {
  readonly kind: 'log' | 'json-log' | 'batch' | 'code';
  readonly path: string;
  readonly bytes: number;
}

/** Removes what is too old and gives the files removed. Rejects with FILE_NOT_WRITTEN when one cannot be. */
export async function removeOldFiles(policy: RetentionPolicy, clock: Clock): Promise<readonly RemovedFile[]> {
  const { logDir, storageDir, logRetentionDays, isDryRun = false } = policy;
  const changedBefore = clock.now() - logRetentionDays * DAY_MS;
  const limit: Limit = { day: dayStamp(changedBefore), changedBefore, isDryRun };
  return [
    ...(await removeOldLogs('log', logDir, dayOfTextLog, limit)),
    ...(await removeOldLogs('json-log', join(logDir, JSON_LOG_FOLDER), dayOfJsonLog, limit)),
    ...(await removeOldBatches(batchesFolder(storageDir), limit)),
    ...(await removeOldCode(storageDir, limit)),
  ];
}

/** Files of days before `day` go, unless they were changed after `changedBefore`. */
interface Limit {
  readonly day: string;
  readonly changedBefore: number;
  readonly isDryRun: boolean;
}

async function removeOldLogs(
  kind: RemovedFile['kind'],
  folder: string,
  dayOf: (name: string) => string | undefined,
  limit: Limit,
): Promise<RemovedFile[]> {
  const removed: RemovedFile[] = [];
  for (const entry of await list(folder)) {
    const day = dayOf(entry.name);
    if (!entry.isFile() || day === undefined || day >= limit.day) continue;
    removed.push(...(await removeIfOld(kind, join(folder, entry.name), limit)));
  }
  return removed;
}

/** The code of programs that were compiled by another Node, or by a process that was killed at it. */
async function removeOldCode(storageDir: string, limit: Limit): Promise<RemovedFile[]> {
  const removed: RemovedFile[] = [];
  for (const entry of await list(storageDir)) {
    const [, version, pid] = CODE_NAME.exec(entry.name) ?? [];
    const isOurs = version !== undefined && (version !== process.version || pid !== undefined);
    if (entry.isFile() && isOurs)
      removed.push(...(await removeIfOld('code', join(storageDir, entry.name), limit)));
  }
  return removed;
}

async function removeOldBatches(root: string, limit: Limit): Promise<RemovedFile[]> {
  const removed: RemovedFile[] = [];
  for (const cycle of await list(root)) {
    const [, year, month, day] = CYCLE_ID.exec(cycle.name) ?? [];
    // A cycle is named in UTC, which is at most a day from here: its files' last change settles the rest.
    if (!cycle.isDirectory() || year === undefined || `${year}-${month}-${day}` > limit.day) continue;
    const folder = join(root, cycle.name);
    for (const user of await list(folder)) {
      if (!user.isDirectory() || !USER_FOLDER.test(user.name)) continue;
      removed.push(...(await removeBatchesOfUser(join(folder, user.name), limit)));
    }
    await removeIfEmpty(folder, limit);
  }
  return removed;
}

async function removeBatchesOfUser(folder: string, limit: Limit): Promise<RemovedFile[]> {
  const removed: RemovedFile[] = [];
  for (const entry of await list(folder)) {
    const isOurs =
      entry.isFile() && (BATCH_NAME.test(entry.name.replace(/\.tmp$/, '')) || UNREAD_NAME.test(entry.name));
    if (isOurs) removed.push(...(await removeIfOld('batch', join(folder, entry.name), limit)));
  }
  await removeIfEmpty(folder, limit);
  return removed;
}

async function removeIfOld(
  kind: RemovedFile['kind'],
  path: string,
  { changedBefore, isDryRun }: Limit,
): Promise<readonly RemovedFile[]> {
  try {
    const { mtimeMs, size: bytes } = await lstat(path);
    if (mtimeMs >= changedBefore) return [];
    if (!isDryRun) await unlink(path);
    return [{ kind, path, bytes }];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []; // somebody else removed it
    throw cannotWrite(path, error);
  }
}

async function removeIfEmpty(folder: string, { isDryRun }: Limit): Promise<void> {
  try {
    if (!isDryRun) await rmdir(folder);
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
