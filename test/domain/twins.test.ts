import { describe, expect, it } from 'vitest';
import type { ClaimedRow } from '../../src/domain/row.ts';
import { dealWith, takeAwaited, takeKnown, type Answer, type Twin } from '../../src/domain/twins.ts';
import { someResult } from '../support/some-result.ts';

const row: ClaimedRow = {
  id: 20,
  listId: 9,
  email: ' ann@example.com',
  attempts: 1,
  throttles: 0,
  token: 'mine',
};
const SCHEDULE = [300, 900];

function answer(result: Partial<Answer> = {}): Answer {
  const { token: _, ...kept } = someResult({ id: 17, listId: 3, email: 'ann@example.com' });
  return { ...kept, stage: 'rcpt', text: 'ok', transcript: 'C: RCPT', ...result };
}

const putOff = (result: Partial<Answer> = {}): Answer =>
  answer({ status: 'deferred', reason: 'greylisted', code: 450, retryInSeconds: 300, ...result });
const decided = (obtainedAt: number): Twin => ({ type: 'decided', answer: answer(), obtainedAt });
const waits = (obtainedAt: number): Twin => ({ type: 'waits', answer: putOff(), obtainedAt });
const held: Twin = { type: 'held' };

describe('dealWith', () => {
  it.each([
    { what: 'asks where nothing is known', askedAt: undefined, twins: [], dealing: { type: 'ask' } },
    {
      what: 'takes a verdict',
      askedAt: undefined,
      twins: [decided(5)],
      dealing: { type: 'take', twin: decided(5) },
    },
    {
      what: 'takes the latest verdict',
      askedAt: undefined,
      twins: [decided(5), decided(7), decided(6)],
      dealing: { type: 'take', twin: decided(7) },
    },
    {
      what: 'takes a verdict before all else',
      askedAt: undefined,
      twins: [waits(9), held, decided(5)],
      dealing: { type: 'take', twin: decided(5) },
    },
    {
      what: 'leaves a row to the server that holds its twin',
      askedAt: 3,
      twins: [held],
      dealing: { type: 'put-off' },
    },
    {
      what: 'waits for the newer answer',
      askedAt: undefined,
      twins: [waits(9), held],
      dealing: { type: 'put-off' },
    },
    { what: 'joins a wait', askedAt: 8, twins: [waits(9)], dealing: { type: 'take', twin: waits(9) } },
    { what: 'joins no wait that is its own', askedAt: 9, twins: [waits(9)], dealing: { type: 'ask' } },
    {
      what: 'takes no verdict again that it had before',
      askedAt: 5,
      twins: [decided(5)],
      dealing: { type: 'ask' },
    },
    {
      what: 'takes a verdict that came after it was put off',
      askedAt: 5,
      twins: [decided(6)],
      dealing: { type: 'take', twin: decided(6) },
    },
  ] as const)('$what', ({ askedAt, twins, dealing }) => {
    expect(dealWith(askedAt, twins)).toEqual(dealing);
  });
});

describe('takeKnown', () => {
  it('gives the row a verdict of its own, with the evidence, and says where it is from', () => {
    const { transcript: _, ...kept } = answer();

    expect(takeKnown(row, { type: 'decided', answer: answer(), obtainedAt: 77 })).toEqual({
      ...kept,
      id: 20,
      listId: 9,
      email: ' ann@example.com',
      token: 'mine',
      ms: 0,
      takenFrom: { rowId: 17, listId: 3, at: 77 },
    });
  });

  it('lets the row wait with its twin, which is no attempt of its own', () => {
    const twin = { type: 'waits', answer: putOff({ attempt: 3 }), obtainedAt: 77 } as const;

    expect(takeKnown(row, twin)).toMatchObject({ status: 'deferred', retryInSeconds: 300, attempt: 1 });
  });

  it('names the row that was asked about, and not who took it over', () => {
    const twin = {
      type: 'waits',
      answer: putOff({ takenFrom: { rowId: 4, listId: 2, at: 70 } }),
      obtainedAt: 70,
    } as const;

    expect(takeKnown(row, twin).takenFrom).toEqual({ rowId: 4, listId: 2, at: 70 });
  });
});

describe('takeAwaited', () => {
  it.each(['valid', 'invalid', 'catch-all'] as const)('gives the row the verdict %s', (status) => {
    const result = takeAwaited(row, answer({ status }), SCHEDULE, 0);

    expect(result).toMatchObject({ id: 20, token: 'mine', status, takenFrom: { rowId: 17, listId: 3 } });
    expect(result.retryInSeconds).toBeUndefined();
  });

  it.each([
    {
      what: 'waits with its twin to the second, and counts the attempt',
      from: putOff({ attempt: 4, retryInSeconds: 317 }),
      becomes: { status: 'deferred', retryInSeconds: 317, attempt: 2, throttles: 0 },
    },
    {
      what: 'counts a throttled probe among its throttles',
      from: putOff({ reason: 'rate-limited', attempt: 4, throttles: 4 }),
      becomes: { status: 'deferred', retryInSeconds: 300, attempt: 2, throttles: 1 },
    },
    {
      what: 'waits on by its own schedule where only the attempts of its twin are used up',
      from: answer({ status: 'unknown', reason: 'greylisted', code: 450, attempt: 4 }),
      becomes: { status: 'deferred', retryInSeconds: 900, attempt: 2, throttles: 0 },
    },
    {
      what: 'is unknown where its own are used up as well',
      attempts: 3,
      from: answer({ status: 'unknown', reason: 'greylisted', code: 450, attempt: 4 }),
      becomes: { status: 'unknown', retryInSeconds: undefined, attempt: 4 },
    },
    {
      what: 'is unknown where time will not settle it',
      from: answer({ status: 'unknown', reason: 'ambiguous-reply', code: 550, attempt: 1 }),
      becomes: { status: 'unknown', retryInSeconds: undefined, attempt: 2 },
    },
    {
      what: 'is unknown where nothing is ever asked again',
      from: answer({ status: 'unknown', reason: 'accepted-unverified', code: 252, attempt: 1 }),
      becomes: { status: 'unknown', retryInSeconds: undefined, attempt: 2 },
    },
  ])('$what', ({ from, becomes, attempts = 1 }) => {
    expect(takeAwaited({ ...row, attempts }, from, SCHEDULE, 0)).toMatchObject(becomes);
  });
});
