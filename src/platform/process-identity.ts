// Tells whether a process that wrote down who it is still runs. A pid alone does not tell: it is given
// again. A pid with its start time within one boot does. Where that cannot be known (another host, another
// container, no /proc) the answer is that it is not known, and nobody is called dead on a guess.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who a process is, for others that meet what it left behind. Members are undefined where there is no /proc. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which the process started (proc(5), field 22 of stat). */
  readonly startTime: string | undefined;
  readonly bootId: string | undefined;
  /** The pid namespace: containers count pids on their own. */
  readonly pidNamespace: string | undefined;
  readonly host: string;
}

export type ProcessState = 'alive' | 'gone' | 'unknown';

export function currentProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startTime: readProcess(process.pid)?.startTime,
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    pidNamespace: readNamespace(),
    host: hostname(),
  };
}

/**
 * Tells whether the process is `alive` or `gone`, seen from `observer`.
 *
 * `unknown` when it belongs to another host, boot or pid namespace, or said too little about itself.
 * A zombie is gone: it only waits to be reaped and does nothing any more.
 */
export function processState(
  identity: ProcessIdentity,
  observer: ProcessIdentity = currentProcess(),
): ProcessState {
  const isComparable =
    identity.host === observer.host &&
    identity.startTime !== undefined &&
    identity.bootId !== undefined &&
    identity.bootId === observer.bootId &&
    identity.pidNamespace !== undefined &&
    identity.pidNamespace === observer.pidNamespace;
  if (!isComparable) return 'unknown';

  const found = readProcess(identity.pid);
  if (found === undefined) return isHidden(identity.pid) ? 'unknown' : 'gone';
  return found.startTime === identity.startTime && isRunning(found) ? 'alive' : 'gone';
}

/**
 * True when some process of this machine has this pid now. It may be another than the one that was meant: to be
 * sure, write down an identity. A zombie is none.
 */
export function isProcessAlive(pid: number): boolean {
  const found = readProcess(pid);
  return found === undefined ? isHidden(pid) : isRunning(found);
}

function isRunning({ state }: { readonly state: string }): boolean {
  return state !== 'Z' && state !== 'X';
}

function readProcess(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The program's name stands in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state !== undefined && startTime !== undefined ? { state, startTime } : undefined;
}

// A /proc mounted with hidepid (proc(5)) shows nothing of other users' processes; the kernel still knows them.
function isHidden(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined; // no such process, or no /proc on this system
  }
}

function readNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
