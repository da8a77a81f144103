import { describe, expect, it } from 'vitest';
import {
  clockDifference,
  judgeClock,
  judgeConnections,
  judgeHidden,
  judgeRights,
  judgeSchema,
  partSentence,
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
  expect(judgeSchema(['table svc_turn', 'table svc_row', 'index svc_pending of emails'])).toMatchObject({
    grade: 'failure',
    text: 'missing: tables svc_turn, svc_row; index svc_pending of emails',
    next: expect.stringContaining('migrate') as string,
  });
  expect(judgeSchema(Array.from({ length: 9 }, (_, n) => `table t${n}`)).text).toBe(
    'missing: tables t0, t1, t2, t3, t4, t5 and 3 more',
  );
  expect(judgeSchema(['table a', 'column x of a', 'column y of b']).text).toBe(
    'missing: table a; column y of b',
  );
  expect(judgeRights([], false)).toMatchObject({ grade: 'ok' });
  expect(judgeRights([], true)).toMatchObject({ grade: 'warning' });
  const lacking = ['SELECT ON emails', ...['a', 'b'].flatMap((t) => [`INSERT ON ${t}`, `DELETE ON ${t}`])];
  expect(judgeRights(lacking, true)).toMatchObject({
    grade: 'failure',
    text: 'missing: SELECT ON emails; INSERT, DELETE ON a, b',
    next: expect.stringContaining('deploy/grants.sql') as string,
  });
  const [emails, lists] = ['UPDATE (a, b) ON emails', 'UPDATE (status) ON csv_list'];
  expect(judgeRights([emails!, lists!], false)).toMatchObject({
    grade: 'warning',
    text: expect.stringContaining('enough for run --shadow and compare') as string,
  });
  expect(judgeRights([lists!], false)).toMatchObject({ grade: 'failure' });
  expect(judgeRights([emails!, lists!, 'SELECT ON svc_turn'], false)).toMatchObject({ grade: 'failure' });
});

it.each([
  [
    'MySQL at h:1, database crm, is not reachable (ECONNREFUSED); check host and port, and that the server runs',
    'MySQL at h:1, database crm, is not reachable (ECONNREFUSED)',
    'Check host and port, and that the server runs.',
  ],
  [
    'MySQL at h:1, database crm, takes no writes (read-only); name the primary in the settings, or end its read_only; nothing more is claimed now; rows this server held are due again',
    'MySQL at h:1, database crm, takes no writes (read-only)',
    'Name the primary in the settings, or end its read_only.',
  ],
  [
    'there is no embedded database x.db yet; set them, or run "smtp-validate-cron migrate" to make it',
    'there is no embedded database x.db yet',
    'Set them, or run "smtp-validate-cron migrate" to make it.',
  ],
  [
    'the svc_* tables of this database are of version 9, and this program knows them up to version 4: a newer smtp-validate-cron has migrated them; nothing was done. Update this server as well',
    'the svc_* tables of this database are of version 9, and this program knows them up to version 4: a newer smtp-validate-cron has migrated them',
    'Update this server as well.',
  ],
  ['something else', 'something else', expect.stringContaining('config print --origin')],
])('parts "%s"', (message, what, next) => {
  expect(partSentence(message)).toEqual({ what, next });
});

it('warns of exclusions that the account may not read, and of nothing else', () => {
  expect(judgeHidden([])).toEqual([]);
  expect(judgeHidden(['exclude_accounts', 'exclude_domains'])).toMatchObject([
    {
      grade: 'warning',
      about: 'exclusions',
      text: expect.stringContaining('may not read exclude_accounts and exclude_domains') as string,
    },
  ]);
});
