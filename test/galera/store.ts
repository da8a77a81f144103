// Two stores on two nodes at the same rows: each row is claimed once, each result counted once, whoever had to give way.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedRow } from '../../src/domain/row.ts';
import type { Driver } from '../../src/store/driver.ts';
import { openMysql, type MysqlOptions } from '../../src/store/mysql-driver.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, SERVER_B, deferralOf, range, resultOf, token } from '../store/bench.ts';
import type { Cluster, GaleraNode } from './cluster.ts';

const DATABASE = 'store';
const ROWS = 3_000;
const LISTS = [1, 2, 3];

export function describeStore(cluster: () => Cluster): void {
  describe('two stores, one on each node', () => {
    let stores: readonly [Store, Store];
    let raw: readonly [Driver, Driver];

    beforeAll(async () => {
      const connection = await cluster().nodes[0].connect();
      await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
      await connection.end();
      const [here, there] = cluster().nodes;
      stores = [await openStore(optionsFor(here)), await openStore(optionsFor(there))];
      raw = [await openMysql(optionsFor(here)), await openMysql(optionsFor(there))];
      await stores[0].migrate();
      await importOnBothNodes(raw);
    });
    afterAll(async () => {
      for (const store of stores) await store[Symbol.asyncDispose]();
      for (const driver of raw) await driver.close();
    });

    it('are imported to by both nodes in steps of two, with ids that interleave', async () => {
      const [odd] = await raw[0].query<{ odd: number }>('SELECT SUM(id % 2) AS odd FROM emails');
      expect(odd!.odd).toBe(ROWS / 2);
    });

    it('claim each row once and count each result once, although they run into each other', async () => {
      const before = await conflicts(cluster());

      const claimed = await Promise.all([workOff(stores[0], SERVER_A), workOff(stores[1], SERVER_B)]);

      const ids = claimed.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ROWS);
      expect(ids.length).toBe(ROWS);
      for (const share of claimed) expect(share.length).toBeGreaterThan(ROWS / 10);
      expect((await conflicts(cluster())) - before).toBeGreaterThan(0);
      for (const driver of raw) {
        expect(await driver.query('SELECT row_id FROM svc_row')).toEqual([]);
        expect(await driver.query('SELECT id, valid_count, invalid_count FROM csv_list ORDER BY id')).toEqual(
          await driver.query(
            `SELECT csv_list_id AS id, SUM(domain_status = 1) AS valid_count, SUM(domain_status = 0) AS invalid_count
             FROM emails WHERE domain_processed = 1 GROUP BY csv_list_id ORDER BY csv_list_id`,
          ),
        );
      }
    });

    it('complete each list once, with the same counts on both nodes', async () => {
      const completed = await Promise.all(stores.map((store) => store.reconcileLists()));

      const lists = completed.flat().filter(({ justCompleted }) => justCompleted);
      expect(lists.map(({ listId }) => listId).toSorted()).toEqual(LISTS);
      for (const driver of raw)
        expect(
          await driver.query('SELECT status, valid_count + invalid_count AS counted FROM csv_list'),
        ).toEqual(LISTS.map(() => ({ status: 'completed', counted: ROWS / LISTS.length })));
    });
  });
}

function optionsFor(node: GaleraNode): MysqlOptions {
  return { type: 'mysql', socketPath: node.socketPath, user: 'root', password: '', database: DATABASE };
}

async function importOnBothNodes(raw: readonly [Driver, Driver]): Promise<void> {
  for (const id of LISTS) {
    await raw[0].execute('INSERT INTO csv_list (id, user_id, total_emails) VALUES (?, ?, ?)', [
      id,
      1,
      ROWS / LISTS.length,
    ]);
  }
  const share = range(1, ROWS / 2);
  await Promise.all(
    raw.map(async (driver) => {
      for (let at = 0; at < share.length; at += 100) {
        const rows = share.slice(at, at + 100);
        await driver.execute(
          `INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES ${rows.map(() => '(?, ?, 1)').join(', ')}`,
          rows.flatMap((n) => [`u${n}@example.com`, LISTS[n % LISTS.length]!]),
        );
      }
    }),
  );
}

/** Claims, probes as if, and records until nothing is left; every third row at a second attempt. Gives what was decided. */
async function workOff(store: Store, claimant: typeof SERVER_A): Promise<readonly ClaimedRow[]> {
  const decided: ClaimedRow[] = [];
  for (let turn = 0; ; turn++) {
    await store.sweep();
    const rows = await store.claimRows(1, 100, token(`${claimant.server[0]}${turn}`), claimant);
    if (rows.length === 0) return decided;
    const results = rows.map((row) =>
      row.id % 3 === 0 && row.attempts === 0
        ? deferralOf(row, { retryInSeconds: 0 })
        : resultOf(row, row.id % 2 === 0 ? {} : { status: 'invalid', reason: 'mailbox-not-found' }),
    );
    await store.recordResults(results);
    decided.push(...rows.filter((_, index) => results[index]!.status !== 'deferred'));
  }
}

async function conflicts(cluster: Cluster): Promise<number> {
  const [here, there] = cluster.nodes;
  return (await here.conflicts()) + (await there.conflicts());
}
