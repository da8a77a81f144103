// What something cost: processor time of the database server and of our program, and what the server read for it.
// Processor time and counts, since the clock on the wall also tells what else the machine does.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Connection } from 'mysql2/promise';

export interface Cost {
  readonly wallMs: number;
  readonly serverCpuMs: number;
  readonly statements: number;
  /** Index entries and rows that were read, however they were found. */
  readonly reads: number;
}

export interface CycleCost extends Cost {
  readonly programCpuMs: number;
}

const PROGRAM = resolve('bin/smtp-validate-cron');
const TICK_MS = 10; // USER_HZ is 100 on Linux, whatever the kernel's own

/** Tells what `work` cost. Nobody else may use the server meanwhile. */
export async function costOf(connection: Connection, work: () => Promise<unknown>): Promise<Cost> {
  const pid = await serverPid(connection);
  const own = difference(await readStatus(connection), await readStatus(connection));
  const [before, cpuBefore] = [await readStatus(connection), cpuOf(pid)];
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const serverCpuMs = cpuOf(pid) - cpuBefore;
  const { statements, reads } = difference(before, await readStatus(connection));
  return { wallMs, serverCpuMs, statements: statements - own.statements, reads: reads - own.reads };
}

/** Runs one cycle of the built program in its folder and tells what it cost. */
export async function costOfCycle(connection: Connection, folder: string): Promise<CycleCost> {
  let programCpuMs = 0;
  const cost = await costOf(connection, async () => {
    // The shell's `times` is the only word on a child's processor time.
    const { stdout, status } = spawnSync('sh', ['-c', '"$0" || exit; times', PROGRAM], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`a cycle ended with ${status}; see ${folder}/logs`);
    programCpuMs = [
      ...stdout
        .trim()
        .split('\n')
        .at(-1)!
        .matchAll(/(\d+)m([\d.]+)s/g),
    ].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
  });
  return { ...cost, programCpuMs };
}

export function median(values: readonly number[]): number {
  const inOrder = values.toSorted((a, b) => a - b);
  return inOrder[Math.floor(inOrder.length / 2)]!;
}

interface Status {
  readonly statements: number;
  readonly reads: number;
}

async function readStatus(connection: Connection): Promise<Status> {
  const [rows] = await connection.query(
    "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler\\_read\\_%' OR Variable_name = 'Questions'",
  );
  const counters = rows as unknown as readonly { readonly Variable_name: string; readonly Value: string }[];
  const sum = (isMeant: (name: string) => boolean) =>
    counters
      .filter(({ Variable_name }) => isMeant(Variable_name))
      .reduce((total, { Value }) => total + Number(Value), 0);
  return { statements: sum((name) => name === 'Questions'), reads: sum((name) => name !== 'Questions') };
}

function difference(before: Status, after: Status): Status {
  return { statements: after.statements - before.statements, reads: after.reads - before.reads };
}

async function serverPid(connection: Connection): Promise<number> {
  const [rows] = await connection.query('SELECT @@pid_file AS path');
  return Number(readFileSync((rows as unknown as readonly { path: string }[])[0]!.path, 'utf8'));
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
