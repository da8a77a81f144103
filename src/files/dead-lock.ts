// Takes away the lock folder that a dead process left, so that a cycle which was killed costs no time and no
// hand. Whoever may do so is settled first: the right to bury a process is a file named for it, made by link(2),
// which succeeds for one taker only. A taker that dies on the job is buried in the same way.
//
// Invariant: a folder is removed only while its name leads to the very folder that the dead holder made.

import { linkSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { currentProcess, processState, type ProcessIdentity } from '../platform/process-identity.ts';
import { FILE_MODE } from './append-file.ts';
import { errnoOf } from './file-errors.ts';
import {
  identifyFolder,
  isSameFolder,
  lockPaths,
  parseIdentity,
  readLockHolder,
  readText,
  type LockHolder,
} from './lock-holder.ts';

const RIGHT = 'cron.lock.right-';
const CLAIMANT = 'cron.lock.claimant-';
const BURIED = 'cron.lock.buried-';
const HALF_WRITTEN = 'cron.json.'; // an info file on its way to its name

/**
 * `done`: the folder is gone, or no longer the dead one's. `contested`: another process is at it.
 * `unable`: the file system does not let us; the lock is then free when it is stale.
 */
export type Burial = 'done' | 'contested' | 'unable';

/** Removes the lock folder of `dead`, a holder that readLockHolder called gone. */
export function buryDeadLock(storageDir: string, dead: LockHolder): Burial {
  const right = takeRight(storageDir, dead, currentProcess());
  if (right === 'contested' || right === 'unable') return right;
  try {
    return bury(storageDir, dead);
  } finally {
    rmSync(right.path, { force: true });
  }
}

/** Removes what takers and holders left that were killed on the job; called by the holder of the lock. */
export function removeBurialRemains(storageDir: string): void {
  const remains = readdirSync(storageDir).filter((name) =>
    [RIGHT, CLAIMANT, BURIED, HALF_WRITTEN].some((kind) => name.startsWith(kind)),
  );
  for (const name of remains) rmSync(join(storageDir, name), { recursive: true, force: true });
}

function bury(storageDir: string, dead: LockHolder): Burial {
  // Only now: a taker before us may have buried it, and somebody else may hold the lock by now.
  const now = readLockHolder(storageDir);
  if (now.type === 'free' || now.process !== 'gone' || !isSameFolder(now.holder?.folder, dead.folder))
    return 'done';

  const { folder } = lockPaths(storageDir);
  const moved = join(storageDir, `${BURIED}${nameOf(dead)}`);
  try {
    renameSync(folder, moved);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'done' : 'unable';
  }
  // Between the look and the move it may have been found stale and taken by a process that knows no rights.
  if (!isSameFolder(identifyFolder(moved), dead.folder)) {
    renameSync(moved, folder);
    return 'contested';
  }
  rmSync(moved, { recursive: true, force: true });
  return 'done';
}

function takeRight(
  storageDir: string,
  dead: ProcessIdentity,
  self: ProcessIdentity,
): { readonly path: string } | 'contested' | 'unable' {
  const path = join(storageDir, `${RIGHT}${nameOf(dead)}`);
  const claimant = join(storageDir, `${CLAIMANT}${nameOf(self)}`);
  try {
    // Written first and linked then, so that a right never stands there without its owner's name.
    writeFileSync(claimant, JSON.stringify(self), { mode: FILE_MODE });
    linkSync(claimant, path);
    return { path };
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return errnoOf(error) === 'ENOENT' ? 'contested' : 'unable';
  } finally {
    removeQuietly(claimant);
  }
  const owner = parseIdentity(readText(path));
  return owner !== undefined && processState(owner, self) === 'gone'
    ? takeRight(storageDir, owner, self)
    : 'contested';
}

function nameOf({ pid, startTime, bootId }: ProcessIdentity): string {
  return `${pid}-${startTime}-${bootId?.slice(0, 8)}`;
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // never made, or removed with other remains: removeBurialRemains sees to what is left
  }
}
