import { describe, expect, it } from 'vitest';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

onBothStores('sweep', (bench) => {
  describe('sweep', () => {
    it('finds nothing when the frontier passed nothing', async () => {
      await bench.addRows(range(1, 5));
      const store = await bench.open();
      await store.claimRows(1, 3, token('a'), SERVER_A);

      expect(await store.sweep()).toBe(0);
      expect((await store.survey()).demands).toMatchObject([{ pending: 2 }]);
    });

    it('finds rows whose claim died between moving the frontier and writing them down', async () => {
      await bench.addRows(range(1, 5));
      const store = await bench.open();
      await store.claimRows(1, 5, token('a'), SERVER_A);
      await bench.raw.execute('DELETE FROM svc_row WHERE row_id IN (2, 3)');

      expect(await store.sweep()).toBe(2);
      expect(idsOf(await store.claimRows(1, 5, token('b'), SERVER_B))).toEqual([2, 3]);
    });

    it('finds rows that an import commits late with low ids', async () => {
      await bench.addRows([10, 11, 20]);
      const store = await bench.open();
      await store.claimRows(1, 5, token('a'), SERVER_A);
      await bench.addRows([12, 13]);

      expect(idsOf(await store.claimRows(1, 5, token('b'), SERVER_A))).toEqual([]);
      expect(await store.sweep()).toBe(2);
      expect(idsOf(await store.claimRows(1, 5, token('c'), SERVER_A))).toEqual([12, 13]);
    });

    it('finds rows that the CRM set back to pending, and the list is counted anew', async () => {
      await bench.addList({ id: 7, total_emails: 3 });
      await bench.addRows([1, 2, 3], { csv_list_id: 7 });
      const store = await bench.open();
      const rows = await store.claimRows(1, 5, token('a'), SERVER_A);
      await store.recordResults([resultOf(rows[0]!), resultOf(rows[1]!), deferralOf(rows[2]!)]);
      await bench.raw.execute(
        "UPDATE emails SET domain_processed = 0, validation_status = 'pending' WHERE id = 1",
      );

      expect(await store.sweep()).toBe(1);

      const [again] = await store.claimRows(1, 5, token('b'), SERVER_A);
      await store.recordResults([resultOf(again!)]);
      expect(again!.id).toBe(1);
      expect(await bench.column('SELECT valid_count FROM csv_list')).toEqual([2]);
    });

    it('leaves rows alone that are claimed or wait', async () => {
      await bench.addRows([1, 2]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 2, token('a'), SERVER_A);
      await store.recordResults([deferralOf(row!)]);

      expect(await store.sweep()).toBe(0);
      expect((await store.survey()).demands).toEqual([]);
    });

    it('goes on where it stopped when a queue holds more than one call looks at', async () => {
      await bench.addRows([...range(1, 10_050), 20_000]);
      const store = await bench.open();
      await bench.raw.execute(
        'INSERT INTO svc_queue (user_id, list_id, worker_id, frontier) VALUES (1, -1, -1, 20000)',
      );

      const found = [await store.sweep(), await store.sweep(), await store.sweep()];

      expect(found).toEqual([10_000, 51, 0]);
    });

    it('keeps to its partition', async () => {
      await bench.addRows([1, 2, 3], { worker_id: 1 });
      await bench.addRows([4, 5, 6], { worker_id: 2 });
      const two = await bench.open({ workerId: 2 });
      await two.claimRows(1, 10, token('a'), SERVER_A);
      await bench.raw.execute('DELETE FROM svc_row WHERE row_id = 5');

      expect(await two.sweep()).toBe(1);
      expect(idsOf(await two.claimRows(1, 10, token('b'), SERVER_A))).toEqual([5]);
    });

    it('reads over rows of other partitions once, and still finds its own', async () => {
      await bench.addRows(range(1, 50), { worker_id: 1 });
      await bench.addRows([51, 52], { worker_id: 2 });
      const two = await bench.open({ workerId: 2 });

      await two.sweep();

      expect(await bench.column('SELECT frontier FROM svc_queue WHERE worker_id = 2')).toEqual([50]);
      expect(idsOf(await two.claimRows(1, 10, token('a'), SERVER_A))).toEqual([51, 52]);
    });

    it('removes what is left of rows that were decided or deleted by others, unless somebody holds them', async () => {
      await bench.addRows(range(1, 4));
      const store = await bench.open();
      await store.claimRows(1, 3, token('a'), SERVER_A);
      await store.releaseRows(token('a'), [1, 2]);
      await bench.raw.execute('DELETE FROM emails WHERE id = 1');
      await bench.raw.execute('UPDATE emails SET domain_processed = 1 WHERE id IN (2, 3)');

      await store.sweep();

      expect(await bench.column('SELECT row_id FROM svc_row')).toEqual([3]);
    });
  });
});
