// Listens to a pool and writes down what it is told, and what the process table says meanwhile.

import { readFileSync } from 'node:fs';
import type { Result } from '../../src/domain/result.ts';
import type { Rest } from '../../src/pool/destinations.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { PoolListener, WorkerExit, WorkerRef, WorkerStart } from '../../src/pool/pool-contract.ts';

export interface Record extends PoolListener {
  readonly results: Result[];
  readonly returned: ProbeRow[];
  readonly putOff: { readonly row: ProbeRow; readonly dueInSeconds: number }[];
  readonly closed: { readonly destination: string; readonly rest: Rest }[];
  readonly held: ProbeRow[];
  readonly started: WorkerStart[];
  readonly finished: (WorkerRef & { readonly processed: number })[];
  readonly exits: WorkerExit[];
  readonly structural: { readonly sentence: string; readonly code: string | undefined }[];
  changes: number;
  /** The most worker processes that were seen alive at once. */
  mostChildren: number;
}

export function record(): Record {
  const told: Record = {
    results: [],
    returned: [],
    putOff: [],
    closed: [],
    held: [],
    started: [],
    finished: [],
    exits: [],
    structural: [],
    changes: 0,
    mostChildren: 0,
    onResults: (_userId, results) => void told.results.push(...results),
    onRowsHeld: (_userId, rows) => void told.held.push(...rows),
    onRowsReturned: (_userId, rows) => void told.returned.push(...rows),
    onRowsPutOff: (_userId, rows, dueInSeconds) =>
      void told.putOff.push(...rows.map((row) => ({ row, dueInSeconds }))),
    onDestinationClosed: (destination, rest) => void told.closed.push({ destination, rest }),
    onWorkerStarted: (start) => void told.started.push(start),
    onWorkerFinished: (worker) => void told.finished.push(worker),
    onWorkerExited: (exit) => void told.exits.push(exit),
    onStructuralFailure: (sentence, code) => void told.structural.push({ sentence, code }),
    onChange: () => {
      told.changes++;
      told.mostChildren = Math.max(told.mostChildren, children().length);
    },
  };
  return told;
}

/** The processes that this one has started and that have not ended (Linux, proc(5)). */
export function children(): number[] {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return text
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number);
}

export function resultFor(row: ProbeRow): Result {
  return {
    id: row.id,
    listId: row.listId,
    email: row.email,
    status: 'valid',
    reason: 'accepted',
    code: undefined,
    enhanced: undefined,
    response: '192.0.2.1',
    mx: undefined,
    ip: undefined,
    answered: true,
    attempt: 1,
    throttles: 0,
    ms: 1,
    retryInSeconds: undefined,
    token: row.token,
  };
}
