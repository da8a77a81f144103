import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartPace } from '../../src/pool/start-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Starts as many as may be; gives how many that were. */
function startAll(pace: StartPace, alive: number): number {
  const allowed = pace.allowed(alive);
  for (let started = 0; started < allowed; started++) pace.started();
  return allowed;
}

function allArrive(pace: StartPace, count: number): void {
  for (let arrived = 0; arrived < count; arrived++) pace.arrived();
}

describe('StartPace', () => {
  it('starts few at first, and twice as many whenever these are ready and had their time', () => {
    const changed = vi.fn<() => void>();
    const pace = new StartPace({ first: 4, patienceMs: 300 }, changed);
    const rounds = [startAll(pace, 0), startAll(pace, 4)];

    allArrive(pace, 4);
    rounds.push(startAll(pace, 4));
    vi.advanceTimersByTime(300);
    rounds.push(startAll(pace, 4));
    allArrive(pace, 8);
    vi.advanceTimersByTime(300);
    rounds.push(startAll(pace, 12));

    expect(rounds).toEqual([4, 0, 0, 8, 16]);
    expect(changed).toHaveBeenCalledTimes(4 + 1 + 8 + 1);
  });

  it('waits for the last of a round', () => {
    const pace = new StartPace({ first: 2, patienceMs: 300 }, () => {});
    startAll(pace, 0);

    allArrive(pace, 1);
    vi.advanceTimersByTime(300);

    expect(startAll(pace, 2)).toBe(0);
  });

  it('keeps what of a round was not needed', () => {
    const pace = new StartPace({ first: 4, patienceMs: 300 }, () => {});
    pace.allowed(0);
    pace.started();

    expect(pace.allowed(1)).toBe(3);
  });

  it('begins again when none is left', () => {
    const pace = new StartPace({ first: 2, patienceMs: 300 }, () => {});
    startAll(pace, 0);

    expect(startAll(pace, 0)).toBe(2);
  });

  it('starts all at once without a policy', () => {
    const pace = new StartPace(undefined, () => {});

    expect(pace.allowed(0)).toBe(Infinity);
  });
});
