import { describe, expect, it } from 'vitest';
import {
  adjustWindow,
  afterGoodSessions,
  openWindow,
  refusedConnection,
  type ConcurrencyWindow,
} from '../../src/domain/concurrency-window.ts';
import type { Reason } from '../../src/domain/reason.ts';

const bounds = { start: 2, max: 8 };
const NOW = 1_000_000;
const DAY_MS = 86_400_000;
const good = (count: number): Reason[] => Array.from({ length: count }, () => 'accepted');
const ceiling = { limit: 4, until: NOW + 1 };

describe('adjustWindow', () => {
  it.each([
    { limit: 1, answers: good(1), after: 2, why: 'up to its start each connection needs one good answer' },
    { limit: 2, answers: good(5000), after: 2, why: 'further up answers tell nothing of connections' },
    {
      limit: 8,
      answers: [...good(20), 'too-many-recipients'] as Reason[],
      after: 4,
      why: 'a throttle halves it',
    },
    { limit: 3, answers: ['policy-block'] as Reason[], after: 1, why: 'a block halves it' },
    { limit: 1, answers: ['rate-limited'] as Reason[], after: 1, why: 'it never closes' },
    {
      limit: 1,
      answers: ['timeout', 'connection-lost'] as Reason[],
      after: 1,
      why: 'failures open nothing',
    },
    {
      limit: 1,
      answers: ['sender-rejected', 'ambiguous-reply'] as Reason[],
      after: 1,
      why: 'nor does what is said against us',
    },
    {
      limit: 1,
      answers: ['mailbox-not-found'] as Reason[],
      after: 2,
      why: 'a refused mailbox is a good answer',
    },
    { limit: 3, ceiling, answers: good(3), after: 4, why: 'below a ceiling it is known what is borne' },
    { limit: 4, ceiling, answers: good(5000), after: 4, why: 'a ceiling is not climbed into again' },
  ])('goes from $limit to $after: $why', ({ limit, answers, after, ceiling: known }) => {
    const window: ConcurrencyWindow = { limit, credit: 0, ceiling: known };
    expect(adjustWindow(window, answers, bounds, NOW).limit).toBe(after);
  });

  it('adds up good answers over several calls', () => {
    const window: ConcurrencyWindow = { limit: 3, credit: 0, ceiling };
    const halfway = adjustWindow(window, good(2), bounds, NOW);

    expect(halfway.limit).toBe(3);
    expect(adjustWindow(halfway, good(1), bounds, NOW)).toMatchObject({ limit: 4, credit: 0 });
  });
});

describe('afterGoodSessions', () => {
  it.each([
    { limit: 2, sessions: 19, after: 2, why: 'nobody knows what is borne' },
    { limit: 2, sessions: 20, after: 3, why: 'twenty went well' },
    { limit: 1, sessions: 500, after: 1, why: 'below its start answers are what counts' },
    { limit: 8, sessions: 500, after: 8, why: 'it never passes the maximum' },
    { limit: 4, ceiling, sessions: 500, after: 4, why: 'a ceiling is not climbed into again' },
    {
      limit: 4,
      ceiling: { ...ceiling, until: NOW },
      sessions: 20,
      after: 5,
      why: 'one is forgotten in the end',
    },
  ])('goes from $limit to $after by $sessions: $why', ({ limit, sessions, after, ceiling: known }) => {
    const window: ConcurrencyWindow = { limit, credit: 0, ceiling: known };
    expect(afterGoodSessions(window, sessions, bounds, NOW).limit).toBe(after);
  });

  it('adds them up over several calls', () => {
    const halfway = afterGoodSessions(openWindow(bounds), 13, bounds, NOW);

    expect(afterGoodSessions(halfway, 7, bounds, NOW)).toMatchObject({ limit: 3, credit: 0 });
  });
});

describe('refusedConnection', () => {
  it.each([
    { limit: 3, open: 3, after: 1, bears: 2 },
    { limit: 8, open: 8, after: 4, bears: 7 },
    { limit: 2, open: 2, after: 1, bears: 1 },
    { limit: 4, open: 4, known: 2, after: 2, bears: 2 },
  ])('halves $limit and remembers for a day that $bears are borne when one of $open was refused', (given) => {
    const known = given.known === undefined ? undefined : { limit: given.known, until: NOW + 1 };

    expect(refusedConnection({ limit: given.limit, credit: 0.5, ceiling: known }, given.open, NOW)).toEqual({
      limit: given.after,
      credit: 0,
      ceiling: { limit: given.bears, until: NOW + DAY_MS },
    });
  });
});
