import { describe, expect, it } from 'vitest';
import {
  clockDifference,
  judgeClock,
  judgeConnections,
  judgeRights,
  judgeSchema,
} from '../../../src/cli/doctor/database.ts';

describe('clockDifference', () => {
  // Our clock, in milliseconds around second 1000.
  it.each([
    { case: 'the same second', seconds: 1000, asked: 1_000_100, answered: 1_000_200, difference: 0 },
    {
      case: 'a second that began while it was asked',
      seconds: 1001,
      asked: 1_000_900,
      answered: 1_001_100,
      difference: 0,
    },
    {
      case: 'a second that had just ended',
      seconds: 999,
      asked: 1_000_400,
      answered: 1_000_500,
      difference: 0,
    },
    { case: 'a clock ahead', seconds: 1010, asked: 1_000_400, answered: 1_000_500, difference: 9 },
    { case: 'a clock behind', seconds: 990, asked: 1_000_400, answered: 1_000_500, difference: -9 },
    {
      case: 'a slow answer, which may explain it',
      seconds: 1004,
      asked: 1_000_000,
      answered: 1_005_000,
      difference: 0,
    },
  ])('knows $case', ({ seconds, asked, answered, difference }) => {
    expect(clockDifference({ seconds, askedAtMs: asked, answeredAtMs: answered })).toBe(difference);
  });
});

describe('judgeClock', () => {
  const at = (seconds: number) => judgeClock({ seconds, askedAtMs: 1_000_400, answeredAtMs: 1_000_500 });

  it.each([
    [1002, 'ok'],
    [1004, 'warning'],
    [996, 'warning'],
  ] as const)('of a clock at %i is %s', (seconds, grade) => {
    expect(at(seconds).grade).toBe(grade);
  });

  it('says which clock is ahead', () => {
    expect(at(1010).text).toContain('the database’s is 9 s ahead of this machine’s');
    expect(at(990).text).toContain('the database’s is 9 s behind this machine’s');
  });
});

it.each([
  [{ max: 151, mostUsed: 20, maxPerUser: undefined }, 'ok'],
  [{ max: 151, mostUsed: 20, maxPerUser: 10 }, 'ok'],
  [{ max: 151, mostUsed: 20, maxPerUser: 1 }, 'warning'],
  [{ max: 151, mostUsed: 150, maxPerUser: undefined }, 'warning'],
] as const)('judges connections %j as %s', (connections, grade) => {
  expect(judgeConnections(connections).grade).toBe(grade);
});

it('names what is missing, and what makes it', () => {
  expect(judgeSchema([])).toMatchObject({ grade: 'ok' });
  expect(judgeSchema(['table svc_turn', 'index svc_pending of emails'])).toMatchObject({
    grade: 'failure',
    text: 'missing: table svc_turn, index svc_pending of emails',
    next: expect.stringContaining('migrate') as string,
  });
  expect(judgeRights([])).toMatchObject({ grade: 'ok' });
  expect(judgeRights(['SELECT ON svc_turn', 'INSERT ON svc_row', 'DELETE ON svc_row'])).toMatchObject({
    grade: 'failure',
    text: 'missing: SELECT ON svc_turn; INSERT, DELETE ON svc_row',
    next: expect.stringContaining('deploy/grants.sql') as string,
  });
});
