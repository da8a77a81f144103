// Two built servers, one on each node, at the lists of several users; one node dies in the middle and comes back. The
// MX hosts' own log is the witness of what was asked.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMysql } from '../../src/store/mysql-driver.ts';
import type { Driver } from '../../src/store/driver.ts';
import { verifyDatabase } from '../demo/verify.ts';
import { askedTwice, attemptsByAddress } from '../demo/witness-facts.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import { startInternet, type Internet } from '../support/internet/internet.ts';
import { allAddresses, makeWorld } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Cluster, GaleraNode } from './cluster.ts';
import { Server } from './server.ts';

const DATABASE = 'crm';
const world = makeWorld({
  seed: 9,
  domains: 80,
  lists: [
    { userId: 5, addresses: 700 },
    { userId: 8, addresses: 400 },
    { userId: 13, addresses: 300 },
    { userId: 21, addresses: 300 },
  ],
  without: ['silent', 'silent-at-rcpt', 'endless-banner', 'endless-continuation'],
});
const total = allAddresses(world).length;

export function describeProgram(cluster: () => Cluster): void {
  describe('two servers, one on each node', () => {
    let internet: Internet;
    let servers: readonly [Server, Server];
    /** On the node that lives. */
    let database: Driver;
    const drivers: Driver[] = [];
    const open = async (node: GaleraNode) => {
      const driver = await openMysql({ ...connectionOf(node), type: 'mysql', password: '' });
      drivers.push(driver);
      return driver;
    };

    beforeAll(async () => {
      const [here, there] = cluster().nodes;
      const connection = await here.connect();
      await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
      await connection.end();
      internet = await startInternet(world, { latencyMs: 40 });
      servers = [serverAt(here, internet), serverAt(there, internet)];
      expect((await servers[0].run(['migrate'])).exitCode).toBe(0);
      database = await open(here);
      await importWorld([database, await open(there)]);
    });
    afterAll(async () => {
      for (const driver of drivers) await driver.close();
      for (const server of servers) server[Symbol.dispose]();
      await internet.close();
    });

    it('go on when a node is killed: its server keeps what it knows, and the other works', async () => {
      const [here, there] = cluster().nodes;
      const [first, second] = servers;
      first.startCron(isDueFor(database, first));
      second.startCron(isDueFor(database, second), 69);
      await waitFor(
        async () => (await decided(database)) > total / 5 && (await held(database, second)) > 0,
        'a fifth is decided, and both servers work',
        60_000,
      );

      await there.kill();
      const before = await decided(database);
      await waitFor(async () => (await decided(database)) > before, 'the other server decides rows', 30_000);
      await first.stopCron();
      await second.cronEnded();

      expect(await here.status('wsrep_cluster_size')).toBe('1');
      expect(first.runs.at(-1)!.exitCode).toBe(0);
      expect(second.runs.at(-1)!.stderr).toMatch(/not reachable/);
      expect(second.processes()).toBe(0);
      expect(second.journalled()).toBeGreaterThan(0);
      expect(await decided(database)).toBeLessThan(total);
    });

    it('bring everything home when the node is back: decided once and rightly, the same on both nodes', async () => {
      const [here, there] = cluster().nodes;
      const [first, second] = servers;

      await there.start(here);
      second.startCron(isDueFor(database, second));
      await waitFor(() => /Recovered \d+ result/.test(second.cronLog()), 'its journals are replayed', 30_000);
      first.startCron(isDueFor(database, first));
      await waitFor(async () => (await decided(database)) === total, 'every row is decided', 90_000);
      await Promise.all(servers.map((server) => server.stopCron()));
      for (const server of servers) await server.run([]); // settles the lists, as any next minute does

      expect(servers.map((server) => [server.processes(), server.journals()])).toEqual([
        [0, []],
        [0, []],
      ]);
      const [one, two] = await Promise.all([here, there].map(async (node) => contentsOf(await open(node))));
      expect(two).toEqual(one);
      expect(verifyDatabase(world, one!.rows, one!.lists).differences).toEqual([]);
      expect(one!.touched).toEqual([]);
      const evens = one!.rows.filter(({ id }) => id % 2 === 0).length;
      expect(evens).toBeGreaterThan(total / 10);
      expect(total - evens).toBeGreaterThan(total / 10);
      for (const server of [first, second])
        expect(server.runs.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(0);
    });

    it('asked nobody twice, and nothing that must not be asked', async () => {
      await internet.witness.flush();
      const attempts = attemptsByAddress(servers.map(({ storage }) => storage));
      expect(attempts.size).toBeGreaterThan(total / 2);
      expect(askedTwice(internet.witness.events, attempts)).toEqual([]);
      expect(internet.witness.violations()).toEqual([]);
    });
  });
}

function connectionOf({ socketPath }: GaleraNode) {
  return { socketPath, user: 'root', database: DATABASE };
}

function serverAt(node: GaleraNode, internet: Internet): Server {
  const { socketPath, user, database } = connectionOf(node);
  return new Server({
    DB_SOCKET: socketPath,
    DB_USER: user,
    DB_NAME: database,
    DNS_SERVERS: internet.dnsServer,
    SMTP_PORT: String(internet.smtpPort),
    ALLOW_PRIVATE_MX: 'true',
    SMTP_EHLO_NAME: 'verifier.example.net',
    SMTP_MAIL_FROM: 'probe@verifier.example.net',
    TOTAL_WORKERS_POOL: '6',
    MIN_WORKERS_PER_USER: '1',
    RETRY_DELAYS_SECONDS: '1,1',
    SIP_SMTP_SOCKET_TIMEOUT: '1',
    CLAIM_SECONDS: '40', // a database that is away is waited for two fifths of it
  });
}

// Through both nodes by turns, as a CRM behind a load balancer does: ids come in steps, and not in the lists' order.
async function importWorld(nodes: readonly Driver[]): Promise<void> {
  for (const [index, list] of world.lists.entries()) {
    const id = index + 1;
    await nodes[0]!.execute(
      'INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (?, ?, ?, ?)',
      [id, list.userId, list.name, list.addresses.length],
    );
    for (let at = 0; at < list.addresses.length; at += 50) {
      const some = list.addresses.slice(at, at + 50);
      await nodes[(at / 50) % 2]!.execute(
        `INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES ${some.map(() => '(?, ?, ?)').join(', ')}`,
        some.flatMap(({ email }) => [email, id, list.userId]),
      );
    }
  }
}

async function decided(database: Driver): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM emails WHERE domain_processed = 1',
  );
  return row!.n;
}

async function held(database: Driver, { name }: Server): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM svc_row WHERE server = ? AND token IS NOT NULL',
    [name],
  );
  return row!.n;
}

/** True while a cycle of this server would find something: fresh rows, due ones, or what it held when it died. */
function isDueFor(database: Driver, { name }: Server): () => Promise<boolean> {
  return async () => {
    const [row] = await database.query<{ n: number }>(
      `SELECT COUNT(*) AS n FROM emails e LEFT JOIN svc_row r ON r.row_id = e.id WHERE e.domain_processed = 0
         AND (r.row_id IS NULL OR r.due_at <= UNIX_TIMESTAMP() OR (r.token IS NOT NULL AND r.server = ?))`,
      [name],
    );
    return row!.n > 0;
  };
}

async function contentsOf(database: Driver) {
  return {
    rows: await database.query<CrmRow>(
      `SELECT id, csv_list_id AS listId, raw_emailid AS email, domain_processed AS isProcessed,
         domain_status AS domainStatus, domain_verified AS domainVerified, validation_status AS verdict,
         validation_response AS response FROM emails ORDER BY id`,
    ),
    lists: await database.query<CrmList>(
      `SELECT id, user_id AS userId, list_name AS name, status, total_emails AS total, valid_count AS valid,
         invalid_count AS invalid FROM csv_list ORDER BY id`,
    ),
    touched: await database.query('SELECT * FROM svc_row'),
    evidence: await database.query('SELECT * FROM svc_verdict ORDER BY row_id'),
  };
}
