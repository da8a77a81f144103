import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { UserFeed } from '../../src/cycle/user-feed.ts';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import type { Route } from '../../src/domain/route.ts';
import type { ClaimedRow } from '../../src/domain/row.ts';
import type { SliceWork } from '../../src/worker/messages.ts';
import { waitFor } from '../support/wait-for.ts';

const limits = { maxRowsPerSlice: 10, minRowsPerWorker: 2 };
const claimed = (id: number, email: string): ClaimedRow => ({
  id,
  listId: 1,
  email,
  attempts: 0,
  throttles: 0,
  token: 't',
});

function via(mx: string): Route {
  return { type: 'hosts', hosts: [{ name: mx, ips: ['192.0.2.1'] }], destination: mx };
}

function openFeed(batches: ClaimedRow[][], route: (domain: string) => Promise<Route>) {
  const slices: SliceWork[] = [];
  const limitsAsked: number[] = [];
  const loaded: string[][] = [];
  const back: number[] = [];
  const pool = { isStarved: false, inFlight: 0, time: 0 };
  const failures: unknown[] = [];
  let changes = 0;
  const feed = new UserFeed(5, limits, {
    claim: async (limit) => {
      limitsAsked.push(limit);
      return batches.shift() ?? [];
    },
    preCheck: (row) => ({ ...row, target: { type: 'mailbox', address: parseAddress(row.email) as Address } }),
    admit: async (rows) => rows,
    rowsFollowing: () => 0,
    abandonFollowers: () => [],
    route,
    loadFacts: async (routes) => void loaded.push([...routes.keys()]),
    isProbed: (destination) => destination !== 'never',
    catchAllOf: (domain) => (domain === 'all.test' ? 'yes' : undefined),
    enqueue: (more) => slices.push(...more),
    giveBack: (rows) => back.push(...rows.map(({ id }) => id)),
    rowsQueued: () => slices.reduce((sum, slice) => sum + slice.rows.length, 0) - pool.inFlight,
    rowsInFlight: () => pool.inFlight,
    isStarved: () => pool.isStarved,
    now: () => pool.time,
    changed: () => changes++,
    failed: (cause) => void failures.push(cause),
  });
  return { feed, slices, limitsAsked, loaded, back, pool, failures, changes: () => changes };
}

describe('UserFeed', () => {
  it('cuts by destination, so that domains that share a host stand in one slice', async () => {
    const rows = [
      claimed(1, 'a@one.test'),
      claimed(2, 'b@two.test'),
      claimed(3, 'c@three.test'),
      claimed(4, 'd@four.test'),
    ];
    const shared = new Set(['one.test', 'three.test']);
    const { feed, slices } = openFeed([rows], async (domain) =>
      via(shared.has(domain) ? 'mx.shared.test' : `mx.${domain}`),
    );

    await feed.refill(2);

    const together = slices.find((slice) => slice.rows.some(({ id }) => id === 1))!;
    expect(together.rows.map(({ id }) => id).toSorted()).toEqual([1, 3]);
    expect(Object.keys(together.routes).toSorted()).toEqual(['one.test', 'three.test']);
    expect(slices.map(({ rows: cut }) => cut.length)).toEqual([2, 2]);
  });

  it('does not let a slow domain hold up the others, and enqueues its rows when the answer comes', async () => {
    const arrival = new EventEmitter();
    const slow = once(arrival, 'route').then(([route]) => route as Route);
    const { feed, slices, changes } = openFeed(
      [[claimed(1, 'a@slow.test'), claimed(2, 'b@fast.test')]],
      (domain) => (domain === 'slow.test' ? slow : Promise.resolve(via('mx.fast.test'))),
    );

    await feed.refill(1);
    expect(slices.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual([2]);
    expect(feed.rowsInHand).toBe(2);

    const before = changes();
    arrival.emit('route', via('mx.slow.test'));
    await waitFor(() => changes() > before, 'the feed says that something changed');
    await feed.refill(1);
    expect(slices.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual([2, 1]);
  });

  it('claims no more while the pool has three quarters of a batch for this user', async () => {
    const rows = Array.from({ length: 15 }, (_, id) => claimed(id, `u${id}@one.test`));
    const { feed, limitsAsked } = openFeed([rows, rows], async () => via('mx.one.test'));

    await feed.refill(2);
    await feed.refill(2);

    expect(limitsAsked).toEqual([20]);
  });

  it('is done only when nothing due is left and all is settled, and can be reopened', async () => {
    const { feed } = openFeed([], async () => via('mx.one.test'));
    expect(feed.isDone).toBe(false);

    await feed.refill(1);
    expect(feed.isDone).toBe(true);

    feed.reopen();
    expect(feed.isDone).toBe(false);
  });

  it('is done at once when it is asked to refill with nothing left', async () => {
    const { feed } = openFeed([], async () => via('mx.one.test'));
    await feed.refill(1);

    const refilled = feed.refill(1);

    expect(feed.isDone).toBe(true);
    await refilled;
  });

  it('hands what is known about a domain to the slice', async () => {
    const { feed, slices, loaded } = openFeed([[claimed(1, 'a@all.test')]], async () => via('mx.all.test'));

    await feed.refill(1);

    expect(loaded).toEqual([['all.test']]);
    expect(slices[0]!.catchAll).toEqual({ 'all.test': 'yes' });
  });

  it('reads on when all it has is for busy destinations and places stand idle, after a moment', async () => {
    const rows = Array.from({ length: 20 }, (_, id) => claimed(id, `u${id}@one.test`));
    const { feed, limitsAsked, pool } = openFeed([rows, rows, rows], async () => via('mx.one.test'));
    await feed.refill(2);

    pool.isStarved = true;
    const asked: number[] = [];
    for (const time of [0, 999, 1_000, 1_999, 2_000, 3_000]) {
      pool.time = time;
      await feed.refill(2);
      asked.push(limitsAsked.length);
    }

    expect(asked).toEqual([1, 1, 2, 2, 2, 3]);
  });

  it('reads no further than its memory may go', async () => {
    const many = Array.from({ length: 100_000 }, (_, id) => claimed(id, 'u@one.test'));
    const { feed, limitsAsked, pool } = openFeed([many, many], async () => via('mx.one.test'));
    await feed.refill(2);

    pool.isStarved = true;
    for (pool.time = 0; pool.time < 10_000; pool.time += 1_000) await feed.refill(2);

    expect(limitsAsked).toHaveLength(1);
  });

  it('has all in flight when nothing is left to claim nor to hand out', async () => {
    const { feed, pool } = openFeed([[claimed(1, 'a@one.test')]], async () => via('mx.one.test'));
    await feed.refill(1);
    await feed.refill(1);
    expect([feed.isAllInFlight, feed.isDone]).toEqual([false, false]);

    pool.inFlight = 1;

    expect([feed.isAllInFlight, feed.isDone]).toEqual([true, false]);
  });

  it('gives back what waits for a route when it is closed, and claims no more', async () => {
    const { feed, back, limitsAsked } = openFeed(
      [[claimed(1, 'a@slow.test')]],
      () => new Promise<Route>(() => {}),
    );
    await feed.refill(1);

    feed.close();
    await feed.refill(1);

    expect(back).toEqual([1]);
    expect(feed.isDone).toBe(true);
    expect(limitsAsked).toHaveLength(1);
  });

  it('keeps rows whose route is not to be had, and tells why, until it is closed', async () => {
    const silence = new Error('the DNS answers nothing');
    const { feed, slices, failures, back } = openFeed([[claimed(1, 'a@one.test')]], () =>
      Promise.reject(silence),
    );

    await feed.refill(1);
    const enqueued = slices.length;
    feed.close();

    expect([enqueued, failures, back]).toEqual([0, [silence], [1]]);
  });

  it('gives back what a claim brings that was under way when it was closed', async () => {
    const { feed, back, slices } = openFeed([[claimed(1, 'a@one.test')]], async () => via('mx.one.test'));

    const refilled = feed.refill(1);
    feed.close();
    await refilled;

    expect(back).toEqual([1]);
    expect(slices).toEqual([]);
    expect(feed.isDone).toBe(true);
  });

  it('claims again when it is opened for another turn', async () => {
    const { feed, slices } = openFeed([[claimed(1, 'a@one.test')]], async () => via('mx.one.test'));
    feed.close();

    feed.reopen();
    await feed.refill(1);

    expect(slices).toHaveLength(1);
  });
});
