// Finds the log files that somebody wants to read, by their names (log-names.ts): of one day and those that come later.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { dayStamp } from '../platform/clock.ts';
import { cannotRead, errnoOf } from './file-errors.ts';
import { cronLogName, dayOfJsonLog, dayOfTextLog, JSON_LOG_FOLDER } from './log-names.ts';

export interface LogChoice {
  /** Undefined for the log of the cycles. */
  readonly userId: number | undefined;
  /** Only this worker's; undefined for the user's log and all of its workers'. */
  readonly workerId: number | undefined;
  /** The log for machines, which is one for all. */
  readonly isJson: boolean;
  /** Milliseconds since 1970: files of days before this one are left out. */
  readonly since: number;
}

export interface FoundLog {
  readonly path: string;
  /** Of a worker's log. */
  readonly workerId: number | undefined;
}

const DAY_MS = 24 * 3600 * 1000;
const USER_LOG = /^user_(\d{1,15})_(?:worker_(\d{1,15})_)?\d{4}-/;

/**
 * When the log of the cycles was written to last, in milliseconds since 1970: each cycle does, also one that finds nothing to do.
 * Undefined where that was before yesterday, or cannot be told.
 */
export function cycleLoggedAt(logDir: string, now: number): number | undefined {
  const times = [now, now - DAY_MS].flatMap((day) => {
    try {
      return statSync(join(logDir, cronLogName(dayStamp(day)))).mtimeMs;
    } catch {
      return []; // none of that day, or a folder that is not ours to look into
    }
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Gives the files there are by now, by name; none where there is no folder. */
export function findLogs(logDir: string, choice: LogChoice): readonly FoundLog[] {
  const folder = choice.isJson ? join(logDir, JSON_LOG_FOLDER) : logDir;
  const dayOf = choice.isJson ? dayOfJsonLog : dayOfTextLog;
  const [today, yesterday] = [dayStamp(choice.since), dayStamp(choice.since - DAY_MS)];
  return list(folder).flatMap((name) => {
    const day = dayOf(name);
    if (day === undefined || day < yesterday) return [];
    const [, userId, workerId] = USER_LOG.exec(name) ?? [];
    // A worker's log is named for its beginning, and may have been written to over midnight.
    if (day < today && (workerId === undefined || changedOn(join(folder, name)) < today)) return [];
    const found = {
      path: join(folder, name),
      workerId: workerId === undefined ? undefined : Number(workerId),
    };
    if (choice.isJson) return [found];
    if (userId === undefined) return choice.userId === undefined ? [found] : [];
    if (Number(userId) !== choice.userId) return [];
    return choice.workerId === undefined || choice.workerId === found.workerId ? [found] : [];
  });
}

function changedOn(path: string): string {
  return dayStamp(statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw cannotRead(folder, error);
  }
}
