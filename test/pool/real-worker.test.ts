// The pool with the real worker program, and a mail host that is not always quick.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixedLimits } from './fixed-limits.ts';
import { batchPaths } from '../../src/files/batch-paths.ts';
import { Pool } from '../../src/pool/pool.ts';
import type { PoolOptions } from '../../src/pool/pool-contract.ts';
import { ScriptedHost, SILENCE, type Deed, type Script } from '../smtp/scripted-host.ts';
import { waitFor } from '../support/wait-for.ts';
import { bundleWorker } from '../worker/bundle.ts';
import { settings } from '../worker/equipment.ts';
import { record, type Record } from './recorder.ts';
import { idsOf, row, sliceOf } from './rows.ts';

const CYCLE = '20261124T044412123Z-server1';

let programs: string;
let workerEntry: string;
let folder: string;
let told: Record;
let pool: Pool;
let host: ScriptedHost;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'pool-program-'));
  workerEntry = (await bundleWorker(programs)).entry;
});

afterAll(() => rmSync(programs, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pool-'));
  told = record();
});

afterEach(async () => {
  await pool.kill();
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function open(
  script: Script,
  over: Partial<PoolOptions> = {},
  { maxSessions }: { readonly maxSessions: number } = settings,
): Promise<void> {
  host = await ScriptedHost.listen(script);
  pool = new Pool(
    {
      size: 2,
      workerEntry,
      env: { PATH: process.env['PATH'] ?? '' },
      settings: { ...settings, maxSessions, port: host.port },
      limits: fixedLimits(() => 2),
      assignmentFor: (userId, workerId) => ({
        cycleId: CYCLE,
        server: 'server1',
        userId,
        workerId,
        batchFile: batchPaths(folder, CYCLE, userId, workerId).batch,
        logFile: undefined,
      }),
      ...over,
    },
    told,
  );
  pool.setShares(new Map([[5, 2]]));
}

const people = (first: number, last: number, destination: string) =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    row(first + index, destination, `real.${first + index}`),
  );
const NO_SUCH_USER = '550 5.1.1 no such user';
const accept = (line: string) => (line.includes('<real') ? '250 2.1.5 ok' : NO_SUCH_USER);
/** How often the host was asked about `real.<id>`. */
const asked = (id: number) => host.heard.filter((line) => line.startsWith(`RCPT TO:<real.${id}@`)).length;
const batch = (workerId: number) =>
  JSON.parse(readFileSync(batchPaths(folder, CYCLE, 5, workerId).batch, 'utf8')) as { processed: number };

describe('a pool of real workers', () => {
  it('verifies every row and finishes the batch files', async () => {
    await open({ rcpt: accept });

    pool.enqueue(5, [
      sliceOf(...people(1, 20, 'a')),
      sliceOf(...people(21, 30, 'b'), ...people(31, 40, 'c')),
    ]);
    await waitFor(() => told.results.length === 40, 'every row has a result');
    pool.retire(5);
    await waitFor(() => told.finished.length === 2, 'the batch files are finished');
    await pool.close();

    expect(new Set(told.results.map(({ status }) => status))).toEqual(new Set(['valid']));
    expect([
      batch(1).processed + batch(2).processed,
      told.exits.filter(({ isFailure }) => isFailure),
    ]).toEqual([40, []]);
  });

  it('lets no destination see more connections than it may', async () => {
    await open({ rcpt: accept }, { size: 4, limits: fixedLimits(() => 1) });
    pool.setShares(new Map([[5, 4]]));

    pool.enqueue(
      5,
      [1, 11, 21, 31].map((first) => sliceOf(...people(first, first + 4, 'a'))),
    );
    await waitFor(() => told.results.length === 20, 'every row has a result');

    expect(host.peak).toBe(1);
  });

  it('asks for the control recipient of a domain once, however many slices it has', async () => {
    await open({ rcpt: accept }, { limits: fixedLimits(() => 1) });

    pool.enqueue(
      5,
      [1, 11, 21].map((first) => sliceOf(...people(first, first + 2, 'a'))),
    );
    await waitFor(() => told.results.length === 9, 'every row has a result');

    expect(host.heard.filter((line) => line.startsWith('RCPT') && !line.includes('<real'))).toHaveLength(1);
  });

  it('loses nothing of a worker that is killed, and asks nobody twice whose answer it had', async () => {
    let isStuck = true;
    await open(
      { rcpt: (line) => (isStuck && line.includes('<real.4@') ? SILENCE : accept(line)) },
      { size: 1 },
    );
    // Where the control recipient is still to be asked, an acceptance stands only with its answer.
    pool.enqueue(5, [{ ...sliceOf(...people(1, 6, 'a')), catchAll: { 'a.example': 'no' } }]);
    const journal = batchPaths(folder, CYCLE, 5, 1).journal;
    await waitFor(
      () => host.heard.some((line) => line.includes('<real.4@')),
      'the host is asked about the fourth',
    );
    await waitFor(
      () => existsSync(journal) && readFileSync(journal, 'utf8').includes('"id":3'),
      'the third is in the journal',
    );

    isStuck = false;
    process.kill(told.started[0]!.pid, 'SIGKILL');
    await waitFor(() => told.results.length >= 6, 'every row has a result');
    await pool.close();

    expect(idsOf(told.results)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([asked(1), asked(2), asked(3), asked(4)]).toEqual([1, 1, 1, 2]);
    expect(told.exits.filter(({ isFailure }) => isFailure).map(({ sentence }) => sentence)).toEqual([
      expect.stringMatching(
        /^worker in slot 1 was killed by SIGKILL, not by us .* after 3 of 6 rows; 3 go back to the queue$/,
      ),
    ]);
  });

  it('asks again about those who were answered in a session that was out of step, killed or not', async () => {
    // The first session refuses everybody by mistake, and says one thing too many; the second says nothing.
    let isOver = false;
    const mistaken = (line: string) =>
      line.includes('<real.2@') ? [NO_SUCH_USER, NO_SUCH_USER] : [NO_SUCH_USER];
    const say = (line: string): Deed => {
      if (isOver) return accept(line);
      return host.sessions.length > 1 ? SILENCE : mistaken(line).join('\n');
    };
    await open({ rcpt: say }, { size: 1 });
    pool.enqueue(5, [{ ...sliceOf(...people(1, 3, 'a')), catchAll: { 'a.example': 'no' } }]);
    const journal = batchPaths(folder, CYCLE, 5, 1).journal;
    await waitFor(() => asked(1) === 2, 'the first is asked about again');

    isOver = true;
    process.kill(told.started[0]!.pid, 'SIGKILL');
    await waitFor(() => told.results.length >= 3, 'every row has a result');
    await pool.close();

    expect(readFileSync(journal, 'utf8')).toContain('{"withdrawn":1}');
    expect(told.results.map(({ id, status }) => [id, status]).toSorted()).toEqual([
      [1, 'valid'],
      [2, 'valid'],
      [3, 'valid'],
    ]);
  });

  it('drains within the time that one answer takes, and keeps what was known', async () => {
    await open(
      {
        rcpt: (line) =>
          line.includes('<real.2@') ? { drip: '250 2.1.5 ok\r\n', everyMs: 20 } : accept(line),
      },
      { size: 1 },
      { maxSessions: 1 },
    );
    pool.enqueue(5, [sliceOf(...people(1, 6, 'a')), sliceOf(...people(7, 9, 'b'))]);
    await waitFor(
      () => host.heard.some((line) => line.includes('<real.2@')),
      'the host is asked about the slow one',
    );

    await pool.drain();

    const results = idsOf(told.results);
    expect(results).toEqual(expect.arrayContaining([1]));
    expect(idsOf([...told.results, ...told.returned])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(told.finished.map(({ processed }) => processed)).toEqual([results.length]);
  });
});
