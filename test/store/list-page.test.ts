import { expect, it } from 'vitest';
import type { ListedRow, RowStatus } from '../../src/store/list-page.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

onBothStores('list_page', (bench) => {
  /** All pages; `between` is called after each. */
  const readAll = async (
    store: Store,
    statuses: readonly RowStatus[] = [],
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<readonly ListedRow[]> => {
    const rows: ListedRow[] = [];
    for (let after: number | undefined; ;) {
      const page = await store.readListPage(1, statuses, after);
      rows.push(...page.rows);
      await between();
      if (page.nextAfter === undefined) return rows;
      after = page.nextAfter;
    }
  };

  it('gives each row with what is known of its verdict, by id', async () => {
    await bench.addList({ id: 1, user_id: 5 });
    await bench.addRows(range(1, 4), { csv_list_id: 1, user_id: 5 });
    await bench.addRows([5], { csv_list_id: 2, user_id: 5 });
    const store = await bench.open();
    const [one, two, three] = await store.claimRows(5, 10, token('a'), SERVER_A);
    await store.recordResults([
      resultOf(one!, { stage: 'rcpt', text: 'ok' }),
      resultOf(two!, {
        status: 'invalid',
        reason: 'mailbox-not-found',
        code: 550,
        enhanced: '5.1.1',
        response: '550 no',
      }),
      deferralOf(three!),
    ]);

    const rows = await readAll(store);

    expect(rows).toMatchObject([
      {
        id: 1,
        email: 'u1@example.com',
        status: 'valid',
        reason: 'accepted',
        response: '192.0.2.1',
        attempt: 1,
        decidedAt: expect.any(Number) as number,
      },
      {
        id: 2,
        status: 'invalid',
        reason: 'mailbox-not-found',
        code: 550,
        enhanced: '5.1.1',
        response: '550 no',
      },
      { id: 3, status: 'pending', reason: 'greylisted', decidedAt: undefined },
      { id: 4, status: 'pending', reason: undefined, response: undefined },
    ]);
    expect((await readAll(store, ['pending'])).map(({ id }) => id)).toEqual([3, 4]);
    expect((await readAll(store, ['catch-all', 'invalid'])).map(({ id }) => id)).toEqual([2]);
    expect(await store.findList(1)).toEqual({ name: '', status: 'running' });
    expect(await store.findList(9)).toBeUndefined();
  });

  it('gives each row once, though they are decided while it reads', async () => {
    await bench.addList({ id: 1, user_id: 5 });
    await bench.addRows(range(1, 5_000), { csv_list_id: 1, user_id: 5 });
    const store = await bench.open();
    let decided = 0;

    const rows = await readAll(store, [], () =>
      bench.raw.execute(
        "UPDATE emails SET domain_processed = 1, domain_status = ?, validation_status = 'x' WHERE id % 3 = ?",
        [decided % 3, decided++ % 3],
      ),
    );

    expect(rows.map(({ id }) => id)).toEqual(range(1, 5_000));
    expect(decided).toBe(3);
  });

  it('keeps to itself the evidence of a verdict that another program has replaced', async () => {
    await bench.addList({ id: 1, user_id: 5 });
    await bench.addRows([1], { csv_list_id: 1, user_id: 5 });
    const store = await bench.open();
    const [row] = await store.claimRows(5, 10, token('a'), SERVER_A);
    await store.recordResults([resultOf(row!)]);
    await bench.raw.execute(
      "UPDATE emails SET domain_status = 0, validation_status = 'invalid' WHERE id = 1",
    );

    expect(await readAll(store)).toMatchObject([{ status: 'invalid', reason: undefined, code: undefined }]);
  });
});
