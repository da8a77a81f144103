import { describe, expect, it } from 'vitest';
import { adjustWindow, openWindow } from '../../src/domain/concurrency-window.ts';
import type { Reason } from '../../src/domain/reason.ts';

const bounds = { start: 2, max: 8 };
const good = (count: number): Reason[] => Array.from({ length: count }, () => 'accepted');

describe('adjustWindow', () => {
  it.each([
    { limit: 2, answers: good(1), after: 2, why: 'one good answer of two' },
    { limit: 2, answers: good(2), after: 3, why: 'a good answer for each connection' },
    { limit: 8, answers: good(50), after: 8, why: 'it never passes the maximum' },
    {
      limit: 8,
      answers: [...good(20), 'rate-limited'] as Reason[],
      after: 4,
      why: 'a throttle halves it, whatever else was good',
    },
    { limit: 3, answers: ['policy-block'] as Reason[], after: 1, why: 'a block halves it' },
    { limit: 1, answers: ['rate-limited'] as Reason[], after: 1, why: 'it never closes' },
    {
      limit: 2,
      answers: ['timeout', 'timeout', 'connection-lost'] as Reason[],
      after: 2,
      why: 'failures open nothing',
    },
    {
      limit: 2,
      answers: ['mailbox-not-found', 'mailbox-not-found'] as Reason[],
      after: 3,
      why: 'a refused mailbox is a good answer',
    },
  ])('goes from $limit to $after: $why', ({ limit, answers, after }) => {
    expect(adjustWindow({ limit, credit: 0 }, answers, bounds).limit).toBe(after);
  });

  it('adds up good answers over several calls', () => {
    const first = adjustWindow(openWindow(bounds), good(1), bounds);

    expect(adjustWindow(first, good(1), bounds)).toEqual({ limit: 3, credit: 0 });
  });
});
