// The doctor's look at this machine: Node, and the limits on files and processes that so many workers need.

import { readFileSync } from 'node:fs';
import type { Config } from '../../platform/config.ts';
import { type Check, configuredOf } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const machineChecks: readonly Check[] = [
  {
    theme: 'Machine',
    about: 'node',
    run: () => Promise.resolve([judgeNode(process.versions.node, Date.now())]),
  },
  {
    theme: 'Machine',
    about: 'open files',
    run: async (ground) => [judgeOpenFiles(readLimits(), configuredOf(ground).config)],
  },
  {
    theme: 'Machine',
    about: 'processes',
    run: async (ground) => [judgeProcesses(readLimits(), configuredOf(ground).config)],
  },
];

/** The last days on which a version gets corrections (github.com/nodejs/Release, read 2026-11). */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
};
const OLDEST = [20, 12] as const;

export function judgeNode(version: string, now: number): Remark {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return failure(
      'node',
      `Node ${version} is too old`,
      `Install Node 22 or 24; ${OLDEST.join('.')} is the least.`,
    );
  const end = END_OF_LIFE[major];
  if (end !== undefined && now > Date.parse(`${end}T23:59:59Z`))
    return warning(
      'node',
      `Node ${version} gets no security corrections since ${end}`,
      'Install Node 22 or 24.',
    );
  return ok('node', `Node ${version}`);
}

/** Of this process; Infinity for no limit. */
export interface Limits {
  readonly openFiles: number | undefined;
  readonly processes: number | undefined;
}

/** Reads /proc/self/limits; a limit that is not in it is undefined. Soft limits: Node raises that on files to the hard one. */
export function parseLimits(text: string): Limits {
  const softOf = (name: string): number | undefined => {
    const [, soft] = new RegExp(`^${name}\\s+(\\d+|unlimited)`, 'm').exec(text) ?? [];
    if (soft === undefined) return undefined;
    return soft === 'unlimited' ? Infinity : Number(soft);
  };
  return { openFiles: softOf('Max open files'), processes: softOf('Max processes') };
}

type PoolSize = Pick<Config, 'totalWorkersPool' | 'maxSessionsPerWorker'>;

/** What a worker opens beside its sessions, and the orchestrator beside its workers and for each of them. */
const FILES_OF_WORKER = 40;
const FILES_OF_PARENT = 80;
const FILES_PER_WORKER = 4;
const THREADS_PER_WORKER = 12;

/** The limit holds for each process: a worker has its sessions, the orchestrator a channel to each worker. */
export function judgeOpenFiles(
  { openFiles }: Limits,
  { totalWorkersPool, maxSessionsPerWorker }: PoolSize,
): Remark {
  const sockets = `${totalWorkersPool} workers with ${maxSessionsPerWorker} sessions are ${totalWorkersPool * maxSessionsPerWorker} sockets`;
  if (openFiles === undefined)
    return warning(
      'open files',
      'the limit is not known here',
      `Have it at ${totalWorkersPool * maxSessionsPerWorker} or more (ulimit -n).`,
    );
  const needed = Math.max(
    maxSessionsPerWorker + FILES_OF_WORKER,
    totalWorkersPool * FILES_PER_WORKER + FILES_OF_PARENT,
  );
  const limit = openFiles === Infinity ? 'without limit' : `${openFiles} for each process`;
  if (openFiles >= needed)
    return ok('open files', `${limit}; ${sockets}, and one process needs ${needed} at most`);
  return failure(
    'open files',
    `${limit}, and one process needs ${needed}: ${sockets}`,
    `Raise the limit for the user of the cron job (ulimit -n, or LimitNOFILE of the service) to ${needed} or more.`,
  );
}

export function judgeProcesses({ processes }: Limits, { totalWorkersPool }: PoolSize): Remark {
  const needed = totalWorkersPool * THREADS_PER_WORKER;
  const sum = `${totalWorkersPool} workers are ${needed} threads or so`;
  if (processes === undefined)
    return warning('processes', `the limit is not known here; ${sum}`, 'Look at ulimit -u.');
  if (processes === Infinity) return ok('processes', `without limit; ${sum}`);
  if (processes >= needed) return ok('processes', `${processes} for this user; ${sum}`);
  return failure(
    'processes',
    `${processes} for this user, and ${sum}`,
    'Raise the limit for the user of the cron job (ulimit -u), or lower TOTAL_WORKERS_POOL.',
  );
}

function readLimits(): Limits {
  try {
    return parseLimits(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return { openFiles: undefined, processes: undefined }; // no /proc on this system
  }
}
