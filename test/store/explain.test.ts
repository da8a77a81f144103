// What MariaDB does for our statements on tables of some size: no statement may read one as a whole that grows. The
// statements are caught on their way and explained, and every method of the store is called, so that no new one slips by.

import { beforeEach, expect, it } from 'vitest';
import type { Driver, SqlValue } from '../../src/store/driver.ts';
import { NOTHING_IMPORTED } from '../../src/store/import-rows.ts';
import { openMysql, type MysqlOptions } from '../../src/store/mysql-driver.ts';
import type { ShadowScope } from '../../src/store/queues.ts';
import { storeOver } from '../../src/store/sql-store.ts';
import { CLAIM_SECONDS, PENDING_COUNT_CAP } from '../../src/store/store.ts';
import { SERVER_A, SERVER_B, deferralOf, noteOf, onMariaDb, range, resultOf, token } from './bench.ts';

interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

interface Step {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly rows: number | null;
  readonly Extra: string | null;
}

/** Tables that have a row for each row or list that was ever imported, or for each domain that was asked. */
const GROWING = [
  'emails',
  'csv_list',
  'svc_row',
  'svc_queue',
  'svc_list',
  'svc_verdict',
  'svc_destination',
  'svc_domain',
  'svc_turn',
  'svc_pace',
];

// What years leave behind, beside the rows that a test works on: without it each of these tables would be so small that
// reading it as a whole is the quickest way.
const GROWN = [
  "INSERT INTO csv_list (id, user_id, total_emails, status) SELECT id, 9, 10, 'completed' FROM emails",
  'INSERT INTO svc_list (list_id, total_emails, highest_row_id) SELECT id, 10, 7 FROM emails',
  'INSERT INTO svc_queue (user_id, list_id, worker_id) SELECT id, id, -1 FROM emails',
  'INSERT INTO svc_turn (user_id, worker_id, waits_since) SELECT id, -1, 7 FROM emails',
  `INSERT INTO svc_pace (minute, server, user_id) SELECT id * 60, 'alpha', 3 FROM emails`,
  `INSERT INTO svc_row (row_id, user_id, list_id, worker_id, due_at) SELECT id + 1000000, id % 97 + 100, id, 1,
     UNIX_TIMESTAMP() + 9999 FROM emails`,
  `INSERT INTO svc_verdict (row_id, status, reason, attempt, decided_at) SELECT id, 'valid', 'accepted', 1, 7 FROM emails`,
  `INSERT INTO svc_destination (server, destination, connections, seen_at, expires_at)
     SELECT CONCAT('server', id % 7), CONCAT('mx', id, '.example'), 2, 7, UNIX_TIMESTAMP() + 9999 FROM emails`,
  `INSERT INTO svc_domain (domain, catch_all, decided_at, expires_at, mx_set)
     SELECT CONCAT('d', id, '.example'), 'no', 7, UNIX_TIMESTAMP() + 9999, 'x' FROM emails`,
];

onMariaDb('explain', (bench) => {
  beforeEach(async () => {
    for (const id of range(1, 20)) await bench.addList({ id, user_id: 1 + (id % 5), total_emails: 1000 });
    for (const id of range(1, 20)) {
      const ids = range(id * 1000, id * 1000 + 999);
      await bench.addRows(ids.slice(0, 500), {
        csv_list_id: id,
        user_id: id % 7 === 0 ? null : 1 + (id % 5),
      });
      await bench.addRows(ids.slice(500), {
        csv_list_id: id,
        user_id: 1 + (id % 5),
        domain_processed: 1,
        domain_status: 1,
      });
    }
    for (const made of GROWN) await bench.raw.execute(made);
    await bench.raw.query(`ANALYZE TABLE ${GROWING.join(', ')}`);
  }, 60_000);

  /** Runs `act` on a store whose statements are written down. */
  const statementsOf = async (
    act: (store: ReturnType<typeof storeOver>) => Promise<unknown>,
    shadow?: ShadowScope,
  ) => {
    const driver = await openMysql(bench.options as MysqlOptions);
    const statements: Statement[] = [];
    const note = (sql: string, values: readonly SqlValue[] = []) => void statements.push({ sql, values });
    const noting: Driver = {
      ...driver,
      dialect: driver.dialect,
      description: driver.description,
      query: (sql, values) => (note(sql, values), driver.query(sql, values)),
      execute: (sql, values) => (note(sql, values), driver.execute(sql, values)),
      transaction: (work) =>
        driver.transaction((session) =>
          work({
            query: (sql, values) => (note(sql, values), session.query(sql, values)),
            execute: (sql, values) => (note(sql, values), session.execute(sql, values)),
          }),
        ),
      alter: (sql) => driver.alter(sql),
      close: () => driver.close(),
    };
    const store = storeOver({
      driver: noting,
      workerId: undefined,
      claimSeconds: CLAIM_SECONDS,
      pendingCountCap: PENDING_COUNT_CAP,
      announcesLists: true,
      shadow,
    });
    try {
      await act(store);
      return statements.filter(({ sql }) => !/information_schema|^SHOW /.test(sql));
    } finally {
      await store[Symbol.asyncDispose]();
    }
  };
  const explain = async ({ sql, values }: Statement) => bench.raw.query<Step>(`EXPLAIN ${sql}`, values);

  it('finds the queues by a loose scan of svc_pending', async () => {
    const first = (await statementsOf((store) => store.survey())).find(({ sql }) => /GROUP BY/.test(sql));

    expect(await explain(first!)).toMatchObject([
      {
        table: 'emails',
        key: 'svc_pending',
        Extra: expect.stringContaining('Using index for group-by') as string,
      },
    ]);
  });

  it('finds the queues of one user by a loose scan as well', async () => {
    const [first] = await statementsOf((store) => store.claimRows(3, 10, token('a'), SERVER_A));

    const steps = await statementsOf((store) => store.claimRows(3, 10, token('b'), SERVER_A));
    const grouping = steps.find(({ sql }) => sql.includes('GROUP BY domain_processed'));
    expect(first).toBeDefined();
    expect(await explain(grouping!)).toMatchObject([
      { key: 'svc_pending', Extra: expect.stringContaining('Using index for group-by') as string },
    ]);
  });

  /** The steps that read a growing table as a whole; the alias of a table is what its statement calls it. */
  const wholeReads = async (statements: readonly Statement[]) => {
    const reads: { readonly sql: string; readonly step: Step }[] = [];
    const kinds = new Map(statements.map((statement) => [statement.sql, statement]));
    for (const statement of kinds.values()) {
      const names = aliasesIn(statement.sql);
      for (const step of await explain(statement)) {
        // Where rows only go in, nothing is read: no number of rows.
        const isGrowing = step.rows !== null && GROWING.includes(names.get(step.table ?? '') ?? '');
        const isWhole =
          step.type === 'ALL' ||
          (step.type === 'index' && !/group-by/.test(step.Extra ?? '') && !isFewOf(step));
        const isFirstOnly = statement.sql.includes(`EXISTS (SELECT 1 FROM ${step.table})`);
        if (isGrowing && isWhole && !isFirstOnly) reads.push({ sql: statement.sql.slice(0, 300), step });
      }
    }
    return reads;
  };

  const evidence = { stage: 'rcpt', text: 'ok' } as const;

  it('reads no growing table as a whole in any statement of a cycle', async () => {
    const called = new Set<string>();
    const statements = await statementsOf(async (whole) => {
      const store = listening(whole, called);
      await store.isAtRest();
      await store.missingSchema();
      await store.controlKey();
      await store.releaseServer(SERVER_A.server, () => true);
      await store.reconcileLists();
      await store.loadExclusions();
      await store.pause({ kind: 'list', name: '8', by: 'ann@web1', reason: undefined, seconds: 60 });
      await store.pauses();
      await store.survey({ counted: () => [3] });
      await store.noteTurns({ served: [3], newcomers: [1, 2], headStartSeconds: 60 });
      await store.noteServer(noteOf({ users: [{ userId: 3 }, { userId: 4 }] }));
      const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
      for (const ownerId of [undefined, 3]) {
        const reuse = { validSeconds: 9, invalidSeconds: 9 };
        await store.findTwins({ rows, ownerId, claimant: SERVER_B, reuse });
      }
      await store.loadDestinations('server3');
      await store.recordDestinations('server3', [KNOWN_DESTINATION]);
      await store.loadDomainFacts(['d1001.example', 'example.com']);
      await store.renewClaims([token('a')]);
      await store.recordDomainFacts([
        { domain: 'example.com', catchAll: 'no', mxSet: 'mx', evidence: '550', server: 'alpha' },
      ]);
      await store.recordResults(
        rows.slice(0, 200).map((row) => (row.id % 2 === 0 ? resultOf(row, evidence) : deferralOf(row))),
      );
      await store.releaseRows(
        token('a'),
        rows.slice(200, 250).map(({ id }) => id),
      );
      await bench.letPass(1000);
      await store.claimRows(3, 50, token('b'), SERVER_A);
      await store.releaseServer(SERVER_A.server, () => true);
      await bench.raw.execute('DELETE FROM svc_row WHERE row_id % 3 = 0 AND row_id < 1000000');
      await store.sweep();
      await bench.raw.execute('UPDATE emails SET domain_processed = 1 WHERE csv_list_id = 2');
      await bench.raw.execute('DELETE FROM csv_list WHERE id = 1001');
      await store.reconcileLists();
      for (const webhook of await store.takeWebhooks()) {
        await store.putOffWebhook(webhook, 60);
        await store.forgetWebhook(webhook);
      }
      await store.survey();
      called.add('migrate').add('planMigration'); // change the schema, or tell how: once, and not in a cycle
    });

    expect(statements.length).toBeGreaterThan(40);
    expect(await wholeReads(statements)).toEqual([]);
    expect([...called, ...COMMANDS].toSorted()).toEqual(
      Object.keys(
        storeOver({
          driver: bench.raw,
          workerId: undefined,
          claimSeconds: CLAIM_SECONDS,
          pendingCountCap: PENDING_COUNT_CAP,
        }),
      ).toSorted(),
    );
  }, 60_000);

  it('reads no growing table as a whole in any statement of a shadow run', async () => {
    await bench.raw.execute('UPDATE csv_list SET created_at = created_at - INTERVAL 9 DAY WHERE id < 20990');
    await bench.raw.execute('UPDATE csv_list SET user_id = 3 WHERE id = 20995');
    await bench.raw.execute(
      'UPDATE emails SET csv_list_id = 20995 WHERE user_id = 3 AND domain_processed = 1',
    );
    await bench.raw.execute('DELETE FROM svc_verdict WHERE row_id % 2 = 0');
    const statements = await statementsOf(
      async (store) => {
        await store.sweep();
        await store.survey({ counted: () => [3] });
        const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
        const reuse = { validSeconds: 9, invalidSeconds: 9 };
        await store.findTwins({ rows, ownerId: undefined, claimant: SERVER_B, reuse });
        await store.recordResults(
          rows.map((row) => (row.id % 2 === 0 ? resultOf(row, evidence) : deferralOf(row))),
        );
        await bench.letPass(1000);
        await bench.raw.execute('DELETE FROM svc_row WHERE row_id % 3 = 0 AND row_id < 1000000');
        await store.claimRows(3, 50, token('b'), SERVER_A);
        await store.sweep();
        await store.survey();
      },
      { since: Math.floor(Date.now() / 1000) - 86_400 },
    );

    expect(statements.filter(({ sql }) => sql.includes('UNION ALL SELECT * FROM')).length).toBeGreaterThan(2);
    expect(statements.length).toBeGreaterThan(20);
    expect(await wholeReads(statements)).toEqual([]);
  }, 60_000);

  it('reads no growing table as a whole in any statement of a command', async () => {
    const statements = await statementsOf(async (store) => {
      await store.examine();
      await store.findRows({ email: 'U3004@example.com' }, 11);
      await store.findRows({ id: 3004 }, 11);
      await store.loadDestinations(undefined, 1000);
      await store.sampleAddresses(3, [2, 7], 500);
      const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
      await store.recordResults(rows.map((row) => resultOf(row, evidence)));
      const page = await store.readEvidence({ listId: rows[0]!.listId });
      await store.readShadowed({ listId: rows[0]!.listId, since: 1 });
      await store.reviseVerdicts(
        page.rows.map(({ id }) => ({
          id,
          from: 'valid',
          to: 'unknown',
          reason: 'policy-block',
          rule: 'new',
          response: undefined,
        })),
      );
      for (const kind of ['evidence', 'domain facts', 'turns', 'minutes', 'webhooks'] as const) {
        const { next } = await store.removeStale(kind, { days: 1, isDryRun: false, after: undefined });
        await store.removeStale(kind, { days: 1, isDryRun: true, after: next });
      }
      await store.readSamples(3);
      for (const filter of [{}, { listId: 3 }, { userId: 3 }, { since: 1 }, { listId: 3, since: 1 }]) {
        await store.findSubject(filter);
        for await (const { seen } of store.readOutcomes(filter)) expect(seen).toBeGreaterThan(0);
      }
      await store.pause({ kind: 'list', name: '8', by: 'ann@web1', reason: undefined, seconds: undefined });
      await store.resume({ kind: 'list', name: '8' });
      await store.addressLimits();
      const request = { userId: 3, listName: 'leads', fileName: 'leads.csv', by: 'ann@web1' };
      const to = { entries: 1, digest: 'x' };
      await store.findImport(request);
      await store.importPiece(request, {
        addresses: [{ email: 'ann@example.com', account: 'ann', domain: 'example.com' }],
        from: NOTHING_IMPORTED,
        to,
        rejected: 0,
      });
      await store.imports();
      await store.finishImport(request, to, 0);
      await store.findList(3);
      await store.readListPage(3, []);
      await store.readListPage(3, ['valid'], 3_100);
      await store.requeueRows(3, { statuses: ['valid', 'unknown'], reasons: [] }, false);
      await store.noteServer(noteOf());
      await bench.raw.execute('DELETE FROM csv_list WHERE id = 4');
      await store.readFigures();
      await store.readListRows(3);
      await store.readPace({ since: Math.floor(Date.now() / 1000) - 86_400, partSeconds: 300 });
    });

    expect(statements.length).toBeGreaterThan(10);
    expect(await wholeReads(statements)).toEqual([]);
  }, 60_000);
});

const KNOWN_DESTINATION = {
  destination: 'mx.example',
  limit: 2,
  ceiling: { limit: 3, secondsLeft: 60 },
  closure: undefined,
  seenSecondsAgo: 1,
};

/** What only commands ask for, and what is no question. */
const COMMANDS = [
  'sampleAddresses',
  'resume',
  'imports',
  'addressLimits',
  'findImport',
  'importPiece',
  'finishImport',
  'findList',
  'readListPage',
  'examine',
  'readFigures',
  'readListRows',
  'readPace',
  'findRows',
  'findSubject',
  'readOutcomes',
  'readSamples',
  'readEvidence',
  'readShadowed',
  'reviseVerdicts',
  'removeStale',
  'requeueRows',
  'description',
];

/** The store, with the names of its methods written down as they are called. */
function listening(store: ReturnType<typeof storeOver>, called: Set<string>): ReturnType<typeof storeOver> {
  return new Proxy(store, {
    get: (target, name, receiver) => {
      if (typeof name === 'string') called.add(name);
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

/** True of a walk along an index that ends after some entries: ORDER BY its columns, with a LIMIT. */
function isFewOf({ rows }: Step): boolean {
  return Number(rows) <= 10_000; // half of what stands in each of them
}

/** Alias → table, for what a statement calls by another name or by its own. */
function aliasesIn(sql: string): ReadonlyMap<string, string> {
  const named = sql.matchAll(
    /\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?!FORCE|LEFT|WHERE|ON|JOIN|SET|ORDER|GROUP|LIMIT|VALUES|USE|FOR|STRAIGHT_JOIN)(\w+))?/g,
  );
  return new Map(
    [...named].flatMap(([, table, alias]) => [[table!, table!] as const, [alias ?? table!, table!] as const]),
  );
}
