// The lock that keeps a second cycle from starting on this server: proper-lockfile's folder, refreshed every
// few seconds, with a file beside it that says who holds it. A holder that is provably dead is no obstacle
// (dead-lock.ts); one that cannot be judged is waited out until the lock is stale. A holder that is alive but
// stalls past that loses the lock and learns it by `lost`: what it does then with rows is guarded by claims.

import { lstatSync, mkdirSync, rmdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { lock } from 'proper-lockfile';

import type { Clock } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { currentProcess } from '../platform/process-identity.ts';
import { FILE_MODE, FOLDER_MODE, makeFolder } from './append-file.ts';
import { buryDeadLock, removeBurialRemains } from './dead-lock.ts';
import { cannotCreate, cannotWrite, errnoOf } from './file-errors.ts';
import {
  identifyFolder,
  isSameFolder,
  lockPaths,
  readLockHolder,
  type FolderIdentity,
  type LockHolder,
  type LockPaths,
} from './lock-holder.ts';
import { replaceFile } from './replace-file.ts';

const REFRESH_EVERY_MS = 5_000; // a clock set forward is noticed soon, and it costs one utimes

export interface LockRequest {
  readonly storageDir: string;
  /** When a lock that nobody refreshed is free again; 2 s at least (proper-lockfile). */
  readonly staleMs: number;
  readonly server: string;
  readonly cycle: string;
  readonly clock: Clock;
}

/** Somebody else has it; undefined when it is not known who. */
export interface LockRefused {
  readonly heldBy: LockHolder | undefined;
}

/** Takes the lock, or says who holds it. Waits for nobody. Rejects with FILE_NOT_CREATED or FILE_NOT_WRITTEN. */
export async function acquireCronLock(request: LockRequest): Promise<CronLock | LockRefused> {
  const { storageDir } = request;
  const paths = lockPaths(storageDir);
  makeStorage(storageDir, paths);

  const state = readLockHolder(storageDir);
  if (state.type === 'held' && state.process === 'gone' && state.holder !== undefined) {
    if (buryDeadLock(storageDir, state.holder) === 'contested') return refuse(storageDir);
  }

  if (state.type === 'held' && state.process !== 'alive')
    bringIntoThePresent(paths, state.refreshedAt, request);

  const lost = new AbortController();
  let holder: LockHolder | undefined;
  let unlock: () => Promise<void>;
  try {
    unlock = await lock(join(storageDir, 'cron'), {
      lockfilePath: paths.folder,
      realpath: false,
      stale: request.staleMs,
      update: REFRESH_EVERY_MS,
      retries: 0,
      // The default throws out of a timer.
      onCompromised: (cause) => lost.abort(lockLost(paths.folder, cause)),
      fs: fileSystemOf(() => {
        holder = makeLockFolder(paths, request);
      }),
    });
  } catch (error) {
    if (errnoOf(error) === 'ELOCKED') return refuse(storageDir);
    throw error instanceof OperationalError ? error : cannotCreate(paths.folder, error);
  }
  removeBurialRemains(storageDir);
  return new CronLock(paths, holder!.folder, unlock, lost.signal);
}

export class CronLock {
  /** Aborted when somebody else took the lock over, with LOCK_LOST as its reason: start nothing new, finish, end. */
  readonly lost: AbortSignal;
  readonly #paths: LockPaths;
  readonly #folder: FolderIdentity;
  readonly #unlock: () => Promise<void>;
  #isReleased = false;

  constructor(paths: LockPaths, folder: FolderIdentity, unlock: () => Promise<void>, lost: AbortSignal) {
    this.#paths = paths;
    this.#folder = folder;
    this.#unlock = unlock;
    this.lost = lost;
  }

  /** Gives the lock back; nothing when it was lost or given back before. Rejects with FILE_NOT_WRITTEN. */
  async release(): Promise<void> {
    if (this.#isReleased || this.lost.aborted) return;
    this.#isReleased = true;
    // The info first: afterwards it could be the next holder's.
    if (isSameFolder(identifyFolder(this.#paths.folder), this.#folder))
      rmSync(this.#paths.info, { force: true });
    try {
      await this.#unlock();
    } catch (error) {
      if (errnoOf(error) !== 'ERELEASED') throw cannotWrite(this.#paths.folder, error);
    }
  }
}

// Who holds the lock is written in the same breath as the folder is made: between the two steps a killed holder
// would be unknown, and its lock waited out. proper-lockfile takes its file system as an option; ours answers at
// once, since a handful of calls on a local folder is not worth four threads.
function fileSystemOf(makeLock: () => void): object {
  return {
    mkdir: answering(makeLock),
    rmdir: answering(rmdirSync),
    stat: answering(statSync),
    utimes: answering(utimesSync),
  };
}

type Answer = (error: unknown, outcome?: unknown) => void;

/** The function with a callback behind its arguments, as node:fs has them. */
function answering<Args extends unknown[]>(
  call: (...args: Args) => unknown,
): (...args: [...Args, Answer]) => void {
  return (...all) => {
    const answer = all.pop() as Answer;
    let outcome: unknown;
    try {
      outcome = call(...(all as unknown as Args));
    } catch (error) {
      return answer(error);
    }
    return answer(null, outcome);
  };
}

function makeLockFolder(paths: LockPaths, { server, cycle, clock }: LockRequest): LockHolder {
  const startedAt = new Date(clock.now()).toISOString();
  const self = currentProcess();
  mkdirSync(paths.folder, { mode: FOLDER_MODE });
  try {
    const holder = { ...self, server, cycle, startedAt, folder: identifyFolder(paths.folder)! };
    replaceFile(paths.info, `${JSON.stringify(holder)}\n`, { mode: FILE_MODE });
    return holder;
  } catch (error) {
    rmdirSync(paths.folder);
    throw error;
  }
}

function refuse(storageDir: string): LockRefused {
  const state = readLockHolder(storageDir);
  return { heldBy: state.type === 'held' ? state.holder : undefined };
}

// A lock that was refreshed in the future, by a clock that was set back since, would stay for as long; from now on it ages.
function bringIntoThePresent(paths: LockPaths, refreshedAt: number, { staleMs, clock }: LockRequest): void {
  const now = clock.now();
  if (refreshedAt <= now + staleMs) return;
  try {
    utimesSync(paths.folder, now / 1000, now / 1000);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw cannotWrite(paths.folder, error);
  }
}

function makeStorage(storageDir: string, paths: LockPaths): void {
  try {
    makeFolder(storageDir);
  } catch (error) {
    throw cannotCreate(storageDir, error);
  }
  // The PHP job's lock was a file of this name: that job may be running, and our lock is a folder.
  if (lstatSync(paths.folder, { throwIfNoEntry: false })?.isFile() === true) {
    throw new OperationalError(
      'FILE_NOT_CREATED',
      `cannot lock: ${paths.folder} is a file, as the PHP job made it; take that job out of the crontab, then remove the file`,
      { fields: { path: paths.folder } },
    );
  }
}

function lockLost(path: string, cause: unknown): OperationalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OperationalError('LOCK_LOST', `the lock ${path} was lost (${why}); nothing new is started`, {
    cause,
  });
}
