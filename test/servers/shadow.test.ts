// The move from another verifier, through the built program: a shadow run beside it with an account that may only look at what
// is the CRM's, the comparison, the cut-over, and the way back.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE_TABLES } from '../../src/store/schema.ts';
import { makeWorld } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { hasMariadb, Installation, type Run } from '../e2e/installation.ts';

const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

const world = makeWorld({
  seed: 31,
  domains: 40,
  without: ['silent', 'silent-at-rcpt', 'endless-banner', 'endless-continuation'],
  lists: [
    { userId: 5, addresses: 120 },
    { userId: 8, addresses: 60 },
  ],
});

const GRANTS = readFileSync('deploy/grants.sql', 'utf8');

interface Compared {
  readonly compared: number;
  readonly agreed: number;
  readonly pending: number;
  readonly real: number;
  readonly matrix: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly harms: Readonly<Record<string, number>>;
  readonly differences: readonly {
    readonly harm: string;
    readonly samples: readonly { readonly id: number }[];
  }[];
}

it.each(['smtp_validate', 'smtp_validate_shadow'])('every svc_* table is granted to %s', (account) => {
  const granted = [...GRANTS.matchAll(/GRANT SELECT, INSERT, UPDATE, DELETE ON crm\.(\w+) TO '(\w+)'@/g)]
    .filter(([, , to]) => to === account)
    .map(([, table]) => table);

  expect(granted.toSorted()).toEqual(SERVICE_TABLES.map(({ name }) => name).toSorted());
});

describe.each(stores.filter(({ isThere }) => isThere))('a shadow run on $database', ({ database }) => {
  let installation: Installation;
  /** What makes the program log in with the shadow account. */
  let shadowAccount: Readonly<Record<string, string>> = {};
  let dropAccount = async (): Promise<void> => {};

  const query = <Row extends object>(sql: string) => installation.database.query<Row>(sql);
  const crmTables = async () => [
    await query('SELECT * FROM emails ORDER BY id'),
    await query('SELECT * FROM csv_list ORDER BY id'),
  ];
  const shadow = (...args: readonly string[]): Promise<Run> =>
    installation.run(['run', '--shadow', ...args], shadowAccount);
  const compare = async (): Promise<Compared> =>
    JSON.parse((await installation.run(['compare', '--json'], shadowAccount)).stdout) as Compared;
  /** Runs until nothing waits any more. */
  const shadowToTheEnd = async (...args: readonly string[]): Promise<Run[]> => {
    const runs = [await shadow(...args)];
    for (;;) {
      const [row] = await query<{ n: number }>('SELECT COUNT(*) AS n FROM svc_row');
      if (Number(row!.n) === 0) return runs;
      if (runs.length > 20) throw new Error('20 shadow runs, and rows still wait');
      await waitFor(
        async () =>
          Number((await query<{ at: number }>('SELECT MIN(due_at) AS at FROM svc_row'))[0]!.at) * 1000 <=
          Date.now(),
        'a row is due',
        30_000,
      );
      runs.push(await shadow(...args));
    }
  };
  /** Addresses of a list that were asked about since, though there was a verdict to take over. */
  const askedThoughSure = async (listId: number, before: number): Promise<readonly string[]> => {
    const sure = await query<{ raw_emailid: string }>(
      `SELECT raw_emailid FROM emails WHERE csv_list_id = ${listId} AND validation_status IN ('valid', 'catch-all', 'invalid')`,
    );
    expect(sure.length).toBeGreaterThan(20);
    const addresses = new Set(sure.map(({ raw_emailid }) => raw_emailid.toLowerCase()));
    const asked = installation.internet.witness.recipients().slice(before);
    return asked.map(({ address }) => address.toLowerCase()).filter((address) => addresses.has(address));
  };
  const isFirstList = 'csv_list_id = 1';

  beforeAll(async () => {
    installation = await Installation.make({ database, world, latencyMs: 1 });
    if (database !== 'mysql') return;
    const [{ name }] = (await query<{ name: string }>('SELECT DATABASE() AS name')) as [{ name: string }];
    const account = `svc_shadow_${name.split('_').at(-1)!}`.slice(0, 32);
    const statements = GRANTS.replaceAll(/^--.*$/gm, '')
      .split(';')
      .map((statement) => statement.trim())
      .filter((statement) => statement.includes("'smtp_validate_shadow'"))
      .map((statement) =>
        statement
          .replaceAll("'smtp_validate_shadow'@'10.0.0.%'", `'${account}'@'localhost'`)
          .replaceAll('crm.', `${name}.`),
      );
    for (const statement of statements) await installation.database.execute(statement);
    shadowAccount = { DB_USER: account, DB_PASSWORD: 'change-me-three' };
    dropAccount = async () =>
      void (await installation.database.execute(`DROP USER '${account}'@'localhost'`));
  }, 120_000);
  afterAll(async () => {
    await dropAccount();
    await installation[Symbol.asyncDispose]();
  });

  it('says beforehand what it would do', async () => {
    const plan = await shadow('--dry-run');

    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toMatch(/^SHADOW: Nothing is written into emails and csv_list/);
    expect(plan.stdout).toContain('SHADOW:   - User ID 5: 120 pending emails');
  });

  it('comes to verdicts and leaves the CRM’s tables as they are, also those rows that the CRM decides meanwhile', async () => {
    const before = await crmTables();
    const first = await shadow('--user', '8');
    expect(await crmTables()).toEqual(before);
    await installation.database.execute(
      `UPDATE emails SET domain_processed = 1, domain_status = 0, validation_status = 'invalid', validation_response = '550 no'
       WHERE ${isFirstList}`,
    );
    await installation.database.execute(
      "UPDATE csv_list SET status = 'completed', invalid_count = 120 WHERE id = 1",
    );
    const decided = await crmTables();
    const runs = [first, ...(await shadowToTheEnd('--since', '7d'))];

    expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      runs.map(() => ({ exitCode: 0, stderr: '' })),
    );
    expect(first.stdout).toMatch(/^SHADOW: Cycle completed: \d+ emails? of 1 user decided/);
    expect(await crmTables()).toEqual(decided);
    expect(await query('SELECT COUNT(*) AS n, SUM(shadow) AS shadows FROM svc_verdict')).toEqual([
      { n: 180, shadows: 180 },
    ]);
    const wrong = await wrongVerdicts(installation);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('says in each line of its log that it is one', () => {
    const lines = installation.logLines(/^(?:smtp_validation_cron|user_\d+_\d{4})/);

    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => !/^\[[\d :-]+\] SHADOW: /.test(line))).toEqual([]);
  });

  it('is at rest then, and asks nobody twice', async () => {
    const asked = installation.internet.witness.recipients().length;

    const run = await shadow('--since', '7d');

    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(installation.internet.witness.recipients().length).toBe(asked);
  });

  it('is compared with what the CRM shows', async () => {
    const seen = await compare();

    const [ours] = await query<{ n: number }>(
      `SELECT COUNT(*) AS n FROM svc_verdict v JOIN emails e ON e.id = v.row_id WHERE ${isFirstList} AND v.status = 'invalid'`,
    );
    expect(seen).toMatchObject({ compared: 120, agreed: Number(ours!.n), pending: 60, real: 0 });
    expect(seen.differences[0]).toMatchObject({ harm: 'lost-contact' });
    expect(Object.values(seen.harms).reduce((sum, rows) => sum + rows, 0)).toBe(120 - Number(ours!.n));
  });

  it('is compared in words that fit 80 columns, and lead on', async () => {
    const { stdout, exitCode } = await installation.run(['compare'], shadowAccount);

    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [, id] = /^Next: smtp-validate-cron explain (id:\d+)$/m.exec(stdout) ?? [];
    const told = await installation.run(['explain', id!], shadowAccount);
    expect(told.stdout).toContain('invalid, by another program; a shadow run of ours came to');
  }, 60_000);

  it.runIf(database === 'mysql')(
    'cannot be anything else with its account',
    async () => {
      const real = await installation.run(['run'], shadowAccount);

      expect(real.exitCode).toBe(78);
      expect(real.stderr).toMatch(/GRANT UPDATE \(.*\) ON \S+ TO '\S+'@'localhost'/);
    },
    60_000,
  );

  it('hands its verdicts to the real run, which asks only about what nobody could tell', async () => {
    const before = installation.internet.witness.recipients().length;

    await installation.run([]); // gives back what the run above held, which came up against its account
    await installation.runUntilDecided();

    expect(await askedThoughSure(2, before)).toEqual([]);
    expect(await wrongVerdicts(installation)).toEqual([]);
    expect(await query('SELECT status FROM csv_list ORDER BY id')).toEqual([
      { status: 'completed' },
      { status: 'completed' },
    ]);
    expect(await query('SELECT COUNT(*) AS n FROM svc_row')).toEqual([{ n: 0 }]);
    expect(await compare()).toMatchObject({ compared: 120, real: 60 });
  }, 120_000);

  it('also for rows that another verifier had decided, once they are queued again', async () => {
    const before = installation.internet.witness.recipients().length;

    const retried = await installation.run(['retry', '--list', '1', '--status', 'invalid']);
    await installation.runUntilDecided();

    expect(retried).toMatchObject({ exitCode: 0 });
    expect(await wrongVerdicts(installation)).toEqual([]);
    expect(await askedThoughSure(1, before)).toEqual([]);
  }, 120_000);
});

/** Rows whose verdict, wherever it stands, is not the one that a correct verifier comes to. */
async function wrongVerdicts({ database }: Installation): Promise<readonly object[]> {
  const found = await database.query<{
    raw_emailid: string;
    status: string;
    written: string;
    shadow: number | null;
  }>(
    `SELECT e.raw_emailid, v.status, e.validation_status AS written, v.shadow FROM emails e JOIN svc_verdict v ON v.row_id = e.id`,
  );
  const right = new Map(
    world.lists.flatMap(({ addresses }) => addresses).map(({ email, verdict }) => [email, verdict]),
  );
  return found.filter(
    ({ raw_emailid, status, written, shadow }) =>
      status !== right.get(raw_emailid) || (shadow === null && written !== status),
  );
}
