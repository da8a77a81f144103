// What the MySQL driver makes of a cluster: collisions that show only at commit, reads that lag behind, a node that
// is cut off.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../src/store/driver.ts';
import { openMysql } from '../../src/store/mysql-driver.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Cluster, GaleraNode } from './cluster.ts';

const DATABASE = 'driver';

export function describeDriver(cluster: () => Cluster): void {
  const open = (node: GaleraNode, reconnectForMs?: number): Promise<Driver> =>
    openMysql({
      type: 'mysql',
      socketPath: node.socketPath,
      user: 'root',
      password: '',
      database: DATABASE,
      reconnectForMs,
    });

  describe('a driver', () => {
    beforeAll(async () => {
      const connection = await cluster().nodes[0].connect();
      await connection.query(`CREATE DATABASE ${DATABASE}`);
      await connection.query(`CREATE TABLE ${DATABASE}.t (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB`);
      await connection.query(`INSERT INTO ${DATABASE}.t VALUES (1, 0), (2, 0)`);
      await connection.end();
    });

    it('repeats a transaction that another node was faster than, on what that one left', async () => {
      const [here, there] = cluster().nodes;
      await using first = closing(await open(here));
      await using second = closing(await open(there));
      const seen: number[] = [];

      await first.transaction(async (session) => {
        const [row] = await session.query<{ n: number }>('SELECT n FROM t WHERE id = 1 FOR UPDATE');
        seen.push(row!.n);
        // No lock of this node is any to the other: it learns of us only by its or our commit.
        if (seen.length === 1) await second.execute('UPDATE t SET n = n + 10 WHERE id = 1');
        await session.execute('UPDATE t SET n = ? WHERE id = 1', [row!.n + 1]);
      });

      expect(seen).toEqual([0, 10]);
      expect(await second.query('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 11 }]);
    });

    it('lets one of two nodes win that compare and set the same value at once', async () => {
      const [here, there] = cluster().nodes;
      await using first = closing(await open(here));
      await using second = closing(await open(there));
      const set = (driver: Driver, from: number) =>
        driver.execute('UPDATE t SET n = ? WHERE id = 2 AND n = ?', [from + 1, from]);

      const matched: number[] = [];
      for (let from = 0; from < 100; from++) {
        const both = await Promise.all([set(first, from), set(second, from)]);
        matched.push(both[0] + both[1]);
      }

      expect(matched).toEqual(Array.from({ length: 100 }, () => 1));
    });

    it('reads what was committed on another node, however far its own lags behind', async () => {
      const [here, there] = cluster().nodes;
      await using writer = closing(await open(here));
      await using reader = closing(await open(there));
      const lagging = await there.connect(DATABASE);
      await lagging.query('FLUSH TABLES WITH READ LOCK'); // nothing of others is applied on this node
      await writer.execute('UPDATE t SET n = 77 WHERE id = 1');

      let isAnswered = false;
      const answer = reader.query<{ n: number }>('SELECT n FROM t WHERE id = 1').then((rows) => {
        isAnswered = true;
        return rows;
      });
      const [stale] = await lagging.query('SELECT n FROM t WHERE id = 1');
      const wasAnswered = isAnswered;
      await lagging.query('UNLOCK TABLES');

      expect(stale).toEqual([{ n: 11 }]);
      expect(wasAnswered).toBe(false);
      expect(await answer).toEqual([{ n: 77 }]);
      await lagging.end();
    });

    it('waits for a node that is cut off, says so when that takes too long, and goes on when it is back', async () => {
      const [, second] = cluster().nodes;
      await using patient = closing(await open(second, 60_000));
      await using hasty = closing(await open(second, 500));
      await second.isolate(true);
      await waitFor(
        async () => (await second.status('wsrep_ready')) === 'OFF',
        'the node has noticed that it is cut off',
        30_000,
      );

      await expect(hasty.query('SELECT n FROM t')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      await expect(open(second)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      const written = patient.execute('UPDATE t SET n = 78 WHERE id = 1');
      await second.isolate(false);

      expect(await written).toBe(1);
      await waitFor(() => second.isInSync(), 'the node is in sync again', 30_000);
    });
  });
}

function closing(driver: Driver): Driver & AsyncDisposable {
  return Object.assign(driver, { [Symbol.asyncDispose]: () => driver.close() });
}
