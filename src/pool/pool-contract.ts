// What the pool is given, and what it tells: its options, and whom it works for.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Assignment, ProbeSettings, Slice } from '../worker/messages.ts';
import type { DestinationLimits, Rest } from './destinations.ts';
import type { SlotLimits } from './slot.ts';
import type { StartPolicy } from './start-pace.ts';
import type { WorkerProcessOptions } from './worker-process.ts';

export interface PoolOptions {
  /** Workers alive at once. */
  readonly size: number;
  /** How many processes are started at once; all of them when it is not said. */
  readonly starts?: StartPolicy | undefined;
  /** The worker's program. */
  readonly workerEntry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: ProbeSettings;
  readonly limits: DestinationLimits;
  /** Names the files of a worker; `workerId` counts up from 1 for each user. */
  readonly assignmentFor: (userId: number, workerId: number) => Assignment;
  /** Rows after which a batch file is finished and the next one begun, so that none grows without end. */
  readonly maxRowsPerAssignment?: number | undefined;
  /** A worker that was not ready by then is killed. */
  readonly readyMs?: number | undefined;
  /** A worker that gave no sign of life for that long is killed. */
  readonly silenceMs?: number | undefined;
  /** A worker that was done with no destination for that long may have its rest handed to idle places. */
  readonly stalledMs?: number | undefined;
  /** A worker whose rows are all done, and that has not finished its batch file by then, is killed. */
  readonly finishMs?: number | undefined;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number | undefined;
  /** Chance for the retry schedule, 0 to 1. */
  readonly random?: (() => number) | undefined;
}

/** What holds where the options say nothing. */
const DEFAULTS = {
  maxRowsPerAssignment: 10_000,
  readyMs: 30_000, // fifty starts at once take five seconds on two cores
  silenceMs: 30_000, // fifteen signs of life missed
  stalledMs: 3_000, // a host that answers is done with a few rows sooner: all sessions wait for slow ones
  finishMs: 60_000, // fifty batch files are synced at once, on a disk that others use as well
  graceMs: 30_000, // a reply that is awaited, and the batch file
} as const;

export function slotLimits({
  maxRowsPerAssignment = DEFAULTS.maxRowsPerAssignment,
  stalledMs = DEFAULTS.stalledMs,
}: PoolOptions): SlotLimits {
  return { maxRowsPerAssignment, stalledMs };
}

/** The options of the process in a slot; those behind the first round are many. */
export function processOptions(
  slot: number,
  {
    starts,
    workerEntry: entry,
    env,
    readyMs = DEFAULTS.readyMs,
    silenceMs = DEFAULTS.silenceMs,
    finishMs = DEFAULTS.finishMs,
    graceMs = DEFAULTS.graceMs,
  }: PoolOptions,
): WorkerProcessOptions {
  const isOneOfMany = slot > (starts?.first ?? Infinity);
  return { entry, env, isOneOfMany, readyMs, silenceMs, finishMs, graceMs };
}

export interface WorkerRef {
  readonly userId: number;
  readonly workerId: number;
}

export interface WorkerStart extends WorkerRef {
  readonly pid: number;
  /** The first slice it was given. */
  readonly slice: Slice;
  /** True when its process has worked on another assignment before. */
  readonly isReused: boolean;
}

export interface WorkerExit {
  /** Of its last assignment; undefined of a process that never had one. */
  readonly worker: WorkerRef | undefined;
  /** How it ended, for the log. */
  readonly sentence: string;
  readonly isFailure: boolean;
}

export interface PoolListener {
  onResults(userId: number, results: readonly Result[], catchAll: Readonly<Record<string, CatchAll>>): void;
  /** Rows that the pool gives up, as they came. */
  onRowsReturned(userId: number, rows: readonly ProbeRow[]): void;
  /** Rows of a destination that is left alone for so long: they were not asked about. */
  onRowsPutOff(userId: number, rows: readonly ProbeRow[], dueInSeconds: number): void;
  /** A destination closed. */
  onDestinationClosed(destination: string, rest: Rest): void;
  /** Rows that the pool gives up since they are held: paused. */
  onRowsHeld(userId: number, rows: readonly ProbeRow[]): void;
  /** A worker began an assignment. Further slices of the same assignment are not told. */
  onWorkerStarted(start: WorkerStart): void;
  /** Its batch file is in place. */
  onWorkerFinished(worker: WorkerRef & { readonly processed: number }): void;
  /** A process ended. */
  onWorkerExited(exit: WorkerExit): void;
  /** No worker can do its work, and none is started any more; `code` is the worker's own word where it had one. */
  onStructuralFailure(sentence: string, code: string | undefined): void;
  /** Rows or places moved: there may be room for more. */
  onChange(): void;
}
