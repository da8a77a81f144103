import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartPace, type StartPolicy } from '../../src/pool/start-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function policy(own: Partial<StartPolicy>): StartPolicy {
  return { first: 4, sessions: 20, patienceMs: 300, busyPatienceMs: 3_000, idleShare: () => 1, ...own };
}

/** Starts as many as may be for work that waits; gives how many that were. */
function startAll(pace: StartPace, alive: number): number {
  const allowed = pace.allowed(alive, true);
  for (let started = 0; started < allowed; started++) pace.started();
  return allowed;
}

function allArrive(pace: StartPace, count: number): void {
  for (let arrived = 0; arrived < count; arrived++) pace.arrived();
}

describe('StartPace', () => {
  it('starts few at first, and twice as many whenever work has waited for these', () => {
    const changed = vi.fn<() => void>();
    const pace = new StartPace(policy({ first: 4 }), { sessions: 20, processes: 50 }, changed);
    const rounds = [startAll(pace, 0), startAll(pace, 4)];

    allArrive(pace, 4);
    rounds.push(startAll(pace, 4));
    vi.advanceTimersByTime(300);
    rounds.push(startAll(pace, 4));
    allArrive(pace, 8);
    rounds.push(startAll(pace, 12));
    vi.advanceTimersByTime(300);
    rounds.push(startAll(pace, 12));

    expect(rounds).toEqual([4, 0, 0, 8, 0, 16]);
    expect(changed).toHaveBeenCalledTimes(4 + 1 + 8 + 1);
  });

  it('says nothing any more to whoever gives no more work', () => {
    const changed = vi.fn<() => void>();
    const pace = new StartPace(policy({ first: 1 }), { sessions: 20, processes: 50 }, changed);
    startAll(pace, 0);
    allArrive(pace, 1);
    startAll(pace, 1);

    pace.stopWaiting();
    vi.advanceTimersByTime(3_000);

    expect([changed.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('waits for the last of a round', () => {
    const pace = new StartPace(policy({ first: 2 }), { sessions: 20, processes: 50 }, () => {});
    startAll(pace, 0);

    allArrive(pace, 1);
    startAll(pace, 2);
    vi.advanceTimersByTime(300);

    expect(startAll(pace, 2)).toBe(0);
  });

  it('counts the time from when work began to wait', () => {
    const pace = new StartPace(policy({ first: 2 }), { sessions: 20, processes: 50 }, () => {});
    startAll(pace, 0);
    allArrive(pace, 2);

    startAll(pace, 2);
    vi.advanceTimersByTime(200);
    pace.allowed(2, false);
    startAll(pace, 2);
    vi.advanceTimersByTime(200);

    expect(startAll(pace, 2)).toBe(0);
  });

  it('waits while the processors have no time to spare, but not for ever', () => {
    const pace = new StartPace(
      policy({ first: 1, idleShare: () => 0.3 }),
      { sessions: 20, processes: 50 },
      () => {},
    );
    startAll(pace, 0);
    allArrive(pace, 1);
    startAll(pace, 1);

    vi.advanceTimersByTime(2_999);
    const meanwhile = startAll(pace, 1);
    vi.advanceTimersByTime(1);

    expect([meanwhile, startAll(pace, 1)]).toEqual([0, 2]);
  });

  it('goes by how busy they were while work waited', () => {
    const shares = [1, 0.3, 0.4]; // before it did; in the first of its time; after
    const pace = new StartPace(
      policy({ first: 1, idleShare: () => shares.shift()! }),
      { sessions: 20, processes: 50 },
      () => {},
    );
    startAll(pace, 0);
    allArrive(pace, 1);
    startAll(pace, 1);

    vi.advanceTimersByTime(599);
    const early = startAll(pace, 1);
    vi.advanceTimersByTime(1);

    expect([early, startAll(pace, 1)]).toEqual([0, 2]);
  });

  it('keeps what of a round was not needed', () => {
    const pace = new StartPace(policy({ first: 4 }), { sessions: 20, processes: 50 }, () => {});
    pace.allowed(0, true);
    pace.started();

    expect(pace.allowed(1, false)).toBe(3);
  });

  it('lets whoever died be replaced at once', () => {
    const pace = new StartPace(
      policy({ first: 4, idleShare: () => 0 }),
      { sessions: 20, processes: 50 },
      () => {},
    );
    startAll(pace, 0);
    allArrive(pace, 4);

    expect([pace.allowed(4, true), pace.allowed(3, true), pace.allowed(1, true)]).toEqual([0, 1, 3]);
  });

  it('begins again when none is left', () => {
    const pace = new StartPace(policy({ first: 2 }), { sessions: 20, processes: 50 }, () => {});
    startAll(pace, 0);

    expect(startAll(pace, 0)).toBe(2);
  });

  it('has each hold twice the sessions first, as many as it may, and starts others only then', () => {
    const changed = vi.fn<() => void>();
    const pace = new StartPace(policy({ first: 1, sessions: 20 }), { sessions: 60, processes: 50 }, changed);
    startAll(pace, 0);
    allArrive(pace, 1);
    const [sessions, starts]: [number[], number[]] = [[], []];
    for (let round = 0; round < 3; round++) {
      sessions.push(pace.sessions);
      startAll(pace, 1);
      vi.advanceTimersByTime(300);
      starts.push(startAll(pace, 1));
    }

    expect([sessions, starts]).toEqual([
      [20, 40, 60],
      [0, 0, 2],
    ]);
    expect(changed).toHaveBeenCalledTimes(1 + 3);
  });

  it('has none hold more where the processors have no time to spare', () => {
    const pace = new StartPace(
      policy({ first: 1, idleShare: () => 0.3 }),
      { sessions: 60, processes: 50 },
      () => {},
    );
    startAll(pace, 0);
    allArrive(pace, 1);
    startAll(pace, 1);

    vi.advanceTimersByTime(3_000);

    expect([pace.sessions, startAll(pace, 1)]).toEqual([20, 2]);
  });

  it('has each hold more as soon as processors have time to spare, when no other can be started', () => {
    let share = 0.3;
    const changed = vi.fn<() => void>();
    const own = policy({ first: 1, idleShare: () => share });
    const pace = new StartPace(own, { sessions: 60, processes: 1 }, changed);
    startAll(pace, 0);
    allArrive(pace, 1);
    startAll(pace, 1);
    vi.advanceTimersByTime(6_000);
    const busy = [pace.sessions, startAll(pace, 1)];

    share = 1;
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(300);
      startAll(pace, 1);
    }

    expect([busy, pace.sessions, vi.getTimerCount()]).toEqual([[20, 0], 60, 0]);
    expect(changed).toHaveBeenCalledTimes(1 + 2);
  });

  it('starts all at once without a policy', () => {
    const pace = new StartPace(undefined, { sessions: 20, processes: 50 }, () => {});

    expect(pace.allowed(0, true)).toBe(Infinity);
  });
});
