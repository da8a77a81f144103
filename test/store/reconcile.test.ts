import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { seededRandom, type Random } from '../support/internet/random.ts';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

/** Claims what is due and decides the rows named; gives the others back. */
const decide = async (
  store: Store,
  name: string,
  ids: readonly number[],
  status: 'valid' | 'invalid' = 'valid',
) => {
  const rows = await store.claimRows(1, 1000, token(name), SERVER_A);
  await store.recordResults(
    rows.filter(({ id }) => ids.includes(id)).map((row) => resultOf(row, { status })),
  );
  await store.releaseRows(
    token(name),
    rows.map(({ id }) => id).filter((id) => !ids.includes(id)),
  );
};

onBothStores('reconcile', (bench) => {
  const listOf = async (id: number) =>
    (await bench.raw.query('SELECT status, valid_count, invalid_count FROM csv_list WHERE id = ?', [id]))[0];
  describe('reconcileLists', () => {
    it('comes round to a completed list behind ten thousand others in the next cycle', async () => {
      await bench.addList({ id: 10_001, total_emails: 5, status: 'completed' });
      for (let id = 1; id <= 10_001; id += 1_000) {
        const ids = range(id, Math.min(id + 999, 10_001));
        await bench.raw.execute(
          `INSERT INTO svc_list (list_id, total_emails, highest_row_id) VALUES ${ids.map(() => '(?, 1, 1)').join(', ')}`,
          ids,
        );
      }
      const store = await bench.open();

      const first = await store.reconcileLists();
      const second = await store.reconcileLists();

      expect(first).toEqual([]);
      expect(second).toMatchObject([{ listId: 10_001, invalid: 5, total: 5 }]);
      expect(await bench.column('SELECT list_id FROM svc_list')).toEqual([10_001]);
    });

    it('completes a list whose rows are all decided, and says so once', async () => {
      await bench.addList({ id: 7, total_emails: 3 });
      await bench.addRows([1, 2, 3], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1, 2, 3]);

      const first = await store.reconcileLists();
      const second = await store.reconcileLists();

      expect(first).toEqual([
        { listId: 7, userId: 1, status: 'completed', valid: 3, invalid: 0, total: 3, justCompleted: true },
      ]);
      expect(second).toEqual([]);
    });

    it('keeps a list running while rows wait for a retry', async () => {
      await bench.addList({ id: 7, total_emails: 2 });
      await bench.addRows([1, 2], { csv_list_id: 7 });
      const store = await bench.open();
      const rows = await store.claimRows(1, 10, token('a'), SERVER_A);
      await store.recordResults([resultOf(rows[0]!), deferralOf(rows[1]!)]);

      expect(await store.reconcileLists()).toEqual([]);
      expect(await listOf(7)).toEqual({ status: 'running', valid_count: 1, invalid_count: 0 });
    });

    it('leaves a list pending that nobody touched', async () => {
      await bench.addList({ id: 7, total_emails: 2 });
      await bench.addRows([1, 2], { csv_list_id: 7 });
      const store = await bench.open();

      expect(await store.reconcileLists()).toEqual([]);
      expect(await listOf(7)).toMatchObject({ status: 'pending' });
    });

    it.each([
      { case: 'a young list without rows', ageSeconds: 60, total: 100, completes: false },
      { case: 'a young list that says it is empty', ageSeconds: 60, total: 0, completes: false },
      { case: 'an old list without rows', ageSeconds: 700, total: 100, completes: true },
      { case: 'an old list that says it is empty', ageSeconds: 700, total: 0, completes: true },
    ])('completes $case: $completes', async ({ ageSeconds, total, completes }) => {
      await bench.addList({ id: 7, total_emails: total, ageSeconds });
      const store = await bench.open();

      await store.reconcileLists();

      expect(await listOf(7)).toEqual(
        completes
          ? { status: 'completed', valid_count: 0, invalid_count: total }
          : { status: 'pending', valid_count: 0, invalid_count: 0 },
      );
    });

    it('counts rows that were announced and never imported as invalid', async () => {
      await bench.addList({ id: 7, total_emails: 10 });
      await bench.addRows(range(1, 6), { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1, 2], 'valid');
      await decide(store, 'b', [3], 'invalid');

      expect(await listOf(7)).toEqual({ status: 'running', valid_count: 2, invalid_count: 5 });
    });

    it('counts a list at its first touch, with what was decided before', async () => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows([1, 2], { csv_list_id: 7, domain_processed: 1, domain_status: 1 });
      await bench.addRows([3], { csv_list_id: 7, domain_processed: 1, domain_status: 0 });
      await bench.addRows([4], { csv_list_id: 7 });
      const store = await bench.open();

      await store.claimRows(1, 10, token('a'), SERVER_A);

      expect(await listOf(7)).toEqual({ status: 'running', valid_count: 2, invalid_count: 1 });
    });

    it.each([
      { change: 'total_emails', sql: 'UPDATE csv_list SET total_emails = 9 WHERE id = 7', invalid: 6 },
      { change: 'the highest row id', sql: 'UPDATE emails SET id = 50 WHERE id = 3', invalid: 1 },
    ])('counts a running list anew when $change changed', async ({ sql, invalid }) => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows([1, 2, 3], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1]);
      await bench.raw.execute('UPDATE csv_list SET valid_count = 99 WHERE id = 7');
      await bench.raw.execute(sql);

      const changed = await store.reconcileLists();

      expect(changed).toMatchObject([
        { listId: 7, status: 'running', valid: 1, invalid, justCompleted: false },
      ]);
    });

    it('does not count a running list again when nothing about it changed', async () => {
      await bench.addList({ id: 7, total_emails: 3 });
      await bench.addRows([1, 2, 3], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1]);
      await bench.raw.execute('UPDATE csv_list SET valid_count = 99 WHERE id = 7');

      expect(await store.reconcileLists()).toEqual([]);
      expect(await listOf(7)).toMatchObject({ valid_count: 99 });
    });

    it('counts a completed list anew when its total changed, and leaves its state', async () => {
      await bench.addList({ id: 7, total_emails: 2 });
      await bench.addRows([1, 2], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1, 2]);
      await store.reconcileLists();
      await bench.raw.execute('UPDATE csv_list SET total_emails = 5 WHERE id = 7');

      expect(await store.reconcileLists()).toEqual([
        { listId: 7, userId: 1, status: 'completed', valid: 2, invalid: 3, total: 5, justCompleted: false },
      ]);
    });

    it('takes a completed list up again when rows come back, and completes it exactly', async () => {
      await bench.addList({ id: 7, total_emails: 3 });
      await bench.addRows([1, 2, 3], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', [1, 2, 3]);
      await store.reconcileLists();
      await bench.raw.execute('UPDATE emails SET domain_processed = 0 WHERE id = 2');

      const [again] = await store.claimRows(1, 10, token('b'), SERVER_A);
      const whileRunning = await listOf(7);
      await store.recordResults([resultOf(again!, { status: 'invalid' })]);
      await store.reconcileLists();

      expect(again?.id).toBe(2);
      expect(whileRunning).toEqual({ status: 'running', valid_count: 2, invalid_count: 0 });
      expect(await listOf(7)).toEqual({ status: 'completed', valid_count: 2, invalid_count: 1 });
    });

    it('completes lists that the program never touched, also when nothing is pending', async () => {
      await bench.addList({ id: 7, total_emails: 2, status: 'running' });
      await bench.addRows([1, 2], { csv_list_id: 7, domain_processed: 1, domain_status: 1 });
      const store = await bench.open();

      expect(await store.reconcileLists()).toMatchObject([{ listId: 7, justCompleted: true, valid: 2 }]);
    });

    it('never touches a list with another word for its state', async () => {
      await bench.addList({ id: 7, total_emails: 2, status: 'paused', ageSeconds: 9999 });
      const store = await bench.open();

      expect(await store.reconcileLists()).toEqual([]);
      expect(await listOf(7)).toMatchObject({ status: 'paused' });
    });

    it('forgets lists that the CRM deleted', async () => {
      await bench.addList({ id: 7, total_emails: 1 });
      await bench.addRows([1], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, 'a', []);
      await bench.raw.execute('DELETE FROM emails');
      await bench.raw.execute('DELETE FROM csv_list');

      await store.reconcileLists();

      expect(await bench.column('SELECT list_id FROM svc_list')).toEqual([]);
      expect(await bench.column('SELECT list_id FROM svc_queue')).toEqual([]);
    });

    it('settles more lists than fit one statement', async () => {
      for (const id of range(1, 130)) {
        await bench.addList({ id, total_emails: 1, status: 'running' });
        await bench.addRows([id], { csv_list_id: id, domain_processed: id % 2 });
      }
      const store = await bench.open();

      const changed = await store.reconcileLists();

      expect(changed.filter(({ justCompleted }) => justCompleted).map(({ listId }) => listId)).toEqual(
        range(1, 130).filter((id) => id % 2 === 1),
      );
    });

    it.each([1, 2, 3, 4])(
      'counts exactly at rest, whatever the CRM moves and deletes while two servers work (seed %i)',
      async (seed) => {
        const random = seededRandom(seed);
        for (const id of [1, 2, 3, 4]) {
          await bench.addList({ id, total_emails: 30 });
          await bench.addRows(range(id * 100, id * 100 + 27), { csv_list_id: id });
        }
        const servers = [
          { store: await bench.open(), claimant: SERVER_A },
          { store: await bench.open(), claimant: SERVER_B },
        ];
        for (let turn = 0; turn < 25; turn++) {
          const { store, claimant } = random.pick(servers);
          const rows = await store.claimRows(1, 1 + random.below(15), token(`${seed}-${turn}`), claimant);
          await meddle(random); // between a claim and its result
          await store.recordResults(
            rows.map((row) =>
              random.pick([
                resultOf(row),
                resultOf(row, { status: 'invalid', reason: 'mailbox-not-found' }),
                resultOf(row, { status: 'unknown', reason: 'timeout' }),
                deferralOf(row),
              ]),
            ),
          );
          if (turn % 5 === 0) await store.reconcileLists();
        }
        await finish(servers[0]!.store, seed);

        await servers[1]!.store.reconcileLists();

        const exact = await bench.raw.query(
          `SELECT c.id, 'completed' AS status, COALESCE(SUM(e.domain_status = 1 AND e.domain_processed = 1), 0) AS valid_count,
             c.total_emails - COUNT(e.id) + COALESCE(SUM(e.domain_status = 0 AND e.domain_processed = 1), 0) AS invalid_count
           FROM csv_list c LEFT JOIN emails e ON e.csv_list_id = c.id GROUP BY c.id, c.total_emails ORDER BY c.id`,
        );
        expect(
          await bench.raw.query('SELECT id, status, valid_count, invalid_count FROM csv_list ORDER BY id'),
        ).toEqual(exact);
        expect(await servers[0]!.store.reconcileLists()).toEqual([]);
        expect(await bench.column('SELECT COUNT(*) FROM svc_row')).toEqual([0]);
      },
      30_000,
    );

    /** What a CRM may do at any time: move rows to another list, delete some, delete a list with its rows. */
    async function meddle(random: Random): Promise<void> {
      const [from, to] = [1 + random.below(4), 1 + random.below(4)];
      const first = from * 100 + random.below(28);
      const act = random.weighted({ nothing: 6, move: 3, remove: 2, 'remove list': 1 });
      if (act === 'move')
        await bench.raw.execute(
          'UPDATE emails SET csv_list_id = ? WHERE csv_list_id = ? AND domain_processed = 0 AND id BETWEEN ? AND ?',
          [to, from, first, first + 5],
        );
      if (act === 'remove')
        await bench.raw.execute('DELETE FROM emails WHERE domain_processed = 0 AND id BETWEEN ? AND ?', [
          first,
          first + 2,
        ]);
      if (act === 'remove list' && from === 4) {
        await bench.raw.execute('DELETE FROM emails WHERE csv_list_id = 4');
        await bench.raw.execute('DELETE FROM csv_list WHERE id = 4');
      }
    }

    /** Decides all that is pending, as the cycles of some days would; a list that lost all its rows is old by then. */
    async function finish(store: Store, seed: number): Promise<void> {
      await bench.raw.execute("UPDATE csv_list SET created_at = '2020-01-01 00:00:00'");
      for (let turn = 0; turn < 20; turn++) {
        await bench.letPass(1_000);
        await store.sweep();
        const rows = await store.claimRows(1, 1_000, token(`${seed}-last-${turn}`), SERVER_A);
        await store.recordResults(rows.map((row) => resultOf(row)));
      }
      expect(
        await bench.column(
          'SELECT COUNT(*) FROM emails WHERE domain_processed = 0 AND csv_list_id IN (SELECT id FROM csv_list)',
        ),
      ).toEqual([0]);
    }
  });
});
