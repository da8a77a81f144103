import { describe, expect, it } from 'vitest';
import type { PacePart } from '../../src/domain/figures.ts';
import { paceOf } from '../../src/domain/pace.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../../src/domain/verdict.ts';

const NOW = 600_030; // half a minute into one

const minute = (startsAt: number, counts: Partial<OutcomeCounts>, userId = 5): PacePart => ({
  startsAt,
  server: 'alpha',
  userId,
  share: 0,
  workers: 0,
  rowsInHand: 0,
  counts: { ...NO_OUTCOMES, ...counts },
});

describe('paceOf', () => {
  const ground = (pace: readonly PacePart[], beganAt = 0) => ({
    readAt: NOW,
    pace,
    servers: [{ server: 'alpha', beganAt }],
  });

  it('is nothing of the whole time where nobody worked', () => {
    expect(paceOf(ground([]), 300)).toEqual({
      seconds: 300,
      counts: NO_OUTCOMES,
      decidedPerMinute: 0,
      answeredPerMinute: 0,
    });
  });

  it('is the mean of the time, with the minute in which it began', () => {
    const minutes = [599_640, 599_700, 599_760, 599_820, 599_880, 599_940, 600_000];
    const pace = minutes.map((at) => minute(at, { valid: 50, unknown: 5, deferred: 11 }));

    const { seconds, counts, decidedPerMinute, answeredPerMinute } = paceOf(ground(pace), 300);

    expect(seconds).toBe(330); // from 599,700
    expect(counts).toEqual({ ...NO_OUTCOMES, valid: 300, unknown: 30, deferred: 66 });
    expect([decidedPerMinute, answeredPerMinute]).toEqual([60, 72]);
  });

  it('begins with the first work, and with the cycle that did it', () => {
    const pace = [minute(599_940, { valid: 30 }), minute(600_000, { valid: 70 })];

    expect(paceOf(ground(pace), 300).seconds).toBe(90);
    expect(paceOf(ground(pace, 599_980), 300)).toMatchObject({ seconds: 50, decidedPerMinute: 120 });
  });

  it('begins with the minute where others than those who worked in it have begun since', () => {
    const pace = [minute(600_000, { valid: 70 })];
    const idle = { server: 'beta', beganAt: 600_028 };

    expect(
      paceOf({ ...ground(pace), servers: [{ server: 'alpha', beganAt: 599_900 }, idle] }, 300),
    ).toMatchObject({ seconds: 30, decidedPerMinute: 140, answeredPerMinute: 140 });
    expect(paceOf({ ...ground(pace), servers: [idle] }, 300).seconds).toBe(30);
    const since = [minute(599_940, { valid: 30 }), minute(600_000, { valid: 70 })];
    expect(paceOf(ground(since, 600_028), 300)).toMatchObject({ seconds: 90, answeredPerMinute: 100 / 1.5 });
  });

  it('slows down when nothing more comes', () => {
    expect(paceOf(ground([minute(599_730, { valid: 100 })]), 300).decidedPerMinute).toBe(20);
  });

  it('leaves pauses out of how fast rows leave the queue', () => {
    const pace = [minute(599_760, { valid: 100, deferred: 20 }), minute(600_000, { deferred: 60 })];

    // A minute and half a minute at work, within four and a half.
    expect(paceOf(ground(pace), 300)).toMatchObject({ seconds: 270, answeredPerMinute: 120 });
    // The cycle that works now began ten seconds ago: the minute before was none of its.
    expect(paceOf(ground(pace, 600_020), 300).answeredPerMinute).toBeCloseTo(180 / (70 / 60));
  });

  it('is that of one user where one is named', () => {
    const pace = [minute(600_000, { valid: 10 }), minute(600_000, { valid: 30 }, 8)];

    expect(paceOf(ground(pace), 300, 8)).toMatchObject({ decidedPerMinute: 60, counts: { valid: 30 } });
  });
});
