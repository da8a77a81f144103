// The schema: on nothing, on the CRM's own tables, and twice. Each test has a database of its own.

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Driver } from '../../src/store/driver.ts';
import { openStore, type StoreOptions } from '../../src/store/open-store.ts';
import { CRM_TABLES } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, mariadbGround, openRaw, sqliteGround, token } from './bench.ts';

const SERVICE = ['svc_domain', 'svc_list', 'svc_meta', 'svc_queue', 'svc_row', 'svc_turn', 'svc_verdict'];
const CRM = ['csv_list', 'emails', 'exclude_accounts', 'exclude_domains'];

const socketPath = inject('mariadbSocket');
const grounds = [
  {
    name: 'MariaDB',
    isMissing: socketPath === undefined,
    make: () => mariadbGround(socketPath!, 'store_migrate'),
  },
  { name: 'SQLite', isMissing: false, make: sqliteGround },
];

for (const { name, isMissing, make } of grounds) {
  describe.skipIf(isMissing)(`on ${name}`, () => {
    let options: StoreOptions;
    let remove: () => Promise<void>;
    let raw: Driver;
    let store: Store;

    beforeEach(async () => {
      ({ options, remove } = await make());
      raw = await openRaw(options);
      store = await openStore(options);
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await raw.close();
      await remove();
    });

    const tables = async () => {
      const rows = await raw.query<{ name: string }>(raw.dialect.listTables);
      return rows
        .map((row) => row.name)
        .filter((table) => !table.startsWith('sqlite_'))
        .toSorted();
    };
    /** The CRM's database before this program came: its two tables, some rows, no index of ours. */
    const makeLegacy = async () => {
      for (const table of CRM_TABLES.filter((each) => !each.name.startsWith('exclude_'))) {
        await raw.alter(table[raw.dialect.type]);
      }
      await raw.execute('INSERT INTO csv_list (id, user_id, total_emails) VALUES (1, 5, 2)');
      await raw.execute(
        "INSERT INTO emails (id, raw_emailid, csv_list_id, user_id) VALUES (1, 'a@b.example', 1, 5), (2, 'c@d.example', 1, NULL)",
      );
    };
    const everything = async () => ({
      tables: await tables(),
      indexes: await raw.query(raw.dialect.listIndexes),
      emails: await raw.query('SELECT * FROM emails'),
      lists: await raw.query('SELECT * FROM csv_list'),
    });

    it('makes everything on an empty database', async () => {
      await store.migrate();

      expect(await tables()).toEqual([...CRM, ...SERVICE]);
      expect(await store.missingSchema()).toEqual([]);
      expect(await store.survey()).toEqual({ demands: [], ownerless: 0 });
    });

    it('adds our tables and missing indexes to the CRM’s own, whose columns and rows stay', async () => {
      await makeLegacy();
      const before = await everything();

      await store.migrate();

      const after = await everything();
      expect(after.tables).toEqual(['csv_list', 'emails', ...SERVICE]);
      expect(after.emails).toEqual(before.emails);
      expect(after.lists).toEqual(before.lists);
      expect(await store.claimRows(5, 10, token('a'), SERVER_A)).toHaveLength(2);
    });

    it('does nothing the second time', async () => {
      await store.migrate();
      const key = await store.controlKey();
      const before = await everything();

      await store.migrate();

      expect(await everything()).toEqual(before);
      expect(await store.controlKey()).toBe(key);
      expect(await store.planMigration()).toEqual([]);
    });

    it('goes on where it was cut off', async () => {
      const plan = await store.planMigration();
      for (const { sql } of plan.slice(0, 3)) await raw.alter(sql);

      await store.migrate();

      expect(await tables()).toEqual([...CRM, ...SERVICE]);
      expect(await store.missingSchema()).toEqual([]);
    });

    it('plans without changing anything, and says why', async () => {
      await makeLegacy();
      const before = await everything();

      const plan = await store.planMigration();
      const missing = await store.missingSchema();

      expect(await everything()).toEqual(before);
      expect(plan.every(({ why }) => why.length > 10)).toBe(true);
      expect(plan.map(({ sql }) => sql).join('\n')).toContain('svc_pending');
      expect(plan.filter(({ sql }) => /ALTER TABLE|DROP|MODIFY/.test(sql) && !/ADD INDEX/.test(sql))).toEqual(
        [],
      );
      expect(missing).toEqual(
        expect.arrayContaining(['table svc_row', 'index svc_pending of emails', 'setting control_key']),
      );
      expect(missing).not.toContain('table emails');
    });

    it('takes the CRM’s own index under another name for the one it needs', async () => {
      await makeLegacy();
      await raw.alter(
        raw.dialect.addIndex('emails', 'theirs', ['csv_list_id', 'domain_processed', 'domain_status', 'id']),
      );

      expect((await store.missingSchema()).join()).not.toContain('idx_csv_list_processing');
    });

    it('keeps one control key when two servers migrate at once', async () => {
      const other = await openStore(options);
      try {
        await Promise.all([store.migrate(), other.migrate()]);

        const keys = [await store.controlKey(), await other.controlKey()];
        expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
        expect(keys[1]).toBe(keys[0]);
      } finally {
        await other[Symbol.asyncDispose]();
      }
    });

    it('never shows the control key in the plan', async () => {
      const plan = await store.planMigration();
      await store.migrate();

      expect(JSON.stringify(plan)).not.toMatch(/[0-9a-f]{64}/);
    });

    it('surveys the CRM’s tables before anything of ours exists: all that is pending is fresh', async () => {
      await makeLegacy();
      const before = await everything();

      expect(await store.survey()).toEqual({
        demands: [{ userId: 5, pending: 2, isCapped: false, oldestRowId: 1, listIds: [1] }],
        ownerless: 0,
      });
      expect(await store.loadExclusions()).toEqual({ accounts: new Set(), domains: new Map() });
      expect(await everything()).toEqual(before);
    });

    it('notices that the schema came, without being opened again', async () => {
      await makeLegacy();
      await store.survey();
      await store.migrate();
      await store.claimRows(5, 1, token('a'), SERVER_A);

      expect((await store.survey()).demands).toMatchObject([{ pending: 1 }]);
    });

    it.each([
      { what: 'survey', act: () => store.survey() },
      { what: 'controlKey', act: () => store.controlKey() },
      { what: 'claimRows', act: () => store.claimRows(1, 1, token('a'), SERVER_A) },
    ])('says what to do when $what finds no tables', async ({ act }) => {
      await expect(act()).rejects.toMatchObject({
        code: 'SCHEMA_MISSING',
        exitCode: 78,
        message: expect.stringContaining('smtp-validate-cron migrate') as string,
      });
    });

    it('refuses a database that has emails and no csv_list', async () => {
      await raw.alter('CREATE TABLE emails (id INTEGER PRIMARY KEY, anything TEXT)');

      await expect(store.migrate()).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
      expect(await tables()).toEqual(['emails']);
    });
  });
}
