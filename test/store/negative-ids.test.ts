// `emails.id` is signed: rows that somebody put in by hand below zero go the same way as all others.

import { expect, it } from 'vitest';
import { SERVER_A, onBothStores, range, resultOf, token } from './bench.ts';

const IDS = [-7, -3, -1, 1, 2];

onBothStores('negative_ids', (bench) => {
  const claimedIds = async (store: Awaited<ReturnType<typeof bench.open>>, limit: number, name: string) =>
    (await store.claimRows(1, limit, token(name), SERVER_A)).map(({ id }) => id);
  const prepare = async () => {
    await bench.addList({ id: 7, total_emails: IDS.length });
    await bench.addRows(IDS, { csv_list_id: 7 });
    return bench.open();
  };

  it('are surveyed and claimed, the oldest first, each once', async () => {
    const store = await prepare();

    const { demands } = await store.survey();
    const claimed = [
      await claimedIds(store, 2, 'a'),
      await claimedIds(store, 2, 'b'),
      await claimedIds(store, 9, 'c'),
    ];

    expect(demands).toMatchObject([{ userId: 1, pending: 5, oldestRowId: -7 }]);
    expect(claimed).toEqual([[-7, -3], [-1, 1], [2]]);
  });

  it('are found again when a claim on them was lost in a crash', async () => {
    const store = await prepare();
    await store.claimRows(1, 9, token('a'), SERVER_A);
    await bench.raw.execute('DELETE FROM svc_row WHERE row_id IN (-3, 2)');

    const found = [await store.sweep(), await store.sweep()];

    expect(found.toSorted()).toEqual([1, 1]);
    expect((await claimedIds(store, 9, 'b')).toSorted((a, b) => a - b)).toEqual([-3, 2]);
  });

  it('are claimed when they come later than all others', async () => {
    await bench.addRows(range(1, 3));
    const store = await bench.open();
    await store.claimRows(1, 9, token('a'), SERVER_A);
    await bench.addRows([-9]);

    await store.sweep();
    await store.sweep();

    expect(await claimedIds(store, 9, 'b')).toEqual([-9]);
  });

  it('are decided, counted, explained, judged and queued again', async () => {
    const store = await prepare();
    const rows = await store.claimRows(1, 9, token('a'), SERVER_A);
    await store.recordResults(
      rows.map((row) =>
        resultOf(row, { status: 'unknown', reason: 'timeout', stage: 'rcpt', failure: 'timeout' }),
      ),
    );

    await store.reconcileLists();
    const idle = await store.reconcileLists();
    const page = await store.readEvidence({ listId: 7 });
    const requeued = await store.requeueRows(7, { statuses: ['unknown'], reasons: [] }, false);

    expect(idle).toEqual([]);
    expect((await store.findRows({ id: -3 }, 1))[0]).toMatchObject({ id: -3, isProcessed: false });
    expect(page.rows.map(({ id }) => id)).toEqual(IDS);
    expect(requeued).toEqual({ queued: 5, left: 0 });
    expect((await claimedIds(store, 9, 'b')).toSorted((a, b) => a - b)).toEqual(IDS);
  });
});
