import { describe, expect, it } from 'vitest';
import { addSplits, secondsFor, splitBacklog } from '../../src/domain/eta.ts';
import { NOW, listOf, putOffOf, waitingOf } from './some-figures.ts';

describe('splitBacklog', () => {
  it('parts what is asked about next, what waits, and what hosts refuse us for', () => {
    const list = listOf({
      pending: 60,
      held: [{ server: 'alpha', rows: 12, until: NOW + 200, isCapped: false }],
      putOff: putOffOf(20, NOW + 300, NOW + 9_000),
    });
    const waiting = [
      waitingOf({ reason: 'greylisted', rows: 15, lastDue: NOW + 700 }),
      waitingOf({ reason: 'policy-block', rows: 5, lastDue: NOW + 9_000 }),
    ];

    expect(splitBacklog(list, waiting)).toEqual({
      main: 40,
      paused: 0,
      inHand: 12,
      tail: 15,
      tailUntil: NOW + 700,
      blocked: 5,
      isMainAbout: false,
      isTailAbout: false,
    });
  });

  it('lets a sample speak for all, and says that it does', () => {
    const list = listOf({ pending: 5_000, putOff: putOffOf(4_000) });
    const waiting = [
      waitingOf({ reason: 'timeout', rows: 75 }),
      waitingOf({ reason: 'sender-rejected', rows: 25 }),
    ];

    expect(splitBacklog(list, waiting)).toMatchObject({
      main: 1_000,
      tail: 3_000,
      tailUntil: NOW + 900,
      blocked: 1_000,
      isMainAbout: true,
      isTailAbout: true,
    });
  });

  it.each([
    {
      what: 'a count that stopped',
      list: { putOff: { ...putOffOf(10), isCapped: true } },
      isTailAbout: true,
    },
    { what: 'a list that nobody counted', list: { exactness: 'about' }, isTailAbout: false },
  ] as const)('is about right for $what', ({ list, isTailAbout }) => {
    expect(splitBacklog(listOf(list), [waitingOf()])).toMatchObject({ isMainAbout: true, isTailAbout });
  });

  it('asks about nothing of what is paused; what waits waits all the same', () => {
    const list = listOf({ pending: 60, putOff: putOffOf(10) });

    expect(splitBacklog(list, [waitingOf()], true)).toMatchObject({ main: 0, paused: 50, tail: 10 });
  });

  it('never has more rows waiting than are pending', () => {
    expect(splitBacklog(listOf({ pending: 3, putOff: putOffOf(5) }), [])).toMatchObject({ main: 0, tail: 3 });
  });
});

describe('addSplits', () => {
  it('adds rows up; the tail ends with the last', () => {
    const one = splitBacklog(listOf({ putOff: putOffOf(10, NOW, NOW + 100) }), []);
    const other = splitBacklog(listOf({ putOff: putOffOf(20, NOW, NOW + 500) }), []);

    expect(addSplits([one, other])).toMatchObject({ main: 90, tail: 30, tailUntil: NOW + 500 });
    expect(addSplits([])).toMatchObject({ main: 0, tail: 0, tailUntil: undefined, isMainAbout: false });
  });
});

describe('secondsFor', () => {
  it.each([
    [0, 0, 0],
    [100, 60, 100],
    [1, 60_000, 1],
    [100, 0, undefined],
  ])('%d rows at %d a minute take %s s', (rows, perMinute, seconds) => {
    expect(secondsFor(rows, perMinute)).toBe(seconds);
  });
});
