// What is found out about a database before it is worked with; accounts with all rights and with too few of them.

import { readFileSync } from 'node:fs';
import { expect, inject, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { requireSchema } from '../../src/store/require-schema.ts';
import { NEEDED_RIGHTS } from '../../src/store/rights.ts';
import { SCHEMA_VERSION } from '../../src/store/schema-changes.ts';
import { onBothStores, onMariaDb } from './bench.ts';

/** `SELECT ON emails` of each statement `GRANT SELECT ON crm.emails TO …`, rights one by one. */
const GRANTED = readFileSync('deploy/grants.sql', 'utf8')
  .replace(/--.*$/gm, '')
  .split(';')
  .flatMap((statement) => {
    const [, rights = '', table = ''] = /^\s*GRANT ([^;]+?)\s+ON crm\.(\w+)\s/s.exec(statement) ?? [];
    return (rights.match(/[A-Z]+(?: \([^)]*\))?/g) ?? []).map((right) => `${right} ON ${table}`);
  });

onBothStores('examine', (bench) => {
  it('finds nothing wrong with a database that is ready', async () => {
    const before = Date.now();
    await using store = await openStore(bench.options);

    const { clock, missingRights, connections } = await store.examine();

    expect(missingRights).toEqual([]);
    expect(clock.askedAtMs).toBeGreaterThanOrEqual(before);
    expect(clock.answeredAtMs).toBeGreaterThanOrEqual(clock.askedAtMs);
    expect(Math.abs(clock.seconds * 1000 - before)).toBeLessThan(60_000);
    if (bench.options.type === 'sqlite') expect(connections).toBeUndefined();
    else expect(connections).toMatchObject({ max: 60, maxPerUser: undefined });
  });
});

onMariaDb('rights', (bench) => {
  const user = 'svc_few';
  const openAs = async (rights: readonly string[]) => {
    await bench.raw.execute(`DROP USER IF EXISTS ${user}@localhost`);
    await bench.raw.execute(`CREATE USER ${user}@localhost IDENTIFIED BY 'secret'`);
    for (const right of rights) {
      const [, what, table] = /^(.*) ON (\w+)$/.exec(right)!;
      await bench.raw.execute(`GRANT ${what} ON store_rights.${table} TO ${user}@localhost`);
    }
    return openStore({
      type: 'mysql',
      socketPath: inject('mariadbSocket')!,
      user,
      password: 'secret',
      database: 'store_rights',
      reconnectForMs: 0,
    });
  };
  const needed = NEEDED_RIGHTS.map(({ name }) => name);

  it('is content with what deploy/grants.sql grants', async () => {
    await using store = await openAs(GRANTED);

    expect(await store.examine()).toMatchObject({ missingRights: [] });
    expect(await store.missingSchema()).toEqual([]);
  });

  it.each([
    'UPDATE (status, valid_count, invalid_count) ON csv_list',
    'UPDATE ON svc_row',
    'DELETE ON svc_row',
    'INSERT ON svc_verdict',
    'SELECT ON svc_queue',
  ])('misses %s', async (right) => {
    await using store = await openAs(needed.filter((name) => name !== right));

    // INSERT is tried by copying, and rows are deleted by a condition: what cannot be read cannot be copied.
    expect((await store.examine()).missingRights).toContain(right);
  });

  const ofAll = needed.filter((name) => !/ON (?:svc_webhook|exclude_\w+)$/.test(name));

  it('tells what to grant of a table that was made and is hidden from the account', async () => {
    await using store = await openAs(ofAll);

    expect(await store.isAtRest()).toBe(false);
    await expect(requireSchema(store)).rejects.toMatchObject({
      code: 'RIGHTS_MISSING',
      exitCode: 78,
      message: expect.stringContaining(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON store_rights.svc_webhook TO '${user}'@'localhost'`,
      ) as string,
    });
  });

  it('asks for migrate first where the table was not made yet', async () => {
    await using store = await openAs(ofAll);
    const version = `schema_version_${SCHEMA_VERSION}`;
    await bench.raw.execute('UPDATE svc_meta SET name = ? WHERE name = ?', ['earlier', version]);
    try {
      await expect(requireSchema(store)).rejects.toMatchObject({
        code: 'SCHEMA_MISSING',
        message: expect.stringMatching(
          /among them table svc_webhook\).*Run "smtp-validate-cron migrate".*grant the new ones then/s,
        ) as string,
      });
    } finally {
      await bench.raw.execute('UPDATE svc_meta SET name = ? WHERE name = ?', [version, 'earlier']);
    }
  });

  it('says of a table that was dropped that it is missing, to an account that would see it', async () => {
    const store = await bench.open();
    await bench.raw.execute('DROP TABLE svc_webhook');
    try {
      expect(await store.missingSchema()).toContain('table svc_webhook');
    } finally {
      await store.migrate();
    }
  });

  it('names exclusions that the account may not read, and goes by those that it may', async () => {
    await bench.raw.execute("INSERT INTO exclude_domains (domain) VALUES ('example.com')");
    await using store = await openAs([...ofAll, 'SELECT ON exclude_domains']);

    expect(await store.loadExclusions()).toEqual({
      accounts: new Set(),
      domains: new Map([['example.com', '']]),
      hidden: ['exclude_accounts'],
    });
    expect((await store.examine()).hiddenTables).toEqual(['exclude_accounts']);
  });

  it('names none that are not there, to an account that would see them', async () => {
    const store = await bench.open();
    await bench.raw.execute('RENAME TABLE exclude_accounts TO kept_accounts');
    try {
      expect(await store.loadExclusions()).toMatchObject({ hidden: [] });
    } finally {
      await bench.raw.execute('RENAME TABLE kept_accounts TO exclude_accounts');
    }
  });

  it('changes nothing while it looks', async () => {
    await bench.addList({ id: 1, user_id: 5, total_emails: 1 });
    await bench.addRows([1], { csv_list_id: 1, user_id: 5 });
    await using store = await openStore(bench.options);

    await store.examine();

    expect(await bench.raw.query('SELECT id, domain_processed FROM emails')).toEqual([
      { id: 1, domain_processed: 0 },
    ]);
    expect(await bench.raw.query('SELECT id, status FROM csv_list')).toEqual([{ id: 1, status: 'pending' }]);
  });
});

it('needs nothing that deploy/grants.sql does not grant', () => {
  expect(NEEDED_RIGHTS.map(({ name }) => name).filter((name) => !GRANTED.includes(name))).toEqual([]);
});
