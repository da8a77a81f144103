import { describe, expect, it } from 'vitest';
import { overviewOf } from '../../src/domain/overview.ts';
import { NOW, figuresOf, listOf, minuteOf, putOffOf, serverOf, waitingOf } from './some-figures.ts';

const pause = (kind: 'list' | 'user', name: string) => ({
  kind,
  name,
  since: NOW - 60,
  until: undefined,
  by: 'ann@web1',
  reason: undefined,
});

describe('overviewOf', () => {
  it.each([
    { state: 'working', seenAt: NOW - 5, isAlive: true, isSilent: false },
    { state: 'stopping', seenAt: NOW - 5, isAlive: true, isSilent: false },
    { state: 'working', seenAt: NOW - 31, isAlive: false, isSilent: true },
    { state: 'idle', seenAt: NOW - 5, isAlive: false, isSilent: false },
    { state: 'ended', seenAt: NOW - 900, isAlive: false, isSilent: false },
  ] as const)('takes a server that said $state at $seenAt for alive: $isAlive', (server) => {
    const { state, seenAt, isAlive, isSilent } = server;
    const overview = overviewOf(figuresOf({ servers: [serverOf({ state, seenAt })] }));

    expect(overview.servers[0]).toMatchObject({ isAlive, isSilent });
    expect(overview).toMatchObject({ isAtWork: isAlive, workers: isAlive ? 50 : 0 });
  });

  it('gives a list the speed of its user, behind the user’s older lists', () => {
    const figures = figuresOf({
      pace: [minuteOf({ valid: 15 })], // in half a minute
      lists: [listOf({ listId: 7, pending: 60 }), listOf({ listId: 9, pending: 30, oldestRowId: 500 })],
    });

    const [user] = overviewOf(figures).users;

    expect(user).toMatchObject({ userId: 5, share: 28, workers: 27, decidedPerMinute: 30, main: 90 });
    expect(user!.lists.map(({ mainSeconds }) => mainSeconds)).toEqual([120, 180]);
    expect(user).toMatchObject({ mainSeconds: 180, isBound: false });
  });

  it('says of a user that waits for its turn only by when all is done', () => {
    const figures = figuresOf({
      pace: [minuteOf({ valid: 15 })],
      lists: [listOf(), listOf({ listId: 8, userId: 6, pending: 30 })],
      waitedSeconds: new Map([[6, 240]]),
    });

    const waits = overviewOf(figures).users.find(({ userId }) => userId === 6);

    expect(waits).toMatchObject({ workers: 0, waitedSeconds: 240, mainSeconds: 180, isBound: true });
  });

  it('does not say when what nobody works at is done', () => {
    const figures = figuresOf({ servers: [serverOf({ state: 'ended' })], pace: [minuteOf()] });

    const overview = overviewOf(figures);

    expect(overview).toMatchObject({ isAtWork: false, mainSeconds: undefined });
    expect(overview.users[0]).toMatchObject({ mainSeconds: undefined, share: 0, workers: 0 });
  });

  it('takes shares and workers of several servers together, and none of a minute that is over', () => {
    const figures = figuresOf({
      servers: [serverOf(), serverOf({ server: 'beta' }), serverOf({ server: 'gone', seenAt: NOW - 600 })],
      pace: [
        minuteOf({ startsAt: NOW - 90, workers: 99 }),
        minuteOf(),
        minuteOf({ server: 'beta', share: 20, workers: 19 }),
        minuteOf({ server: 'gone' }),
      ],
    });

    expect(overviewOf(figures).users[0]).toMatchObject({ share: 48, workers: 46 });
  });

  it.each([
    { what: 'a paused list', figures: { pauses: [pause('list', '7')] }, halt: 'paused' },
    { what: 'the list of a paused user', figures: { pauses: [pause('user', '5')] }, halt: 'paused' },
    { what: 'a list that is being imported', figures: { importing: [7] }, halt: 'importing' },
  ] as const)('keeps $what out of the main queue', ({ figures, halt }) => {
    const { main, paused, users } = overviewOf(figuresOf(figures));

    expect({ main, paused }).toEqual({ main: 0, paused: 60 });
    expect(users[0]!.lists[0]).toMatchObject({ halt, mainSeconds: 0 });
  });

  it('counts rows without a list for their user', () => {
    const loose = { userId: 5, pending: 10, exactness: 'exact', held: [], putOff: putOffOf(4) } as const;
    const figures = figuresOf({
      loose: [loose],
      waiting: { parts: [waitingOf({ listId: undefined, rows: 4 })], isSample: false },
    });

    const { users, total } = overviewOf(figures);

    expect(users[0]!.loose).toMatchObject({ main: 6, tail: 4, total: 10, decided: 0 });
    expect(total).toBe(110);
  });

  it('names the destinations that give trouble, hosts of a provider together; strangers put off are no trouble', () => {
    const parts = [
      waitingOf({ mx: 'mx1.hotmail.olc.protection.outlook.com', reason: 'rate-limited', rows: 3 }),
      waitingOf({
        mx: 'mx2.live.olc.protection.outlook.com',
        reason: 'policy-block',
        rows: 9,
        lastDue: NOW + 9_000,
      }),
      waitingOf({ mx: 'mx.small.example', reason: 'timeout', rows: 2 }),
      waitingOf({ mx: 'mx.grey.example', reason: 'greylisted', rows: 500 }),
      waitingOf({ mx: undefined, reason: 'dns-failure', rows: 7 }),
    ];

    const { troubles, reasons } = overviewOf(figuresOf({ waiting: { parts, isSample: false } }));

    expect(troubles).toEqual([
      { destination: 'outlook', reason: 'policy-block', rows: 12, firstDue: NOW + 300, lastDue: NOW + 9_000 },
      {
        destination: 'mx.small.example',
        reason: 'timeout',
        rows: 2,
        firstDue: NOW + 300,
        lastDue: NOW + 900,
      },
    ]);
    expect(reasons.map(({ reason, rows }) => [reason, rows])).toEqual([
      ['greylisted', 500],
      ['policy-block', 9],
      ['dns-failure', 7],
      ['rate-limited', 3],
      ['timeout', 2],
    ]);
  });
});
