import { describe, expect, it } from 'vitest';
import { SCHEMA_VERSION, versionName } from '../../src/store/schema-changes.ts';
import { SERVICE_TABLES } from '../../src/store/schema.ts';
import { LISTS_CHECKED_PER_CALL } from '../../src/store/reconcile.ts';
import { type Bench, SERVER_A, onBothStores, range, resultOf, token } from './bench.ts';

/** A list whose rows are decided and counted, and beside it rows that belong to no list. */
async function finishedWork(bench: Bench): Promise<void> {
  await bench.addList({ id: 7, total_emails: 2 });
  await bench.addRows([1, 2], { csv_list_id: 7 });
  await bench.addRows([3], { domain_processed: 1 });
  const store = await bench.open();
  const rows = await store.claimRows(1, 10, token('a'), SERVER_A);
  await store.recordResults(rows.map((row) => resultOf(row)));
  await store.reconcileLists();
}

/** What changes a database at rest, so that some part of a cycle has to look. */
const DISTURBANCES: readonly {
  readonly what: string;
  readonly disturb: (bench: Bench) => Promise<unknown>;
}[] = [
  { what: 'a row is pending', disturb: (bench) => bench.addRows([9]) },
  {
    what: 'a row is pending that nobody owns',
    disturb: (bench) => bench.addRows([9], { user_id: null }),
  },
  {
    what: 'a row is touched and not decided',
    disturb: ({ raw }) =>
      raw.execute(
        'INSERT INTO svc_row (row_id, user_id, list_id, worker_id, due_at) VALUES (9, 1, -1, 1, 9999999999)',
      ),
  },
  { what: 'a list is open', disturb: (bench) => bench.addList({ id: 8 }) },
  { what: 'a list runs', disturb: (bench) => bench.addList({ id: 8, status: 'running' }) },
  {
    what: 'a completed list has another total than when it was counted',
    disturb: ({ raw }) => raw.execute('UPDATE csv_list SET total_emails = 5 WHERE id = 7'),
  },
  {
    what: 'more lists were counted than a cycle looks at',
    disturb: async ({ raw }) => {
      for (let from = 1_000; from <= LISTS_CHECKED_PER_CALL + 1_000; from += 1_000) {
        const ids = range(from, from + 999);
        const rows = (row: string) => ids.map(() => row).join(', ');
        await raw.execute(
          `INSERT INTO csv_list (id, total_emails, status) VALUES ${rows("(?, 1, 'completed')")}`,
          ids,
        );
        await raw.execute(
          `INSERT INTO svc_list (list_id, total_emails, highest_row_id) VALUES ${rows('(?, 1, 1)')}`,
          ids,
        );
      }
    },
  },
  {
    what: 'a list that was counted is gone',
    disturb: ({ raw }) => raw.execute('DELETE FROM csv_list WHERE id = 7'),
  },
];

onBothStores('at_rest', (bench) => {
  describe('isAtRest', () => {
    it('is true of a database without anything in it', async () => {
      expect(await (await bench.open()).isAtRest()).toBe(true);
    });

    it('is true when all is decided and counted, and then a cycle’s steps find nothing', async () => {
      await finishedWork(bench);
      const store = await bench.open();

      expect(await store.isAtRest()).toBe(true);
      expect(await store.releaseServer(SERVER_A.server, () => true)).toEqual({
        released: 0,
        heldByNamesake: 0,
      });
      expect(await store.sweep()).toBe(0);
      expect(await store.reconcileLists()).toEqual([]);
      expect(await store.survey()).toEqual({ demands: [], ownerless: 0 });
    });

    it.each(DISTURBANCES)('is false when $what', async ({ disturb }) => {
      await finishedWork(bench);
      await disturb(bench);

      expect(await (await bench.open()).isAtRest()).toBe(false);
    });

    it.each(SERVICE_TABLES.filter(({ name }) => name !== 'svc_meta'))(
      'is false when the table $name is missing',
      async ({ name }) => {
        await bench.raw.alter(`ALTER TABLE ${name} RENAME TO away_${name}`);

        const store = await bench.open();
        const isAtRest = await store.isAtRest();

        await bench.raw.alter(`ALTER TABLE away_${name} RENAME TO ${name}`);
        expect(isAtRest).toBe(false);
        expect(await store.isAtRest()).toBe(true);
      },
    );

    it.each([
      { what: 'the control key is missing', name: 'control_key', otherwise: 'away' },
      { what: 'the version is not written yet', name: versionName(SCHEMA_VERSION), otherwise: 'away' },
    ])('is false when $what', async ({ name, otherwise }) => {
      const rename = (from: string, to: string) =>
        bench.raw.execute('UPDATE svc_meta SET name = ? WHERE name = ?', [to, from]);
      await rename(name, otherwise);

      const isAtRest = await (await bench.open()).isAtRest();

      await rename(otherwise, name);
      expect(isAtRest).toBe(false);
    });

    it('is false when a later version has migrated the database', async () => {
      await bench.raw.execute("INSERT INTO svc_meta (name, value) VALUES ('schema_version_99', '99')");

      const isAtRest = await (await bench.open()).isAtRest();

      await bench.raw.execute("DELETE FROM svc_meta WHERE name = 'schema_version_99'");
      expect(isAtRest).toBe(false);
    });
  });
});
