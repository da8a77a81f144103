import { describe, expect, it } from 'vitest';
import type { Complaint } from '../../src/domain/complaint.ts';
import {
  afterAnswers,
  afterComplaint,
  afterSessions,
  closurePolicy,
  connectionsNow,
  isGivenUp,
  unknownDestination,
  type DestinationState,
} from '../../src/domain/destination-state.ts';

const bounds = { start: 2, max: 8 };
const POLICY = closurePolicy([300, 900, 3600]);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function complaint(over: Partial<Complaint>): Complaint {
  const base = {
    type: 'block',
    stage: 'rcpt',
    code: 550,
    host: 'mx',
    said: '550 no',
    domain: 'a.test',
  } as const;
  return { ...base, isAfterAnswers: false, ...over };
}

interface Heard extends Partial<Complaint> {
  readonly open?: number;
  readonly isProvider?: boolean;
  readonly isShared?: boolean;
  /** Minutes since the beginning. */
  readonly at?: number;
}

/** What becomes of a destination that says all this, one after the other. */
function after(heard: readonly (Heard | 'good')[], state = unknownDestination(bounds)): DestinationState {
  let at = 0;
  return heard.reduce<DestinationState>((before, one) => {
    if (one === 'good') return afterAnswers(before, ['accepted'], bounds, at * MINUTE);
    at = one.at ?? at;
    const { open = 1, isProvider = false, isShared = false, at: _, ...over } = one;
    const hearing = { now: at * MINUTE, open, isProvider, isShared };
    return afterComplaint(before, complaint(over), hearing, POLICY);
  }, state);
}

const of = (domain: string, over: Heard = {}): Heard => ({ domain, ...over });
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('what closes a destination', () => {
  it.each<{ readonly why: string; readonly heard: readonly (Heard | 'good')[]; readonly closes: boolean }>([
    { why: 'a block before anybody was asked about', heard: [{ stage: 'greeting' }], closes: true },
    { why: 'a block of our MAIL', heard: [{ stage: 'mail' }], closes: true },
    { why: 'one block at RCPT', heard: [of('a')], closes: false },
    { why: 'three blocks from two domains', heard: [of('a'), of('a'), of('b')], closes: true },
    { why: 'the same with an answer in between', heard: [of('a'), of('a'), 'good', of('b')], closes: false },
    {
      why: 'the same with an answer that only the worker has heard yet',
      heard: [of('a'), of('a'), of('b', { isAfterAnswers: true })],
      closes: false,
    },
    { why: 'five blocks of the only domain of a host', heard: times(5, of('a')), closes: true },
    { why: 'four of them', heard: times(4, of('a')), closes: false },
    { why: 'one domain of several', heard: times(20, of('a', { isShared: true })), closes: false },
    { why: 'one domain at a provider', heard: times(20, of('a', { isProvider: true })), closes: false },
    {
      why: 'two domains at a provider',
      heard: [...times(2, of('a', { isProvider: true })), of('b', { isProvider: true })],
      closes: true,
    },
    { why: 'a throttle at RCPT', heard: [{ type: 'throttle', code: 450 }], closes: true },
    {
      why: 'a refused connection, alone',
      heard: [{ type: 'throttle', stage: 'greeting', code: 421 }],
      closes: true,
    },
    {
      why: 'one beside others',
      heard: [{ type: 'throttle', stage: 'greeting', code: 421, open: 3 }],
      closes: false,
    },
    {
      why: 'one beside others that names a time',
      heard: [{ type: 'throttle', stage: 'greeting', code: 421, open: 3, waitSeconds: 300 }],
      closes: true,
    },
    {
      why: 'the end of a session that had answers',
      heard: [{ type: 'throttle', code: 421, isAfterAnswers: true }],
      closes: false,
    },
  ])('$why: $closes', ({ heard, closes }) => {
    expect(after(heard).closure !== undefined).toBe(closes);
  });
});

describe('how long it is closed', () => {
  it.each<{ readonly why: string; readonly heard: readonly Heard[]; readonly untilMinute: number }>([
    { why: 'a block: an hour', heard: [{ stage: 'mail' }], untilMinute: 60 },
    { why: 'however many sessions hear of it', heard: times(5, { stage: 'mail' } as const), untilMinute: 60 },
    {
      why: 'again when it is tried: two',
      heard: [{ stage: 'mail' }, { stage: 'mail', at: 60 }],
      untilMinute: 180,
    },
    { why: 'a throttle: a quarter', heard: [{ type: 'throttle', code: 450 }], untilMinute: 15 },
    {
      why: 'a time that is named',
      heard: [{ type: 'throttle', code: 450, waitSeconds: 300 }],
      untilMinute: 5,
    },
    {
      why: 'one that is too long',
      heard: [{ type: 'throttle', code: 450, waitSeconds: 99_999 }],
      untilMinute: 60,
    },
    {
      why: 'a block outweighs a throttle',
      heard: [
        { type: 'throttle', code: 450 },
        { stage: 'mail', at: 1 },
      ],
      untilMinute: 61,
    },
    {
      why: 'a throttle shortens no block',
      heard: [{ stage: 'mail' }, { type: 'throttle', code: 450, at: 1 }],
      untilMinute: 60,
    },
  ])('$why', ({ heard, untilMinute }) => {
    expect(after(heard).closure?.until).toBe(untilMinute * MINUTE);
  });

  it.each([
    ['no time at all', 0],
    ['a moment', 1],
    ['five minutes', 300],
  ])('is at least twice as long when it asked for %s and refuses us all the same', (_, waitSeconds) => {
    let state = unknownDestination(bounds);
    const waits = times(14, 0).map(() => {
      const hearing = { now: state.closure?.until ?? 0, open: 1, isProvider: false, isShared: false };
      const said = complaint({ type: 'throttle', stage: 'greeting', code: 421, waitSeconds });
      state = afterComplaint(state, said, hearing, POLICY);
      return state.closure!.waitSeconds;
    });

    const first = Math.max(waitSeconds, 1);
    expect(waits).toEqual(waits.map((_wait, index) => Math.min(first * 2 ** index, 4 * 3600)));
  });

  it('is never no time, even where nothing is to wait: its rows are given up at once', () => {
    const policy = closurePolicy([]);
    const hearing = { now: 0, open: 1, isProvider: false, isShared: false };
    const said = complaint({ type: 'throttle', stage: 'greeting', code: 421 });

    const state = afterComplaint(unknownDestination(bounds), said, hearing, policy);

    expect([connectionsNow(state, 0), isGivenUp(state, 0, policy)]).toEqual([0, true]);
  });

  it('doubles up to a day', () => {
    const ends = times(8, 0).reduce<DestinationState>(
      (state) =>
        afterComplaint(
          state,
          complaint({ stage: 'mail' }),
          { now: state.closure?.until ?? 0, open: 1, isProvider: false, isShared: false },
          POLICY,
        ),
      unknownDestination(bounds),
    );

    expect(ends.closure?.waitSeconds).toBe(24 * 3600);
  });

  it('is as long as the schedule says where that was shortened on purpose, whatever the host names', () => {
    const hearing = { now: 0, open: 1, isProvider: false, isShared: false };
    const throttled = complaint({ type: 'throttle', code: 450, waitSeconds: 300 });

    const { closure } = afterComplaint(unknownDestination(bounds), throttled, hearing, closurePolicy([1, 2]));

    expect(closure?.until).toBe(1000);
  });
});

describe('a closed destination', () => {
  const closed = after([{ stage: 'mail' }]);

  it('sees nobody, then one connection, and with a good answer opens again', () => {
    const late = afterAnswers(closed, ['accepted'], bounds, 59 * MINUTE);
    const tried = afterAnswers(late, ['accepted'], bounds, HOUR);

    expect([closed, late].map((state) => connectionsNow(state, 59 * MINUTE))).toEqual([0, 0]);
    expect(connectionsNow(late, HOUR)).toBe(1);
    expect(tried.closure).toBeUndefined();
  });

  it('learns nothing of how many it bears from sessions on their way out', () => {
    expect(afterSessions(closed, 40, bounds, 59 * MINUTE)).toBe(closed);
    expect(afterSessions(unknownDestination(bounds), 40, bounds, 0).window.limit).toBe(3);
  });

  it('is given up when rows of its kind have waited as long as they may', () => {
    // 1 + 4 + 12 + 24 hours
    expect([40, 41].map((hours) => isGivenUp(closed, hours * HOUR, POLICY))).toEqual([false, true]);
    expect(isGivenUp(unknownDestination(bounds), 999 * HOUR, POLICY)).toBe(false);
  });

  it('has half of its window when it opens', () => {
    expect(after([{ stage: 'mail' }], { window: { limit: 8, credit: 0 } }).window.limit).toBe(4);
  });
});
