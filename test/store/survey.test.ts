import { describe, expect, it } from 'vitest';
import { SERVER_A, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

onBothStores('survey', (bench) => {
  describe('survey', () => {
    it('counts the rows of the users it is told to, and only notes that others have some', async () => {
      await bench.addRows(range(1, 40), { user_id: 5, csv_list_id: 1 });
      await bench.addRows(range(41, 70), { user_id: 6, csv_list_id: 2 });
      await bench.addRows(range(71, 90), { user_id: 7, csv_list_id: 3 });
      const store = await bench.open();
      let offered: readonly number[] = [];

      const { demands } = await store.survey({
        counted: (found) => {
          offered = found.map(({ userId }) => userId);
          return [6];
        },
      });

      expect(offered).toEqual([5, 6, 7]);
      expect(demands).toMatchObject([
        { userId: 5, pending: 1, isCapped: true, oldestRowId: 1 },
        { userId: 6, pending: 30, isCapped: false, oldestRowId: 41 },
        { userId: 7, pending: 1, isCapped: true, oldestRowId: 71 },
      ]);
    });

    it('finds nobody when nothing is pending', async () => {
      await bench.addRows([1, 2], { domain_processed: 1 });
      const store = await bench.open();

      expect(await store.survey()).toEqual({ demands: [], ownerless: 0 });
    });

    it('lists users by their oldest pending row, with what is due', async () => {
      for (const id of [1, 2, 3]) await bench.addList({ id });
      await bench.addRows([30, 31, 32], { user_id: 5, csv_list_id: 1 });
      await bench.addRows([10], { user_id: 9, csv_list_id: null });
      await bench.addRows([20, 21], { user_id: 5, csv_list_id: 2 });
      await bench.addRows([40], { user_id: 7, csv_list_id: 3 });
      await bench.addRows([1], { user_id: 7, csv_list_id: 3, domain_processed: 1 });
      const store = await bench.open();

      expect(await store.survey()).toEqual({
        demands: [
          { userId: 9, pending: 1, isCapped: false, oldestRowId: 10, listIds: [] },
          { userId: 5, pending: 5, isCapped: false, oldestRowId: 20, listIds: [2, 1] },
          { userId: 7, pending: 1, isCapped: false, oldestRowId: 40, listIds: [3] },
        ],
        ownerless: 0,
      });
    });

    it('tells how long each user waits for its turn, on all servers alike', async () => {
      await bench.addRows([10, 11], { user_id: 5 });
      await bench.addRows([20], { user_id: 6 });
      await bench.addRows([30], { user_id: 7 });
      const [here, there] = [await bench.open(), await bench.open()];
      const waits = async () =>
        Object.fromEntries(
          (await there.survey()).demands.map(({ userId, waitedSeconds }) => [userId, waitedSeconds]),
        );

      const atFirst = await waits();
      await here.noteTurns({ served: [6, 5], newcomers: [7], headStartSeconds: 900 });
      await bench.letPass(60);
      await here.noteTurns({ served: [6], newcomers: [7], headStartSeconds: 900 });
      const aMinuteLater = await waits();

      expect(atFirst).toEqual({ 5: undefined, 6: undefined, 7: undefined });
      const close = (seconds: number) => expect.closeTo(seconds, -1);
      expect(aMinuteLater).toEqual({ 5: close(60), 6: close(0), 7: close(960) });
    });

    it('keeps the turns of partitions apart', async () => {
      await bench.addRows([10], { user_id: 5, worker_id: 1 });
      await bench.addRows([11], { user_id: 5, worker_id: 2 });
      const [one, two] = [await bench.open({ workerId: 1 }), await bench.open({ workerId: 2 })];

      await one.noteTurns({ served: [5], newcomers: [], headStartSeconds: 900 });

      expect((await one.survey()).demands[0]?.waitedSeconds).toBeLessThan(30);
      expect((await two.survey()).demands[0]?.waitedSeconds).toBeUndefined();
    });

    it('looks at one user only when asked for one', async () => {
      await bench.addRows([1, 2], { user_id: 5 });
      await bench.addRows([3], { user_id: 6 });
      const store = await bench.open();

      const { demands } = await store.survey({ userId: 6 });

      expect(demands).toMatchObject([{ userId: 6, pending: 1 }]);
    });

    it('does not count rows that are claimed or wait, and counts them again when they are due', async () => {
      await bench.addRows(range(1, 10));
      const store = await bench.open();
      const rows = await store.claimRows(1, 6, token('a'), SERVER_A);
      await store.recordResults([
        ...rows.slice(0, 2).map((row) => deferralOf(row, { retryInSeconds: 200 })),
        ...rows.slice(2, 3).map((row) => resultOf(row)),
      ]);

      const now = await store.survey();
      await bench.letPass(201);
      const whenRetriesAreDue = await store.survey();
      await bench.letPass(100);
      const whenClaimsExpired = await store.survey();

      expect([now, whenRetriesAreDue, whenClaimsExpired].map(({ demands }) => demands[0]?.pending)).toEqual([
        4, 6, 9,
      ]);
      expect(now.demands[0]?.oldestRowId).toBe(1);
    });

    it('leaves out a user whose rows all wait or are claimed', async () => {
      await bench.addRows([1, 2]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 2, token('a'), SERVER_A);
      await store.recordResults([deferralOf(row!)]);

      expect((await store.survey()).demands).toEqual([]);
    });

    it('counts rows without a user for their list’s owner, and those of nobody apart', async () => {
      await bench.addList({ id: 1, user_id: 5 });
      await bench.addList({ id: 2, user_id: null });
      await bench.addRows([1, 2], { user_id: null, csv_list_id: 1 });
      await bench.addRows([3], { user_id: 5, csv_list_id: 1 });
      await bench.addRows([4, 5], { user_id: null, csv_list_id: 2 });
      await bench.addRows([6], { user_id: null, csv_list_id: null });
      await bench.addRows([7], { user_id: null, csv_list_id: 999 });
      const store = await bench.open();

      expect(await store.survey()).toEqual({
        demands: [{ userId: 5, pending: 3, isCapped: false, oldestRowId: 1, listIds: [1] }],
        ownerless: 4,
      });
    });

    it('counts only its own partition', async () => {
      await bench.addRows([1, 2], { user_id: 5, worker_id: 1 });
      await bench.addRows([3, 4, 5], { user_id: 5, worker_id: 2 });
      await bench.addRows([6], { user_id: 6, worker_id: 1 });
      await bench.addRows([7], { user_id: null, worker_id: 1 });
      const store = await bench.open({ workerId: 2 });
      await store.claimRows(5, 1, token('a'), SERVER_A);

      expect(await store.survey()).toEqual({
        demands: [{ userId: 5, pending: 2, isCapped: false, oldestRowId: 4, listIds: [] }],
        ownerless: 0,
      });
      await bench.letPass(301);
      expect((await store.survey()).demands[0]?.pending).toBe(3);
    });

    it('sees rows that are added while it is open', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      await store.claimRows(1, 10, token('a'), SERVER_A);
      const before = await store.survey();
      await bench.addRows([2, 3]);

      const after = await store.survey();

      expect([before.demands.length, after.demands[0]?.pending]).toEqual([0, 2]);
    });

    it('stops counting where it is enough to know', async () => {
      await bench.addRows(range(1, 10));
      await bench.addRows(range(11, 30), { user_id: 2 });
      const store = await bench.open({ pendingCountCap: 15 });
      await store.claimRows(2, 20, token('a'), SERVER_A);
      await bench.letPass(301);

      expect((await store.survey()).demands).toMatchObject([
        { userId: 1, pending: 10, isCapped: false },
        { userId: 2, pending: 15, isCapped: true },
      ]);
    });

    it('changes nothing', async () => {
      await bench.addList({ id: 1 });
      await bench.addRows([1, 2], { csv_list_id: 1 });
      const store = await bench.open();

      await store.survey();

      expect(await bench.column('SELECT COUNT(*) FROM svc_row')).toEqual([0]);
      expect(await bench.column('SELECT COUNT(*) FROM svc_queue')).toEqual([0]);
      expect(await bench.column('SELECT status FROM csv_list')).toEqual(['pending']);
    });
  });

  describe('loadExclusions', () => {
    it('gives accounts and domains in lower case, an address where there is one', async () => {
      await bench.raw.execute("INSERT INTO exclude_accounts (account) VALUES ('PostMaster'), ('info')");
      await bench.raw.execute(
        "INSERT INTO exclude_domains (domain, ip_address) VALUES ('Example.COM', '192.0.2.9'), ('example.net', NULL)",
      );
      const store = await bench.open();

      expect(await store.loadExclusions()).toEqual({
        accounts: new Set(['postmaster', 'info']),
        domains: new Map([
          ['example.com', '192.0.2.9'],
          ['example.net', ''],
        ]),
        hidden: [],
      });
    });
  });
});
