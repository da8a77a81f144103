// The connection to MySQL: what happens when it is lost, refused, or in the way of others. The server is real; a
// small proxy before its socket plays the network.

import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { troubleOf } from '../../src/store/mysql-errors.ts';
import { mysqlDialect } from '../../src/store/mysql-dialect.ts';
import { openMysql, type MysqlOptions } from '../../src/store/mysql-driver.ts';
import type { Driver } from '../../src/store/driver.ts';
import { proxyTo } from '../support/socket-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { mariadbGround } from './bench.ts';

const socketPath = inject('mariadbSocket');

describe.skipIf(socketPath === undefined)('openMysql', () => {
  let options: MysqlOptions;
  let remove: () => Promise<void>;
  const opened: Driver[] = [];
  const open = async (some: Partial<MysqlOptions> = {}) => {
    const driver = await openMysql({ ...options, ...some });
    opened.push(driver);
    return driver;
  };

  beforeAll(async () => {
    const ground = await mariadbGround(socketPath!, 'store_driver');
    options = ground.options as MysqlOptions;
    remove = ground.remove;
    const driver = await openMysql(options);
    await driver.alter('CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB');
    await driver.close();
  });
  afterEach(async () => {
    for (const driver of opened.splice(0)) await driver.close();
  });
  afterAll(() => remove());

  it('describes itself without any secret', async () => {
    const driver = await open();

    expect(driver.description).toMatch(/^MariaDB \d+\.\d+\.\d+ at \/\S+db\.sock, database store_driver$/);
  });

  it('counts matched rows, also when nothing changes', async () => {
    const driver = await open();
    await driver.execute('REPLACE INTO t VALUES (1, 1), (2, 1)');

    expect(await driver.execute('UPDATE t SET n = 1 WHERE id IN (1, 2, 3)')).toBe(2);
  });

  it('works in the SQL mode it was written for, whatever the server’s', async () => {
    const driver = await open();
    await driver.query("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    try {
      const fresh = await open();

      expect(await fresh.query('SELECT ? AS said', [`\\'; DROP TABLE t; -- "`])).toEqual([
        { said: `\\'; DROP TABLE t; -- "` },
      ]);
    } finally {
      await driver.query('SET GLOBAL sql_mode = DEFAULT');
    }
  });

  it('refuses more than one statement at a time', async () => {
    const driver = await open();

    await expect(driver.query('SELECT 1; SELECT 2')).rejects.toThrow(/syntax/i);
  });

  it('keeps the statements of others out of a transaction', async () => {
    const driver = await open();
    await driver.execute('REPLACE INTO t VALUES (1, 0)');
    const order: string[] = [];

    await Promise.all([
      driver.transaction(async (session) => {
        order.push('begins');
        await session.execute('UPDATE t SET n = 5 WHERE id = 1');
        await session.query('SELECT SLEEP(0.02)');
        order.push('ends');
      }),
      driver.query('SELECT 1').then(() => order.push('other')),
    ]);

    expect(order).toEqual(['begins', 'ends', 'other']);
  });

  it('undoes a transaction that throws, and goes on', async () => {
    const driver = await open();
    await driver.execute('REPLACE INTO t VALUES (1, 0)');

    await expect(
      driver.transaction(async (session) => {
        await session.execute('UPDATE t SET n = 7 WHERE id = 1');
        throw new Error('a bug');
      }),
    ).rejects.toThrow('a bug');

    expect(await driver.query('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 0 }]);
  });

  it('repeats the transaction that a deadlock chose', async () => {
    const [a, b] = [await open(), await open()];
    await a.execute('REPLACE INTO t VALUES (1, 0), (2, 0)');
    const both = barrier(2);
    const work = (driver: Driver, first: number, second: number) =>
      driver.transaction(async (session) => {
        await session.execute('UPDATE t SET n = n + 1 WHERE id = ?', [first]);
        await both();
        await session.execute('UPDATE t SET n = n + 1 WHERE id = ?', [second]);
      });

    await Promise.all([work(a, 1, 2), work(b, 2, 1)]);

    expect(await a.query('SELECT n FROM t WHERE id IN (1, 2)')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('finishes what it was asked for before it closes, and takes nothing after', async () => {
    const driver = await openMysql(options);
    const last = driver.query('SELECT 1 AS one');

    await driver.close();

    expect(await last).toEqual([{ one: 1 }]);
    await expect(driver.query('SELECT 2')).rejects.toThrow('after the store was closed');
  });

  it('connects again after its connection was killed', async () => {
    const [driver, other] = [await open(), await open()];
    const [row] = await driver.query<{ id: number }>('SELECT CONNECTION_ID() AS id');
    await other.execute(`KILL CONNECTION ${row!.id}`);

    expect(await driver.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('repeats a transaction whose connection was lost in the middle', async () => {
    const [driver, other] = [await open(), await open()];
    await driver.execute('REPLACE INTO t VALUES (1, 0)');
    let runs = 0;

    await driver.transaction(async (session) => {
      await session.execute('UPDATE t SET n = n + 1 WHERE id = 1');
      const [row] = await session.query<{ id: number }>('SELECT CONNECTION_ID() AS id');
      if (++runs === 1) await other.execute(`KILL CONNECTION ${row!.id}`);
      await session.execute('UPDATE t SET n = n + 1 WHERE id = 1');
    });

    expect([runs, await driver.query('SELECT n FROM t WHERE id = 1')]).toEqual([2, [{ n: 2 }]]);
  });

  it('frees its locks when it stands still in the middle of a transaction, and repeats it when it goes on', async () => {
    const [still, other] = [await open(), await open()];
    await still.execute('REPLACE INTO t VALUES (1, 0)');
    expect(await still.query('SELECT @@SESSION.wait_timeout AS seconds')).toEqual([{ seconds: 30 }]);
    let runs = 0;

    await still.transaction(async (session) => {
      runs++;
      await session.execute('UPDATE t SET n = n + 1 WHERE id = 1');
      if (runs > 1) return;
      await session.execute('SET SESSION wait_timeout = 1');
      await other.execute('UPDATE t SET n = n + 10 WHERE id = 1');
    });

    expect([runs, await other.query('SELECT n FROM t WHERE id = 1')]).toEqual([2, [{ n: 11 }]]);
  });

  describe('when the server stops', () => {
    it('waits for it to come back', async () => {
      await using network = await proxyTo(socketPath!);
      const driver = await open({ socketPath: network.path, reconnectForMs: 5_000 });
      await network.stop();
      const answer = driver.query('SELECT 1 AS one');

      await network.start();

      expect(await answer).toEqual([{ one: 1 }]);
    });

    it('says once that it is away and once that it is back', async () => {
      await using network = await proxyTo(socketPath!);
      const news: string[] = [];
      const driver = await open({
        socketPath: network.path,
        reconnectForMs: 60_000,
        onOutage: ({ type, sentence }) => news.push(`${type}: ${sentence}`),
      });
      await network.stop();
      const answers = [driver.query('SELECT 1 AS n'), driver.query('SELECT 2 AS n')];
      await waitFor(() => news.length > 0, 'the outage is told');

      await network.start();

      expect(await Promise.all(answers)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
      expect(news).toEqual([
        expect.stringMatching(/^away: MySQL at .*store_driver, is away \(.*\); it is tried again for 60 s$/),
        expect.stringMatching(/^back: MySQL at .*store_driver, is back after \d+\.\d s$/),
      ]);
    });

    it('lets nothing wait anew that waited with what failed', async () => {
      await using network = await proxyTo(socketPath!);
      const driver = await open({ socketPath: network.path, reconnectForMs: 500 });
      await network.stop();
      const startedAt = performance.now();

      const ends = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => driver.query('SELECT ?', [n])));

      expect(ends.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
      expect(performance.now() - startedAt).toBeLessThan(1_500);
    });

    it('waits no longer than a moment when somebody is in a hurry', async () => {
      await using network = await proxyTo(socketPath!);
      const hurry = new AbortController();
      const news: string[] = [];
      const driver = await open({
        socketPath: network.path,
        reconnectForMs: 60_000,
        hurry: hurry.signal,
        onOutage: ({ type }) => news.push(type),
      });
      await network.stop();
      const failure = expect(driver.query('SELECT 1')).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
      });
      await waitFor(() => news.length > 0, 'the outage is told');

      hurry.abort();

      await failure;
    });

    it('keeps no timer of the statement that was lost, which would hold the process after its end', async () => {
      await using network = await proxyTo(socketPath!);
      const [driver, other] = [await open({ socketPath: network.path, reconnectForMs: 5_000 }), await open()];
      const isRunning = async () =>
        (await other.query("SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"))
          .length > 0;
      const before = activeTimers();

      const answer = driver.query('SELECT SLEEP(0.5) AS zero');
      await waitFor(isRunning, 'the statement runs');
      await network.stop();
      await network.start();

      expect(await answer).toEqual([{ zero: 0 }]);
      await waitFor(() => activeTimers() <= before, 'no timer is left');
    });

    it('gives up after its time, and says where and what now', async () => {
      await using network = await proxyTo(socketPath!);
      const driver = await open({ socketPath: network.path, reconnectForMs: 150, password: '' });
      await network.stop();

      await expect(driver.query('SELECT 1')).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        exitCode: 69,
        message: expect.stringMatching(
          /proxy\.sock, database store_driver, is not reachable.*nothing more is claimed/,
        ) as string,
      });
    });
  });

  describe('with the rights of an operator’s user', () => {
    const user = 'svc_some';
    let administrator: Driver;
    beforeAll(async () => {
      administrator = await openMysql(options);
      await administrator.execute(`CREATE OR REPLACE USER ${user}@localhost`);
      await administrator.execute(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON store_driver.t TO ${user}@localhost`,
      );
      await administrator.execute('REPLACE INTO t VALUES (1, 0)');
    });
    afterAll(async () => {
      await administrator.execute(`DROP USER ${user}@localhost`);
      await administrator.close();
    });

    it('waits while the server takes no writes, as in a failover', async () => {
      const news: string[] = [];
      const driver = await open({
        user,
        onOutage: ({ sentence }) => news.push(sentence),
        reconnectForMs: 60_000,
      });
      await administrator.execute('SET GLOBAL read_only = 1'); // root, as whom all other tests work, may write all the same
      try {
        const writing = driver.transaction((session) => session.execute('UPDATE t SET n = 9 WHERE id = 1'));
        await waitFor(() => news.length > 0, 'the outage is told');
        await administrator.execute('SET GLOBAL read_only = 0');

        expect(await writing).toBe(1);
        expect(news[0]).toMatch(/is away \(.*read-only/);
      } finally {
        await administrator.execute('SET GLOBAL read_only = 0');
      }
    });

    it('says what to do when it stays so', async () => {
      const driver = await open({ user, reconnectForMs: 200 });
      await administrator.execute('SET GLOBAL read_only = 1');
      try {
        await expect(driver.execute('UPDATE t SET n = 9 WHERE id = 1')).rejects.toMatchObject({
          code: 'DATABASE_UNREACHABLE',
          message: expect.stringMatching(/takes no writes .*name the primary/) as string,
        });
      } finally {
        await administrator.execute('SET GLOBAL read_only = 0');
      }
    });

    it('says which rights it lost, at once', async () => {
      const driver = await open({ user, reconnectForMs: 60_000 });
      await administrator.execute(`REVOKE UPDATE ON store_driver.t FROM ${user}@localhost`);
      try {
        await expect(driver.execute('UPDATE t SET n = 9 WHERE id = 1')).rejects.toMatchObject({
          code: 'RIGHTS_MISSING',
          exitCode: 78,
          message: expect.stringMatching(
            /does not allow this account UPDATE on t \(.*UPDATE command denied.*\); grant it what deploy\/grants\.sql does; nothing/,
          ) as string,
        });
      } finally {
        await administrator.execute(`GRANT UPDATE ON store_driver.t TO ${user}@localhost`);
      }
    });

    it('says that there was no connection left', async () => {
      await administrator.execute(`ALTER USER ${user}@localhost WITH MAX_USER_CONNECTIONS 1`);
      try {
        const first = await openMysql({ ...options, user });
        const second = openMysql({ ...options, user });

        await expect(second).rejects.toMatchObject({
          code: 'DATABASE_UNREACHABLE',
          message: expect.stringMatching(/no connection left for us .*raise max_connections/) as string,
        });
        await first.close();
      } finally {
        await administrator.execute(`ALTER USER ${user}@localhost WITH MAX_USER_CONNECTIONS 0`);
      }
    });
  });

  it('calls a trouble of the server its own, and a mistake in our SQL a bug', async () => {
    const driver = await open();

    await expect(
      driver.query("SIGNAL SQLSTATE 'HY000' SET MESSAGE_TEXT = 'table is crashed'"),
    ).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/could not do its work \(.*table is crashed/) as string,
    });
    await expect(driver.query('SELEKT 1')).rejects.not.toHaveProperty('exitCode');
  });

  it.each([
    {
      what: 'nothing listens',
      some: { socketPath: '/nonexistent/db.sock' },
      says: /is not reachable \(.*ENOENT.*check host and port/,
    },
    {
      what: 'the port is closed',
      some: { socketPath: undefined, host: '127.0.0.1', port: 1 },
      says: /127\.0\.0\.1:1.*ECONNREFUSED/,
    },
    {
      what: 'the user is unknown',
      some: { user: 'nobody', password: 'hush-secret' },
      says: /did not let us in.*nobody/,
    },
    { what: 'there is no such database', some: { database: 'nowhere' }, says: /nowhere.*did not let us in/ },
  ])('fails at once when $what, without a word of the password', async ({ some, says }) => {
    const failure = openMysql({ ...options, ...some });

    await expect(failure).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(says) as string,
    });
    await expect(failure).rejects.not.toMatchObject({
      message: expect.stringContaining('hush-secret') as string,
    });
  });
});

describe('troubleOf', () => {
  it.each([
    { errno: 1213, trouble: 'collision' },
    { errno: 3101, trouble: 'collision' },
    { errno: 1205, trouble: 'collision' },
    { errno: 2013, trouble: 'lost' },
    { code: 'ECONNRESET', trouble: 'lost' },
    { fatal: true, trouble: 'lost' },
    { errno: 1045, fatal: true, trouble: 'refused' },
    { errno: 1040, fatal: true, trouble: 'crowded' },
    { errno: 1290, trouble: 'read-only' },
    { errno: 1836, trouble: 'read-only' },
    { errno: 1142, trouble: 'denied' },
    { errno: 1021, trouble: 'full' },
    { errno: 1146, trouble: 'schema' },
    { errno: 1064, trouble: 'unknown' },
  ])('takes $errno$code for $trouble', ({ trouble, ...error }) => {
    expect(troubleOf(Object.assign(new Error('said'), error))).toBe(trouble);
  });
});

describe('mysqlDialect', () => {
  it.each([
    { version: '5.5.68-MariaDB', online: false },
    { version: '5.5.5-10.3.39-MariaDB-log', online: true },
    { version: '10.3.39-MariaDB', online: true },
    { version: '5.6.51', online: true },
    { version: '5.7.44-log', online: true },
    { version: '8.4.2', online: true },
  ])('adds an index while others write on $version: $online', ({ version, online }) => {
    const sql = mysqlDialect(version).addIndex('emails', 'svc_pending', ['id']);

    expect(sql.includes('LOCK=NONE')).toBe(online);
  });
});

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
}

/** Gives a function that waits until so many have called it. */
function barrier(parties: number): () => Promise<void> {
  const arrivals = new EventEmitter();
  const opened = once(arrivals, 'all');
  let arrived = 0;
  return async () => {
    if (++arrived === parties) arrivals.emit('all');
    await opened;
  };
}
