// What MariaDB does for our statements on a table of some size: no statement of a cycle may read `emails` as a
// whole. The statements are caught on their way and explained, so that a new one cannot slip by.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Driver, SqlValue } from '../../src/store/driver.ts';
import { openMysql, type MysqlOptions } from '../../src/store/mysql-driver.ts';
import { storeOver } from '../../src/store/sql-store.ts';
import { CLAIM_SECONDS } from '../../src/store/store.ts';
import { SERVER_A, deferralOf, onMariaDb, range, resultOf, token } from './bench.ts';

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
    await bench.raw.query('ANALYZE TABLE emails, csv_list, svc_row');
  }, 60_000);

  /** Runs `act` on a store whose statements are written down. */
  const statementsOf = async (act: (store: ReturnType<typeof storeOver>) => Promise<unknown>) => {
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
    const store = storeOver({ driver: noting, workerId: undefined, claimSeconds: CLAIM_SECONDS });
    try {
      await act(store);
      return statements.filter(({ sql }) => /\bemails\b/.test(sql) && !/information_schema/.test(sql));
    } finally {
      await store[Symbol.asyncDispose]();
    }
  };
  const explain = async ({ sql, values }: Statement) => bench.raw.query<Step>(`EXPLAIN ${sql}`, values);

  it('finds the queues by a loose scan of svc_pending', async () => {
    const [first] = await statementsOf((store) => store.survey());

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

  describe('reads emails along an index in every statement of', () => {
    it.each([
      { what: 'survey', act: (store: ReturnType<typeof storeOver>) => store.survey() },
      {
        what: 'claimRows',
        act: (store: ReturnType<typeof storeOver>) => store.claimRows(3, 300, token('a'), SERVER_A),
      },
      {
        what: 'recordResults, and a second claim',
        act: async (store: ReturnType<typeof storeOver>) => {
          const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
          await store.recordResults(rows.map((row) => (row.id % 2 === 0 ? resultOf(row) : deferralOf(row))));
          await bench.letPass(1000);
          await store.claimRows(3, 50, token('b'), SERVER_A);
        },
      },
      {
        what: 'sweep',
        act: async (store: ReturnType<typeof storeOver>) => {
          await store.claimRows(3, 300, token('a'), SERVER_A);
          await bench.raw.execute('DELETE FROM svc_row WHERE row_id % 3 = 0');
          await store.sweep();
        },
      },
      {
        what: 'reconcileLists',
        act: async (store: ReturnType<typeof storeOver>) => {
          await store.claimRows(3, 3000, token('a'), SERVER_A);
          await bench.raw.execute('UPDATE emails SET domain_processed = 1 WHERE csv_list_id = 2');
          await bench.raw.query('ANALYZE TABLE svc_list');
          await store.reconcileLists();
        },
      },
      {
        what: 'findRows by an address',
        act: (store: ReturnType<typeof storeOver>) => store.findRows({ email: 'U3004@example.com' }, 11),
      },
      {
        what: 'readEvidence, and reviseVerdicts of what it read',
        act: async (store: ReturnType<typeof storeOver>) => {
          const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
          await store.recordResults(rows.map((row) => resultOf(row, { stage: 'rcpt', text: 'ok' })));
          await bench.raw.query('ANALYZE TABLE svc_verdict');
          const page = await store.readEvidence({ listId: rows[0]!.listId }, 0);
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
        },
      },
      {
        what: 'findTwins',
        act: async (store: ReturnType<typeof storeOver>) => {
          const rows = await store.claimRows(3, 300, token('a'), SERVER_A);
          for (const ownerId of [undefined, 3]) {
            const reuse = { validSeconds: 9, invalidSeconds: 9 };
            await store.findTwins({ rows, ownerId, claimant: SERVER_A, reuse });
          }
        },
      },
      {
        what: 'requeueRows',
        act: (store: ReturnType<typeof storeOver>) =>
          store.requeueRows(3, { statuses: ['valid', 'unknown'], reasons: [] }, false),
      },
    ])('$what', async ({ act }) => {
      const statements = await statementsOf(act);

      const scans = [];
      for (const statement of statements) {
        for (const step of await explain(statement)) {
          const isEmails = step.table !== null && /^(?:emails|e|t)$/.test(step.table);
          const isWhole =
            step.type === 'ALL' || (step.type === 'index' && !/group-by/.test(step.Extra ?? ''));
          if (isEmails && isWhole) scans.push({ sql: statement.sql.slice(0, 200), step });
        }
      }
      expect(statements.length).toBeGreaterThan(0);
      expect(scans).toEqual([]);
    });
  });
});
