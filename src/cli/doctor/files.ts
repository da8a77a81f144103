// The doctor's look at the folders that we write to, at the room there is, and at the lock. Makes nothing.

import { accessSync, constants, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../files/file-errors.ts';
import { lockPaths, readLockHolder, type LockState } from '../../files/lock-holder.ts';
import { localStamp } from '../../platform/clock.ts';
import { CannotCheck, type Check, configuredOf } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const fileChecks: readonly Check[] = [
  { theme: 'Files', about: 'user', run: () => Promise.resolve(judgeUser(process.getuid?.())) },
  {
    theme: 'Files',
    about: 'LOG_DIR',
    run: async (ground) => lookAtFolder('LOG_DIR', configuredOf(ground).config.logDir),
  },
  {
    theme: 'Files',
    about: 'STORAGE_DIR',
    run: async (ground) => lookAtFolder('STORAGE_DIR', configuredOf(ground).config.storageDir),
  },
  {
    theme: 'Files',
    about: 'METRICS_FILE',
    run: async (ground) => lookAtMetrics(configuredOf(ground).config.metricsFile),
  },
  {
    theme: 'Files',
    about: 'lock',
    run: async (ground) => {
      const { storageDir, lockStaleMs } = configuredOf(ground).config;
      return [
        isLockFile(storageDir)
          ? phpLock(storageDir)
          : judgeLock(readLockHolder(storageDir), lockStaleMs, Date.now()),
      ];
    },
  },
];

function judgeUser(uid: number | undefined): Remark[] {
  if (uid !== 0) return [];
  return [
    warning(
      'user',
      'the doctor runs as root, who may write everywhere: what it says of files holds for root',
      'Run it as the user of the cron job, as in: runuser -u smtp-validate -- smtp-validate-cron doctor',
    ),
  ];
}

function lookAtFolder(about: string, path: string): Remark[] {
  const there = nearestExisting(path);
  const access = accessProblem(there);
  if (access !== undefined && there === path)
    return [
      failure(
        about,
        `${path} ${access}`,
        `Give it to the user of the cron job (chown), or set ${about} to a folder of that user.`,
      ),
    ];
  if (access !== undefined)
    return [
      failure(
        about,
        `${path} is not there, and ${there} ${access}`,
        `Make it for the user of the cron job, as in: install -d -o smtp-validate ${path}`,
      ),
    ];
  const made = there === path ? '' : ' (will be made)';
  const { bsize, bavail, files, ffree, type } = statfsSync(there);
  const room: Room = {
    freeBytes: bsize * bavail,
    freeFiles: files === 0 ? Infinity : ffree,
    fileSystem: type,
  };
  return judgeRoom(about, `${path}${made}`, room);
}

/** They are written beside the file and renamed, into a folder that others made and nobody here makes. */
function lookAtMetrics(file: string | undefined): Remark[] {
  if (file === undefined) return [];
  const about = 'METRICS_FILE';
  const folder = dirname(file);
  const problem =
    statSync(folder, { throwIfNoEntry: false }) === undefined ? 'is not there' : accessProblem(folder);
  return [
    problem === undefined
      ? ok(about, `${folder} may be written`)
      : warning(
          about,
          `${folder} ${problem}, so no metrics are written`,
          'Make a folder that the user of the cron job may write, and have node_exporter read it too.',
        ),
  ];
}

export interface Room {
  readonly freeBytes: number;
  /** Infinity where the file system makes room for them as they come. */
  readonly freeFiles: number;
  /** As statfs(2) numbers it. */
  readonly fileSystem: number;
}

const NETWORK_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x517b: 'SMB',
};
const GIB = 2 ** 30;
/** A million addresses leave about a gigabyte of logs and batch files. */
const LITTLE_BYTES = 2 * GIB;
const TOO_FEW_BYTES = GIB / 10;
const LITTLE_FILES = 10_000;
const TOO_FEW_FILES = 500;

export function judgeRoom(about: string, name: string, { freeBytes, freeFiles, fileSystem }: Room): Remark[] {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free`;
  const network = NETWORK_FILE_SYSTEMS[fileSystem];
  const remark = (): Remark => {
    if (freeBytes < TOO_FEW_BYTES || freeFiles < TOO_FEW_FILES) {
      const left =
        freeBytes < TOO_FEW_BYTES ? `${Math.floor(freeBytes / 2 ** 20)} MiB are` : `${freeFiles} inodes are`;
      return failure(
        about,
        `${name}: only ${left} free`,
        'Free some: cycles end with exit code 74 when it is used up.',
      );
    }
    if (freeBytes < LITTLE_BYTES)
      return warning(
        about,
        `${name}: ${free}`,
        'Free some, or lower LOG_RETENTION_DAYS: a million addresses take about 1 GiB.',
      );
    if (freeFiles < LITTLE_FILES)
      return warning(
        about,
        `${name}: only ${freeFiles} inodes are free`,
        'Free some, or lower LOG_RETENTION_DAYS.',
      );
    return ok(about, `${name} may be written, ${free}`);
  };
  return [
    remark(),
    ...(network === undefined || about !== 'STORAGE_DIR'
      ? []
      : [
          warning(
            about,
            `${name} is on ${network}, where a lock may be lost or stay`,
            'Set STORAGE_DIR to a folder on a local disk.',
          ),
        ]),
  ];
}

export function judgeLock(state: LockState, staleMs: number, now: number): Remark {
  if (state.type === 'free') return ok('lock', 'free: no cycle runs at this moment');
  const silentSeconds = Math.max(0, Math.round((now - state.refreshedAt) / 1000));
  const isStale = now - state.refreshedAt > staleMs;
  const { holder } = state;
  const who =
    holder === undefined
      ? 'somebody who is not known'
      : `process ${holder.pid} on ${holder.host}, since ${localStamp(Date.parse(holder.startedAt))}`;
  switch (state.process) {
    case 'alive':
      if (!isStale) return ok('lock', `held by ${who}: a cycle is at work`);
      return warning(
        'lock',
        `held by ${who}, who is alive and has not refreshed it for ${silentSeconds} s`,
        `See what keeps process ${holder?.pid} (stopped? a disk that hangs?); its lock is free for others by now.`,
      );
    case 'gone':
      return ok('lock', `left by ${who}, which is dead: the next cycle takes it`);
    case 'unknown':
      if (isStale)
        return ok('lock', `left by ${who}, silent for ${silentSeconds} s: the next cycle takes it`);
      return warning(
        'lock',
        `held by ${who}, of whom it cannot be told from here whether it runs`,
        `Nothing, if it does; else it is free ${Math.round(staleMs / 1000)} s after its last sign of life.`,
      );
  }
}

function isLockFile(storageDir: string): boolean {
  return lstatSync(lockPaths(storageDir).folder, { throwIfNoEntry: false })?.isFile() === true;
}

function phpLock(storageDir: string): Remark {
  const { folder } = lockPaths(storageDir);
  return failure(
    'lock',
    `${folder} is a file, as the PHP job makes it, and stands in the way of ours`,
    'Take the PHP job out of the crontab, then remove the file.',
  );
}

/** The folder itself, or the one that it would be made in. */
function nearestExisting(path: string): string {
  if (path === dirname(path) || statSync(path, { throwIfNoEntry: false }) !== undefined) return path;
  return nearestExisting(dirname(path));
}

function accessProblem(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'is no folder';
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EACCES') return 'may not be written by this user';
    if (errno === 'EROFS') return 'is on a file system that is read-only';
    throw new CannotCheck((error as Error).message);
  }
}
