// The schema: on nothing, on the CRM's own tables, and twice. Each test has a database of its own.

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Driver } from '../../src/store/driver.ts';
import { openStore, type StoreOptions } from '../../src/store/open-store.ts';
import { CRM_TABLES, SERVICE_INDEXES, SERVICE_TABLES } from '../../src/store/schema.ts';
import { ADDED_COLUMNS, SCHEMA_VERSION } from '../../src/store/schema-changes.ts';
import { SERVICE_TABLE_NAMES } from '../../src/store/schema-names.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, mariadbGround, openRaw, resultOf, sqliteGround, token } from './bench.ts';

const SERVICE = SERVICE_TABLES.map(({ name }) => name).toSorted();
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

it('defines each table of ours that a cycle asks for, and no other', () => {
  expect(SERVICE_TABLES.map(({ name }) => name)).toEqual(SERVICE_TABLE_NAMES);
});

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

    /** A database as version 1 of the program left it, with a list at work and a verdict in it. */
    const makeFirstVersion = async () => {
      for (const table of [...CRM_TABLES, ...SERVICE_TABLES]) await raw.alter(table[raw.dialect.type]);
      await raw.execute(
        "INSERT INTO svc_meta (name, value) VALUES ('control_key', ?), ('schema_version', '1')",
        ['a'.repeat(64)],
      );
      await raw.execute('INSERT INTO csv_list (id, user_id, total_emails) VALUES (1, 5, 2)');
      await raw.execute(
        `INSERT INTO emails (id, raw_emailid, csv_list_id, user_id, domain_processed, validation_status)
         VALUES (1, 'a@b.example', 1, 5, 1, 'invalid'), (2, 'c@d.example', 1, 5, 0, 'pending')`,
      );
      await raw.execute(
        `INSERT INTO svc_verdict (row_id, status, reason, code, reply, stage, attempt, decided_at)
         VALUES (1, 'invalid', 'mailbox-not-found', 550, 'no such user', 'rcpt', 1, 1000)`,
      );
    };

    it('brings a database of the first version up, with what is in it', async () => {
      await makeFirstVersion();
      const before = await everything();

      const missing = await store.missingSchema();
      await store.migrate();

      expect(missing).toEqual(
        expect.arrayContaining([
          ...ADDED_COLUMNS.map((column) => `column ${column.name} of ${column.table}`),
          `setting schema_version_${SCHEMA_VERSION}`,
        ]),
      );
      expect(missing.filter((thing) => thing.startsWith('table '))).toEqual([]);
      expect(await store.missingSchema()).toEqual([]);
      expect(await store.controlKey()).toBe('a'.repeat(64));
      expect(await everything()).toMatchObject({ emails: before.emails, lists: before.lists });
      const [old] = await store.findRows({ id: 1 }, 1);
      expect(old!.verdict).toMatchObject({
        reason: 'mailbox-not-found',
        text: 'no such user',
        decidedAt: 1000,
      });
      const [row] = await store.claimRows(5, 10, token('a'), SERVER_A);
      await store.recordResults([resultOf(row!, { refusedWithAll: true })]);
      expect((await store.findRows({ id: 2 }, 1))[0]!.verdict).toMatchObject({ refusedWithAll: true });
    });

    it('adds the column that a migration cut off did not come to', async () => {
      await makeFirstVersion();
      const [first] = ADDED_COLUMNS;
      await raw.alter(
        `ALTER TABLE ${first!.table} ADD COLUMN ${first!.name} ${first!.type[raw.dialect.type]}`,
      );

      const missing = await store.missingSchema();
      await store.migrate();

      expect(missing).not.toContain(`column ${first!.name} of ${first!.table}`);
      expect(await store.missingSchema()).toEqual([]);
    });

    it('adds an index that one of our tables lacks', async () => {
      await store.migrate();
      const { table, name: index, columns } = SERVICE_INDEXES[1]!;
      await raw.alter(
        raw.dialect.type === 'sqlite' ? `DROP INDEX ${index}` : `ALTER TABLE ${table} DROP INDEX ${index}`,
      );

      const missing = await store.missingSchema();
      await store.migrate();

      expect(missing).toEqual([`index ${index} of ${table}`]);
      const found = await raw.query<{ idx: string; col: string }>(raw.dialect.listIndexes);
      expect(found.filter(({ idx }) => idx === index).map(({ col }) => col)).toEqual(columns);
    });

    it('refuses tables of a later version, and changes nothing', async () => {
      await store.migrate();
      const later = SCHEMA_VERSION + 1;
      await raw.execute('INSERT INTO svc_meta (name, value) VALUES (?, ?)', [
        `schema_version_${later}`,
        String(later),
      ]);
      const before = await everything();

      for (const act of [() => store.missingSchema(), () => store.planMigration(), () => store.migrate()]) {
        await expect(act()).rejects.toMatchObject({
          code: 'SCHEMA_TOO_NEW',
          exitCode: 78,
          message: expect.stringMatching(
            new RegExp(`of version ${later},.*up to version ${SCHEMA_VERSION}:`),
          ) as string,
        });
      }
      expect(await everything()).toEqual(before);
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
      // Of the CRM's tables nothing is altered but by an index; of ours columns are added.
      expect(
        plan.filter(
          ({ sql }) =>
            /ALTER TABLE|DROP|MODIFY/.test(sql) && !/ADD INDEX|ALTER TABLE svc_\w+ ADD COLUMN/.test(sql),
        ),
      ).toEqual([]);
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
      expect(await store.loadExclusions()).toEqual({ accounts: new Set(), domains: new Map(), hidden: [] });
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
