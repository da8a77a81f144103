// Addresses that stand in several lists, of one user and of several: the hosts are asked once, and every row has its
// verdict, its line in the log, its result in a batch file, and its evidence.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type ExpectedAddress, type World } from '../support/internet/world.ts';
import { hasMariadb, Installation, type Run } from '../e2e/installation.ts';
import { OtherServer } from '../e2e/other-server.ts';
import { askedTwice, verdictsAgree } from '../e2e/outcome.ts';

const single = makeWorld({ seed: 11, domains: 40, hosting: 'own', lists: [{ userId: 5, addresses: 150 }] });
const [{ addresses }] = single.lists as [World['lists'][number]];
const list = (userId: number, name: string, rows: readonly ExpectedAddress[]) => ({
  userId,
  name,
  addresses: rows,
});

/** The same list twice, and once more, backwards and with `blanks`, of another user. */
const threeTimes = (blanks: string): World => ({
  ...single,
  lists: [
    list(5, 'first', addresses),
    list(5, 'again', addresses),
    list(
      6,
      'of another user',
      addresses.toReversed().map((one) => ({ ...one, email: `${one.email}${blanks}` })),
    ),
  ],
});
const world = threeTimes('');

/** Those that a host answers at once, and that go over the wire as they stand in the list. */
const PLAIN = addresses.filter(
  ({ kind, email }) => (kind === 'accepted' || kind === 'unknown') && /^[\x20-\x7E]+$/.test(email),
);
const SETTINGS = { TOTAL_WORKERS_POOL: '6', MIN_WORKERS_PER_USER: '1', MAX_ROWS_PER_SLICE: '20' };

function timesAsked({ internet }: Installation): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { address } of internet.witness.recipients()) times.set(address, (times.get(address) ?? 0) + 1);
  return times;
}

describe.each([...(hasMariadb() ? (['mysql'] as const) : []), 'sqlite' as const])(
  'a list that is there three times, on %s',
  (database) => {
    let installation: Installation;
    let runs: Run[];

    beforeAll(async () => {
      // MariaDB compares without regard to blanks at the end; what SQLite takes for another text is asked about again.
      const lists = threeTimes(database === 'mysql' ? ' ' : '');
      installation = await Installation.make({ database, world: lists, latencyMs: 20, settings: SETTINGS });
      runs = await installation.runUntilDecided();
    }, 120_000);
    afterAll(async () => installation[Symbol.asyncDispose]());

    it('has every row decided rightly, with one question an address', async () => {
      expect(PLAIN.length).toBeGreaterThan(60);
      expect(await verdictsAgree(installation)).toBe(true);
      expect(askedTwice(installation)).toEqual([]);
      const times = timesAsked(installation);
      expect(PLAIN.filter(({ email }) => times.get(email) !== 1).map(({ email }) => email)).toEqual([]);
    });

    it('lets the rows of a greylisted address wait together', () => {
      const times = timesAsked(installation);
      const greylisted = addresses
        .filter(({ kind }) => kind === 'greylisting')
        .map(({ email }) => times.get(email));

      expect(greylisted.length).toBeGreaterThan(0);
      // Its three attempts, and one of each further row that was claimed when the first had been put off: a wait of seconds is
      // not shared. By itself each row would be asked about twice or three times.
      expect(Math.max(...greylisted.map((asked) => asked ?? 0))).toBeLessThanOrEqual(5);
    });

    it('has a line and a batch result for every row, in the files of its user', async () => {
      const rows = await installation.database.query<{ id: number; user_id: number }>(
        'SELECT id, user_id FROM emails',
      );
      const results = installation
        .batchFiles()
        .flatMap(({ user_id, results: of }) => of.map((result) => ({ user: user_id, ...result })))
        .filter((result) => (result as { status?: string }).status !== 'deferred') as {
        user: number;
        id?: number;
      }[];
      expect(results.map(({ id, user }) => `${id} ${user}`).toSorted()).toEqual(
        rows.map(({ id, user_id }) => `${id} ${user_id}`).toSorted(),
      );
      for (const userId of [5, 6]) {
        const lines = installation.logLines(new RegExp(`^user_${userId}_worker_`));
        const decided = lines.filter((line) => / EMAIL: .* STATUS: (?!deferred)/.test(line));
        expect(decided).toHaveLength(rows.filter(({ user_id }) => user_id === userId).length);
      }
    });

    it('counts each list by itself, and completes it', async () => {
      const counts = await installation.database.query(
        'SELECT valid_count, invalid_count, status FROM csv_list ORDER BY id',
      );
      expect(counts).toEqual([counts[0], counts[0], counts[0]]);
      expect(counts[0]).toMatchObject({ status: 'completed' });
    });

    it('says how many probes that saved, and of each row where its verdict is from', async () => {
      const saved = runs.map(({ stdout }) =>
        Number(/probes saved: (\d+) of an address/.exec(stdout)?.[1] ?? 0),
      );
      expect(saved.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2 * PLAIN.length);
      const [taken] = await installation.database.query<{ row_id: number; taken_from: number; list: number }>(
        "SELECT row_id, taken_from, taken_from_list AS list FROM svc_verdict WHERE taken_from IS NOT NULL AND status = 'valid'",
      );
      const { stdout } = await installation.run(['explain', `id:${taken!.row_id}`]);
      expect(stdout.replace(/\s+/g, ' ')).toContain(
        `for row ${taken!.taken_from} of list ${taken!.list} at `,
      );
    });

    it('leaves no claim', async () => {
      expect(await installation.database.query('SELECT row_id FROM svc_row')).toEqual([]);
    });
  },
);

it('asks once for each user where users are kept apart', async () => {
  await using installation = await Installation.make({
    database: hasMariadb() ? 'mysql' : 'sqlite',
    world,
    settings: { ...SETTINGS, SHARE_VERDICTS: 'false' },
  });

  await installation.runUntilDecided();

  const times = timesAsked(installation);
  expect(PLAIN.filter(({ email }) => times.get(email) !== 2).map(({ email }) => email)).toEqual([]);
  expect(await verdictsAgree(installation)).toBe(true);
}, 120_000);

it('asks nobody about a list that is uploaded again', async () => {
  await using installation = await Installation.make({
    database: hasMariadb() ? 'mysql' : 'sqlite',
    world: { ...world, lists: world.lists.slice(0, 1) },
    settings: SETTINGS,
  });
  await installation.runUntilDecided();
  const before = timesAsked(installation);
  await installation.database.execute(
    'INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (2, 7, ?, 1)',
    ['again'],
  );
  for (const { email } of PLAIN.slice(0, 20))
    await installation.database.execute(
      'INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES (?, 2, 7)',
      [email],
    );

  const [run] = await installation.runUntilDecided();

  expect(timesAsked(installation)).toEqual(before);
  expect(run!.stdout).toMatch(
    /20 emails of 1 user decided .*; probes saved: 20 of an address that another row has/,
  );
}, 120_000);

describe.skipIf(!hasMariadb())('two servers with the same addresses at the same time', () => {
  it('ask once about each, whichever holds the row', async () => {
    await using alpha = await Installation.make({
      database: 'mysql',
      world,
      latencyMs: 60,
      settings: {
        ...SETTINGS,
        TOTAL_WORKERS_POOL: '3',
        MAX_SESSIONS_PER_WORKER: '2',
        MAX_ROWS_PER_SLICE: '10',
      },
    });
    using beta = new OtherServer(alpha);

    for (let cycles = 0; (await alpha.pending()) > 0; cycles++) {
      expect(cycles).toBeLessThan(20);
      const runs = await Promise.all([alpha.run([]), beta.run()]);
      expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      // What waits for the other server's answer, or for its next attempt, is due.
      await alpha.database.execute('UPDATE svc_row SET due_at = due_at - 60 WHERE token IS NULL');
    }

    const servers = await alpha.database.query<{ server: string; n: number }>(
      'SELECT server, COUNT(*) AS n FROM svc_verdict WHERE taken_from IS NULL GROUP BY server',
    );
    expect(servers.map(({ n }) => Number(n) > 10)).toEqual([true, true]);
    expect(await verdictsAgree(alpha)).toBe(true);
    expect(askedTwice(alpha)).toEqual([]);
    expect(alpha.internet.witness.violations()).toEqual([]);
  }, 180_000);
});
