import { beforeEach, describe, expect, it } from 'vitest';
import { ActiveUsers } from '../../src/cycle/active-users.ts';
import type { UserFeed } from '../../src/cycle/user-feed.ts';
import type { Demand } from '../../src/store/store.ts';

const limits = {
  poolSize: 30,
  policy: 'balanced',
  minWorkersPerUser: 5,
  minRowsPerWorker: 20,
  maxConcurrentUsers: 2,
  turnSeconds: 100,
  maxRowsPerSlice: 200,
} as const;

/** A feed that says of itself what the test lets it say. */
class Feed {
  isAllInFlight = false;
  isDone = false;
  isOpen = true;
  rowsInHand = 100;
  close(): void {
    this.isOpen = false;
  }
  reopen(): void {
    this.isOpen = true;
  }
}

let told: string[];
let feeds: Map<number, Feed>;
let shares: ReadonlyMap<number, number>;
let pool: string[];
let seconds: number;
let users: ActiveUsers;

beforeEach(() => {
  [told, pool, feeds, shares, seconds] = [[], [], new Map(), new Map(), 0];
  users = new ActiveUsers({
    limits,
    pool: {
      setShares: (set) => (shares = set),
      retire: (userId) => pool.push(`retire ${userId}`),
      release: (userId) => pool.push(`release ${userId}`),
      slotsOf: () => 4,
    },
    story: { failure: undefined, cron: (text) => told.push(text), user: (_userId, text) => told.push(text) },
    now: () => seconds * 1000,
    openFeed: (userId) => {
      feeds.set(userId, new Feed());
      return feeds.get(userId) as unknown as UserFeed;
    },
  });
});

function demand(userId: number, waitedSeconds?: number): Demand {
  return { userId, pending: 10_000, isCapped: false, oldestRowId: userId, waitedSeconds, listIds: [] };
}

describe('ActiveUsers', () => {
  it('lets users in as far as there are places, and remembers who waits', () => {
    expect(users.hear([demand(1), demand(2), demand(3), demand(4, 7)])).toBe(true);

    expect([...shares.entries()]).toEqual([
      [1, 15],
      [2, 15],
    ]);
    expect(users.turnNotes).toEqual({ served: [1, 2], newcomers: [3], headStartSeconds: 500 });
  });

  it('remembers nothing anew while nobody comes and nobody waits', () => {
    users.hear([demand(1), demand(2)]);

    expect(users.hear([demand(1), demand(2)])).toBe(false);
  });

  it('sends away whose turn is over for one that waits, and takes it back when its turn comes again', () => {
    users.hear([demand(1), demand(2)]);
    seconds = 101;
    users.hear([demand(1), demand(2), demand(3)]);

    expect([pool, feeds.get(1)!.isOpen, [...shares.keys()]]).toEqual([['release 1'], false, [2, 3]]);
    expect(told).toContain(
      'User 1: turn over after 101 s, since others wait; the rest of its emails waits for the next one',
    );

    seconds = 160;
    users.hear([demand(1, 59), demand(2), demand(3)]);

    expect([pool, feeds.get(1)!.isOpen, [...shares.keys()].toSorted()]).toEqual([
      ['release 1', 'release 2'],
      true,
      [1, 3],
    ]);
  });

  it('says nothing of being done when what such a user had in flight ends', () => {
    users.hear([demand(1), demand(2)]);
    seconds = 101;
    users.hear([demand(1), demand(2), demand(3)]);

    feeds.get(1)!.isDone = true;
    users.retireDone();

    expect(users.size).toBe(2);
    expect(told.join()).not.toContain('DONE');
  });

  it('gives the place of a user whose rows are all in flight to the next, and leaves it its workers', () => {
    users.hear([demand(1), demand(2), demand(3)]);
    expect(users.mayTakeTurns).toBe(false);

    feeds.get(2)!.isAllInFlight = true;
    const mayTakeTurns = users.mayTakeTurns;
    users.hear([demand(1), demand(3)]);

    expect([mayTakeTurns, pool]).toEqual([true, ['retire 2']]);
    expect(Object.fromEntries(shares)).toEqual({ 1: 13, 2: 4, 3: 13 });

    feeds.get(2)!.isDone = true;
    users.retireDone();

    expect(Object.fromEntries(shares)).toEqual({ 1: 15, 3: 15 });
    expect(told.join()).toContain('USER 2 DONE');
  });
});
