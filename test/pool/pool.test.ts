import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedLimits } from './fixed-limits.ts';
import { batchPaths } from '../../src/files/batch-paths.ts';
import { Journal } from '../../src/files/journal.ts';
import { Pool } from '../../src/pool/pool.ts';
import type { PoolOptions } from '../../src/pool/pool-contract.ts';
import { waitFor } from '../support/wait-for.ts';
import { settings } from '../worker/equipment.ts';
import { children, record, resultFor, type Record } from './recorder.ts';
import { decidedRow, idsOf, row, rows, sliceOf } from './rows.ts';

const CYCLE = '20261124T044412123Z-server1';

let folder: string;
let told: Record;
let pool: Pool | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pool-'));
  told = record();
  pool = undefined;
});

afterEach(async () => {
  await pool?.kill();
  expect(children()).toEqual([]);
  rmSync(folder, { recursive: true });
});

/** The first round of starts is the only one. */
const unhurried = { sessions: 20, patienceMs: 60_000, busyPatienceMs: 60_000, idleShare: () => 1 };

/** A worker has enough to do with one slice. */
const oneByOne = { ...settings, maxSessions: 1 };

function open(fixture: string, over: Partial<PoolOptions> = {}): Pool {
  pool = new Pool(
    {
      size: 4,
      workerEntry: join(import.meta.dirname, 'fixtures', `${fixture}.mjs`),
      env: { PATH: process.env['PATH'] ?? '', WITNESS: join(folder, 'witness') },
      settings,
      limits: fixedLimits(() => 100),
      assignmentFor: (userId, workerId) => ({
        cycleId: CYCLE,
        server: 'server1',
        userId,
        workerId,
        batchFile: batchPaths(folder, CYCLE, userId, workerId).batch,
        logFile: undefined,
      }),
      readyMs: 10_000,
      silenceMs: 10_000,
      graceMs: 10_000,
      random: () => 0.5,
      ...over,
    },
    told,
  );
  return pool;
}

interface Witnessed {
  readonly pid: number;
  readonly event: 'born' | 'begin' | 'slice' | 'settled' | 'slice-done';
  readonly destinations?: readonly string[];
  readonly user?: number;
  readonly worker?: number;
}

/** What the worker processes wrote down themselves. */
function witnessed(): Witnessed[] {
  const lines = readFileSync(join(folder, 'witness'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Witnessed);
}

/** The most slices in hand at once that had open rows of a destination, as the workers saw it. */
function mostAtOnce(destination: string): number {
  let [now, most] = [0, 0];
  for (const { event, destinations } of witnessed()) {
    if (!destinations?.includes(destination) || event === 'slice-done') continue;
    now += event === 'slice' ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

const untilResults = (count: number, limitMs?: number) =>
  waitFor(() => told.results.length >= count, `${count} results`, limitMs);
const untilStructural = () => waitFor(() => told.structural.length > 0, 'a structural failure');
const returnedIds = () => idsOf(told.returned);
const failures = () => told.exits.filter(({ isFailure }) => isFailure).map(({ sentence }) => sentence);

describe('a pool of good workers', () => {
  it('gives every row a result and ends without leaving a process', async () => {
    const cycle = open('good');
    cycle.setShares(new Map([[5, 4]]));

    cycle.enqueue(5, [sliceOf(...rows(1, 10, 'a')), sliceOf(...rows(11, 20, 'b'), decidedRow(21))]);
    const queued = cycle.queuedRows(5);
    await untilResults(21);
    await cycle.close();

    expect([queued, idsOf(told.results)]).toEqual([21, idsOf([...rows(1, 20, 'a'), decidedRow(21)])]);
    expect(told.finished.map(({ userId, processed }) => [userId, processed]).toSorted()).toEqual([
      [5, 10],
      [5, 11],
    ]);
    expect([cycle.aliveWorkers, cycle.queuedRows(5), cycle.outstandingRows(5), failures()]).toEqual([
      0,
      0,
      0,
      [],
    ]);
    expect(told.exits).toHaveLength(2);
  });

  it('starts no worker as long as there is no slice', async () => {
    const cycle = open('good');

    cycle.setShares(new Map([[5, 4]]));
    await waitFor(() => told.changes > 0, 'the pool has looked');

    expect([cycle.aliveWorkers, children()]).toEqual([0, []]);
  });

  it('starts the first workers ahead of their slices, no more than are wanted, and has these begin', async () => {
    const cycle = open('good', { starts: { ...unhurried, first: 2 } });
    cycle.setShares(new Map([[5, 4]]));

    cycle.prepare(4);
    const early = children();
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
    await untilResults(3);
    await cycle.close();

    expect([early.length, told.started.length, told.exits.length, failures()]).toEqual([2, 1, 2, []]);
    expect(early).toContain(told.started[0]!.pid);
  });

  it.each([
    { wanted: 1, over: { starts: { ...unhurried, first: 2 } }, alive: 1 },
    { wanted: 9, over: { starts: { ...unhurried, first: 9 }, size: 3 }, alive: 3 },
    { wanted: 4, over: {}, alive: 0 },
  ])('starts $alive ahead of $wanted', async ({ wanted, over, alive }) => {
    const cycle = open('good', over);

    cycle.prepare(wanted);
    cycle.prepare(wanted);

    expect(cycle.aliveWorkers).toBe(alive);
    await cycle.drain();
    expect([cycle.aliveWorkers, failures()]).toEqual([0, []]);
  });

  it.each(['close', 'drain'] as const)(
    'leaves none of those started ahead at %s, ready or not',
    async (end) => {
      const cycle = open('good', { starts: { ...unhurried, first: 3 } });
      cycle.prepare(3);
      cycle.setShares(new Map([[5, 4]]));
      cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
      await new Promise(setImmediate);

      await cycle[end]();

      expect([cycle.aliveWorkers, children(), failures()]).toEqual([0, [], []]);
      expect(idsOf([...told.results, ...told.returned])).toEqual([1, 2, 3]);
    },
  );

  it('numbers the workers of each user from 1, and tells which slice each began with', async () => {
    const cycle = open('good');
    cycle.setShares(
      new Map([
        [5, 2],
        [9, 1],
      ]),
    );

    cycle.enqueue(5, [sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);
    cycle.enqueue(9, [sliceOf(row(3, 'c'))]);
    await untilResults(3);
    await cycle.close();

    const starts = told.started.map(({ userId, workerId, slice, pid, isReused }) => [
      userId,
      workerId,
      idsOf(slice.rows),
      pid > 0,
      isReused,
    ]);
    expect(starts.toSorted()).toEqual([
      [5, 1, [1], true, false],
      [5, 2, [2], true, false],
      [9, 1, [3], true, false],
    ]);
  });

  it('never has more processes than its size, however much is queued', async () => {
    const cycle = open('good', { size: 3 });
    cycle.setShares(
      new Map([
        [1, 2],
        [2, 1],
      ]),
    );

    for (const userId of [1, 2]) {
      cycle.enqueue(
        userId,
        Array.from({ length: 12 }, (_, index) => sliceOf(row(userId * 100 + index, `d${index}`))),
      );
    }
    await untilResults(24);
    await cycle.close();

    expect(told.mostChildren).toBe(3);
    expect(new Set(witnessed().map(({ pid }) => pid)).size).toBe(3);
  });

  it('lets no destination see more slices at once than it may', async () => {
    const cycle = open('one-by-one', {
      limits: fixedLimits((destination) => (destination === 'gmail' ? 2 : 100)),
      settings: oneByOne, // so that slices go to several workers
    });
    cycle.setShares(new Map([[5, 4]]));

    cycle.enqueue(
      5,
      Array.from({ length: 8 }, (_, index) =>
        sliceOf(...rows(index * 10 + 1, index * 10 + 4, 'gmail'), row(index * 10 + 5, `own${index}`)),
      ),
    );
    await untilResults(40);
    await cycle.close();

    expect([mostAtOnce('gmail'), idsOf(told.results).length]).toEqual([2, 40]);
  });

  it('keeps rows of a destination that is left alone in the queue until it may be asked again', async () => {
    let limit = 0;
    const cycle = open('good', { limits: fixedLimits(() => limit) });
    cycle.setShares(new Map([[5, 4]]));
    cycle.enqueue(5, [sliceOf(row(1, 'closed'), decidedRow(2))]);
    await untilResults(1);
    const queuedMeanwhile = cycle.queuedRows(5);

    limit = 1;
    cycle.setShares(new Map([[5, 4]]));
    await untilResults(2);

    expect([queuedMeanwhile, idsOf(told.results)]).toEqual([1, [1, 2]]);
  });

  it('gives a process to another user when the first has nothing left, as a worker of its own', async () => {
    const cycle = open('good', { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);
    await untilResults(1);

    cycle.retire(5);
    cycle.setShares(new Map([[9, 1]]));
    cycle.enqueue(9, [sliceOf(row(2, 'a'))]);
    await untilResults(2);
    await cycle.close();

    expect(told.started.map(({ userId, workerId, isReused }) => [userId, workerId, isReused])).toEqual([
      [5, 1, false],
      [9, 1, true],
    ]);
    expect(new Set(told.started.map(({ pid }) => pid)).size).toBe(1);
    expect(told.finished.map(({ userId, processed }) => [userId, processed])).toEqual([
      [5, 1],
      [9, 1],
    ]);
  });

  it('gives a newcomer its share at once: what was not started goes back to the queue of those beyond theirs', async () => {
    const cycle = open('patient', { size: 2, settings: oneByOne });
    cycle.setShares(new Map([[5, 2]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 5, 'a')), sliceOf(...rows(11, 15, 'b'))]);
    await untilResults(2);

    cycle.setShares(
      new Map([
        [5, 1],
        [9, 1],
      ]),
    );
    cycle.enqueue(9, [sliceOf(...rows(21, 22, 'c'))]);
    await waitFor(() => told.started.some(({ userId }) => userId === 9), 'the newcomer has a worker');
    const [inThePool, alive] = [cycle.queuedRows(5) + cycle.outstandingRows(5), cycle.aliveWorkers];
    await cycle.drain();

    expect([inThePool, alive, told.mostChildren]).toEqual([
      10 - told.results.filter(({ id }) => id < 20).length,
      2,
      2,
    ]);
    expect(idsOf([...told.results, ...told.returned])).toEqual(
      idsOf([...rows(1, 5, 'a'), ...rows(11, 15, 'a'), ...rows(21, 22, 'a')]),
    );
  });

  it('gives back what waits of a user whose turn is over, and what its workers do not get done', async () => {
    const cycle = open('patient', { size: 1, settings: oneByOne });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 4, 'a')), sliceOf(...rows(11, 12, 'b'))]);
    await untilResults(1);

    cycle.release(5);
    const atOnce = returnedIds();
    cycle.setShares(new Map([[9, 1]]));
    cycle.enqueue(9, [sliceOf(...rows(21, 22, 'c'))]);
    await waitFor(() => told.started.some(({ userId }) => userId === 9), 'the next user has the place');

    expect([atOnce, returnedIds()]).toEqual([
      [11, 12],
      [2, 3, 4, 11, 12],
    ]);
    expect(told.finished.map(({ userId, processed }) => [userId, processed])).toEqual([[5, 1]]);
  });

  it('takes slices of such a user again when its turn comes again', async () => {
    const cycle = open('good', { size: 1 });
    cycle.release(5);

    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
    await untilResults(3);

    expect(returnedIds()).toEqual([]);
  });

  it('hands what a stalled worker has not begun to idle places', async () => {
    const cycle = open('overloaded', { size: 3, stalledMs: 100, settings: oneByOne });
    cycle.setShares(new Map([[5, 3]]));
    cycle.enqueue(5, [sliceOf(row(1, 'slow'), row(2, 'a'), row(3, 'b'))]);
    await waitFor(() => told.started.length > 0, 'a worker has begun');

    const wait = setInterval(() => cycle.rebalance(), 20);
    await untilResults(3).finally(() => clearInterval(wait));
    await cycle.close();

    const begunWith = told.started.map(({ slice }) => slice.rows.length);
    expect(begunWith[0]).toBe(3);
    expect(begunWith.slice(1)).toContain(1);
    expect(idsOf(told.results)).toEqual([1, 2, 3]);
    expect([told.structural, failures()]).toEqual([[], []]);
  });

  it('starves for a user that has nothing which may start, while there is room', async () => {
    const cycle = open('patient', { size: 2, limits: fixedLimits((name) => (name === 'busy' ? 1 : 9)) });
    cycle.setShares(new Map([[5, 2]]));
    const isStarved = [cycle.isStarved(5)];

    cycle.enqueue(5, [sliceOf(...rows(1, 9, 'busy')), sliceOf(...rows(11, 19, 'busy'))]);
    await untilResults(1);
    isStarved.push(cycle.isStarved(5));
    cycle.enqueue(5, [sliceOf(row(21, 'free'))]);
    isStarved.push(cycle.isStarved(5));

    expect(isStarved).toEqual([true, true, false]);
  });

  it('begins another batch file when one has grown to its limit', async () => {
    const cycle = open('good', { size: 1, maxRowsPerAssignment: 4 });
    cycle.setShares(new Map([[5, 1]]));

    cycle.enqueue(
      5,
      [1, 11, 21].map((first) => sliceOf(...rows(first, first + 2, `d${first}`))),
    );
    await untilResults(9);
    await cycle.close();

    expect(told.finished.map(({ workerId, processed }) => [workerId, processed])).toEqual([
      [1, 6],
      [2, 3],
    ]);
  });
});

describe('a pool that is told to stop', () => {
  it('gives back what is queued and what was not started, and keeps what was done', async () => {
    const cycle = open('patient', { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 4, 'a')), sliceOf(...rows(5, 6, 'b'))]);
    await untilResults(1);

    await cycle.drain();

    expect(idsOf(told.results).length + returnedIds().length).toBe(6);
    expect([told.finished.length, failures(), cycle.aliveWorkers]).toEqual([1, [], 0]);
  });

  it('kills a worker that does not listen, after the grace', async () => {
    const cycle = open('deaf', { size: 1, graceMs: 100 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
    await untilResults(1);

    await cycle.drain();

    expect(failures()).toEqual([]); // a host that answers late is no failure of the worker
    expect(returnedIds()).toEqual([2, 3]);
  });

  it('kills a worker that does not finish its batch file', async () => {
    const cycle = open('never-finished', { size: 1, finishMs: 100 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);
    await untilResults(1);

    await cycle.close();

    expect(failures()).toEqual([
      'worker in slot 1 did not finish within 0.1 s of being told to and was killed after 1 of 1 rows',
    ]);
  });

  it('takes nothing more', async () => {
    const cycle = open('good');
    await cycle.drain();

    cycle.enqueue(5, [sliceOf(...rows(1, 2, 'a'))]);
    await waitFor(() => told.changes > 0, 'the pool has looked');

    expect([returnedIds(), cycle.aliveWorkers]).toEqual([[1, 2], 0]);
  });

  it('gives up everything at once when it is killed', async () => {
    const cycle = open('deaf', { size: 2 });
    cycle.setShares(new Map([[5, 2]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a')), sliceOf(...rows(4, 6, 'b'))]);
    await untilResults(2);

    await cycle.kill();

    expect([returnedIds(), cycle.aliveWorkers]).toEqual([[2, 3, 5, 6], 0]);
  });

  it('ends processes that are not ready yet, and gives their rows back', async () => {
    const cycle = open('never-ready', { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);
    await waitFor(() => cycle.aliveWorkers === 1, 'the process is there');

    await cycle.drain();

    expect([returnedIds(), failures()]).toEqual([[1], []]);
  });
});

// One process after the other: where the machine has much else to do each takes seconds to start.
const SEVERAL_STARTS_MS = 60_000;

describe('a pool whose workers die', () => {
  it('gives the open rows to others, and none a third time', async () => {
    const cycle = open('crash-midway', { size: 2 });
    cycle.setShares(new Map([[5, 2]]));

    cycle.enqueue(5, [sliceOf(...rows(1, 32, 'a'))]);
    await untilResults(32, SEVERAL_STARTS_MS);
    await cycle.close();

    const crashed = told.results.filter(({ reason }) => reason === 'worker-crashed');
    expect(idsOf(told.results)).toEqual(idsOf(rows(1, 32, 'a')));
    expect(crashed).toHaveLength(8);
    expect(crashed[0]).toMatchObject({ status: 'deferred', attempt: 1, answered: false, token: 'token' });
    expect(told.structural).toEqual([]);
    expect(failures()[0]).toBe(
      'worker in slot 1 exited with 70 after 16 of 32 rows; 16 go back to the queue',
    );
  }, 90_000);

  it('finds out the one row that kills its workers', async () => {
    const cycle = open('crash-on-poison', { size: 2 });
    cycle.setShares(new Map([[5, 2]]));

    cycle.enqueue(5, [sliceOf(...rows(1, 7, 'a'), row(8, 'a', 'poison'), ...rows(9, 24, 'a'))]);
    await untilResults(24, SEVERAL_STARTS_MS);
    await cycle.close();

    const crashed = told.results.filter(({ reason }) => reason === 'worker-crashed');
    expect(idsOf(told.results)).toEqual(idsOf(rows(1, 24, 'a')));
    expect(crashed.map(({ id }) => id)).toContain(8);
    expect(crashed.length).toBeLessThanOrEqual(3);
  }, 90_000);

  it('kills a worker that gives no sign of life', async () => {
    const cycle = open('hang', { size: 1, silenceMs: 300 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);

    await waitFor(() => failures().length > 0, 'the worker was given up');

    expect(failures()[0]).toBe(
      'worker in slot 1 gave no sign of life for 0.3 s and was killed after 0 of 1 rows; 1 go back to the queue',
    );
  });

  it('kills a worker that never becomes ready, and gives its rows to nobody in vain', async () => {
    const cycle = open('never-ready', { size: 1, readyMs: 200 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);

    await untilStructural();
    await cycle.close();

    expect([failures().length, returnedIds()]).toEqual([3, [1]]);
    expect(told.structural[0]!.sentence).toMatch(
      /^3 workers in a row ended before their first result: worker in slot 1 was not ready within 0.2 s/,
    );
  });

  it.each([
    [
      'garbage-messages',
      /was killed for what it sent \(a message over IPC is not understood: message\.sliceId should be a whole number/,
    ],
    [
      'foreign-results',
      /was killed for what it sent \(worker 1 of user 5 told of a result for row 999999, which it does not have in hand\)/,
    ],
  ])('kills a worker that sends what cannot be right: %s', async (fixture, sentence) => {
    const cycle = open(fixture, { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);

    await waitFor(() => failures().length > 0, 'the worker was given up');

    expect(failures()[0]).toMatch(sentence);
  });

  it('loses no message of a worker that ends right after it', async () => {
    const cycle = open('chatty', { size: 1 });
    cycle.setShares(new Map([[5, 1]]));

    cycle.enqueue(5, [sliceOf(...rows(1, 1000, 'a'))]);
    await waitFor(() => told.exits.length > 0, 'the worker ended');

    expect([told.results.length, told.returned.length, cycle.outstandingRows(5)]).toEqual([1000, 0, 0]);
  });

  it('takes from the journal what the worker had not reported any more', async () => {
    const all = rows(1, 4, 'a');
    const cycle = open('deaf', { size: 1, graceMs: 50 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...all)]);
    await untilResults(1);

    const header = {
      cycle: CYCLE,
      server: 'server1',
      user_id: 5,
      worker_id: 1,
      pid: 1,
      started_at: '2026-11-24T04:44:12.123Z',
    };
    const journal = new Journal(batchPaths(folder, CYCLE, 5, 1).journal, header);
    journal.append(all.slice(0, 3).map(resultFor));
    journal.close();
    await cycle.drain();

    expect([told.results.map(({ id }) => id), returnedIds()]).toEqual([[1, 2, 3], [4]]);
  });

  it.each([
    ['crash-before-ready', /exited with 1 before it was ready.*It wrote: Error: cannot find what I need/],
    [
      'crash-before-first-result',
      /exited with 70 after 0 of .*It wrote: TypeError: cannot read what is not there/,
    ],
  ])('starts no more after three in a row died before their first result: %s', async (fixture, sentence) => {
    const cycle = open(fixture, { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(
      5,
      [1, 11, 21, 31].map((first) => sliceOf(...rows(first, first + 2, `d${first}`))),
    );

    await untilStructural();
    cycle.enqueue(5, [sliceOf(row(99, 'z'))]);
    await cycle.close();

    expect([told.structural.length, failures().length, told.structural[0]!.code]).toEqual([1, 3, undefined]);
    expect(told.structural[0]!.sentence).toMatch(sentence);
    expect(idsOf([...told.results, ...told.returned])).toEqual([
      1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33, 99,
    ]);
  });

  it('gives to another what was in hand of one that was started ahead and died before it was ready', async () => {
    const cycle = open('good', { starts: { ...unhurried, first: 2 } });
    cycle.prepare(2);
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
    await waitFor(() => cycle.slotsOf(5) === 1, 'one has it in hand');

    for (const pid of children()) process.kill(pid, 'SIGKILL');
    await untilResults(3);
    await cycle.close();

    expect([idsOf(told.results), told.returned]).toEqual([[1, 2, 3], []]);
    expect(told.started.map(({ workerId }) => workerId)).not.toContain(1);
  });

  it('starts no more when workers die before they were given anything, and says so', async () => {
    const cycle = open('crash-before-ready', { starts: { ...unhurried, first: 2 } });
    cycle.setShares(new Map([[5, 4]]));

    cycle.prepare(2);
    await waitFor(() => told.exits.length === 2, 'both have ended');
    cycle.enqueue(5, [sliceOf(...rows(1, 3, 'a'))]);
    await untilStructural();
    await cycle.close();

    expect(told.exits.map(({ worker }) => worker?.workerId)).toEqual([undefined, undefined, 1]);
    expect([returnedIds(), failures().length]).toEqual([[1, 2, 3], 3]);
  });

  it('starts no more when a worker says itself that it cannot go on', async () => {
    const cycle = open('disk-full', { size: 1, settings: oneByOne });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);

    await untilStructural();
    await cycle.close();

    expect(told.structural).toEqual([
      {
        code: 'FILE_NOT_WRITTEN',
        sentence:
          'worker in slot 1 cannot go on: journal worker_1.ndjson: no space left on device (FILE_NOT_WRITTEN); it ended after 0 of 1 rows; 1 go back to the queue. No more workers are started',
      },
    ]);
    expect(returnedIds()).toEqual([1, 2]);
  });

  it('says so when there is no program to start', async () => {
    const cycle = open('no-such-program', { size: 1 });
    cycle.setShares(new Map([[5, 1]]));
    cycle.enqueue(5, [sliceOf(row(1, 'a'))]);

    await untilStructural();
    await cycle.close();

    expect(told.structural[0]!.sentence).toContain('Cannot find module');
    expect(returnedIds()).toEqual([1]);
  });
});

describe('a pool in which everything goes wrong now and then', () => {
  it('accounts for every row exactly once', async () => {
    const cycle = open('moody', { size: 4, maxRowsPerAssignment: 30, limits: fixedLimits(() => 2) });
    const users = [1, 2, 3];
    cycle.setShares(new Map([[1, 4]]));

    for (const userId of users) {
      cycle.setShares(new Map(users.slice(0, userId).map((id) => [id, 4 / userId])));
      const first = userId * 1000;
      cycle.enqueue(
        userId,
        Array.from({ length: 10 }, (_, index) => sliceOf(...mixedRows(first + index * 10))),
      );
      await untilResults(told.results.length + 60);
    }
    await cycle.drain();

    const everyRow = users
      .flatMap((userId) => Array.from({ length: 10 }, (_, index) => mixedRows(userId * 1000 + index * 10)))
      .flat();
    expect(idsOf([...told.results, ...told.returned])).toEqual(idsOf(everyRow));
    expect([told.mostChildren <= 4, cycle.aliveWorkers]).toEqual([true, 0]);
  });
});

function mixedRows(first: number) {
  return [
    ...rows(first, first + 3, 'a'),
    ...rows(first + 4, first + 7, 'b'),
    row(first + 8, `own${first}`),
    decidedRow(first + 9),
  ];
}
