// Who holds the lock of this server: what stands in cron.json beside the lock folder, and whether that process
// still runs. Only reads. Taking the lock: cron-lock.ts; a lock left by a dead process: dead-lock.ts.

import { readFileSync, statSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';

import { processState, type ProcessIdentity, type ProcessState } from '../platform/process-identity.ts';

/** What the holder wrote down about itself. */
export interface LockHolder extends ProcessIdentity {
  readonly server: string;
  readonly cycle: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly folder: FolderIdentity;
}

/**
 * Tells one lock folder from another of the same name. An inode number alone is given again at once (ext4),
 * and mtime changes while the lock is held; the birth time does neither.
 */
export interface FolderIdentity {
  readonly ino: string;
  /** Nanoseconds since 1970; `0` on file systems that keep none. */
  readonly birth: string;
}

export type LockState =
  | { readonly type: 'free' }
  | {
      readonly type: 'held';
      /** Undefined while the holder has not written it yet, or when it cannot be read. */
      readonly holder: LockHolder | undefined;
      /** `gone` only where it is proved: then the lock is free for the taking. */
      readonly process: ProcessState;
      /** When the holder last said that it lives, in milliseconds since 1970. */
      readonly refreshedAt: number;
    };

export interface LockPaths {
  readonly folder: string;
  readonly info: string;
}

/** `cron.lock` and `cron.json` in STORAGE_DIR. */
export function lockPaths(storageDir: string): LockPaths {
  return { folder: join(storageDir, 'cron.lock'), info: join(storageDir, 'cron.json') };
}

/** Tells the state of the lock; changes nothing. */
export function readLockHolder(storageDir: string): LockState {
  const paths = lockPaths(storageDir);
  const stat = statFolder(paths.folder);
  if (stat === undefined) return { type: 'free' };

  const refreshedAt = Number(stat.mtimeMs);
  const holder = parseHolder(readText(paths.info));
  // Left over from a holder before: the one that holds it now has not written its own yet.
  if (holder === undefined || !isFolder(stat, holder.folder)) {
    return { type: 'held', holder: undefined, process: 'unknown', refreshedAt };
  }
  const state = processState(holder);
  const isProved = holder.folder.birth !== '0' || state !== 'gone';
  return { type: 'held', holder, process: isProved ? state : 'unknown', refreshedAt };
}

/** The identity of the folder at `path`, undefined where there is none. */
export function identifyFolder(path: string): FolderIdentity | undefined {
  const stat = statFolder(path);
  return stat && { ino: String(stat.ino), birth: String(stat.birthtimeNs) };
}

export function isSameFolder(a: FolderIdentity | undefined, b: FolderIdentity): boolean {
  return a !== undefined && a.ino === b.ino && a.birth === b.birth;
}

/** Reads a process that wrote down who it is; undefined for anything else. */
export function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  const value = parseObject(text);
  if (value === undefined || !Number.isSafeInteger(value['pid']) || typeof value['host'] !== 'string')
    return undefined;
  return {
    pid: value['pid'] as number,
    host: value['host'],
    startTime: textOf(value['startTime']),
    bootId: textOf(value['bootId']),
    pidNamespace: textOf(value['pidNamespace']),
  };
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // gone meanwhile, or not ours to read: nothing is known then
  }
}

function parseHolder(text: string | undefined): LockHolder | undefined {
  const identity = parseIdentity(text);
  const value = parseObject(text);
  const folder = value?.['folder'];
  if (identity === undefined || value === undefined || typeof folder !== 'object' || folder === null)
    return undefined;
  const { ino, birth } = folder as Record<string, unknown>;
  return {
    ...identity,
    server: textOf(value['server']) ?? '',
    cycle: textOf(value['cycle']) ?? '',
    startedAt: textOf(value['startedAt']) ?? '',
    folder: { ino: textOf(ino) ?? '', birth: textOf(birth) ?? '' },
  };
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function statFolder(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function isFolder(stat: BigIntStats, identity: FolderIdentity): boolean {
  return isSameFolder({ ino: String(stat.ino), birth: String(stat.birthtimeNs) }, identity);
}
