// What a report reads: which rows belong to a list, a user or a stretch of time, and what is known of each.

import { expect, it } from 'vitest';
import type { OutcomeFilter, OutcomePage } from '../../src/store/outcomes.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const read = async (store: Store, filter: OutcomeFilter) => {
  const pages: OutcomePage[] = [];
  for await (const page of store.readOutcomes(filter)) pages.push(page);
  return {
    rows: pages.flatMap(({ rows }) => rows).toSorted((a, b) => a.id - b.id),
    seen: pages.reduce((sum, { seen }) => sum + seen, 0),
    pages: pages.length,
  };
};

onBothStores('outcomes', (bench) => {
  const idsOf = async (store: Store, filter: OutcomeFilter) =>
    (await read(store, filter)).rows.map(({ id }) => id);

  it('gives each row with what the CRM shows and what is kept of its verdict', async () => {
    await bench.addRows([1, 2, 3, 4]);
    const store = await bench.open();
    const rows = await store.claimRows(1, 3, token('a'), SERVER_A);
    await store.recordResults([
      resultOf(rows[0]!, { stage: 'rcpt', knownCatchAll: 'no', ms: 41.6, attempt: 2 }),
      resultOf(rows[1]!, {
        takenFrom: { rowId: 1, listId: undefined },
        controlCode: 550,
        knownCatchAll: 'no',
      }),
      deferralOf(rows[2]!, { stage: 'rcpt' }),
    ]);

    const found = await read(store, {});

    const decidedAt = expect.any(Number) as number;
    const said = { reason: 'accepted', mx: 'mx.example.com', decidedAt };
    expect(found.rows).toEqual([
      {
        id: 1,
        email: 'u1@example.com',
        isProcessed: true,
        validationStatus: 'valid',
        evidence: {
          ...said,
          status: 'valid',
          stage: 'rcpt',
          attempt: 2,
          tookMs: 42,
          isTaken: false,
          isControlSpared: true,
        },
      },
      expect.objectContaining({
        id: 2,
        evidence: {
          ...said,
          status: 'valid',
          stage: undefined,
          attempt: 1,
          tookMs: undefined,
          isTaken: true,
          isControlSpared: false,
        },
      }),
      expect.objectContaining({
        id: 3,
        isProcessed: false,
        validationStatus: 'pending',
        evidence: expect.objectContaining({ status: 'deferred', reason: 'greylisted' }) as object,
      }),
      expect.objectContaining({ id: 4, isProcessed: false, evidence: undefined }),
    ]);
    expect(found).toMatchObject({ seen: 4, pages: 1 });
  });

  it('gives the rows of a list, whatever they are decided as, and no others', async () => {
    await bench.addList({ id: 7 });
    for (const [id, processed, status] of [
      [-5, 1, 0],
      [2, 1, 1],
      [3, 1, 2],
      [4, 0, 0],
      [5, 0, 2],
    ] as const)
      await bench.addRows([id], { csv_list_id: 7, domain_processed: processed, domain_status: status });
    await bench.addRows([6], { csv_list_id: 8 });
    const store = await bench.open();

    expect(await idsOf(store, { listId: 7 })).toEqual([-5, 2, 3, 4, 5]);
  });

  it('gives the rows of a user, in its lists and in none, and those of its lists that name no user', async () => {
    await bench.addList({ id: 7, user_id: 2, status: 'completed' });
    await bench.addRows([1, 2], { user_id: 2 });
    await bench.addRows([3], { user_id: 2, csv_list_id: 99, domain_processed: 1 });
    await bench.addRows([4], { user_id: null, csv_list_id: 7, domain_processed: 1 });
    await bench.addRows([5], { user_id: null, csv_list_id: 8 });
    await bench.addRows([6], { user_id: 1, csv_list_id: 7 });
    const store = await bench.open();

    expect(await idsOf(store, { userId: 2 })).toEqual([1, 2, 3, 4]);
  });

  it('gives what was decided since a moment, in any list and in one', async () => {
    await bench.addList({ id: 7 });
    await bench.addRows([1, 2]);
    await bench.addRows([3, 4], { csv_list_id: 7 });
    const store = await bench.open();
    const rows = await store.claimRows(1, 4, token('a'), SERVER_A);
    await store.recordResults(rows.map((row) => resultOf(row)));
    await bench.raw.execute('UPDATE svc_verdict SET decided_at = 1000 WHERE row_id IN (1, 3)');

    expect(await idsOf(store, { since: 1001 })).toEqual([2, 4]);
    expect(await idsOf(store, { since: 1001, listId: 7 })).toEqual([4]);
    expect(await idsOf(store, { since: 1000, listId: 7 })).toEqual([3, 4]);
  });

  it('reads many rows in several pieces, each row once', async () => {
    await bench.addList({ id: 7 });
    await bench.addRows(range(1, 10_001), { csv_list_id: 7, domain_processed: 1 });
    const store = await bench.open();

    const { rows, pages, seen } = await read(store, { listId: 7 });

    expect(new Set(rows.map(({ id }) => id)).size).toBe(10_001);
    expect({ pages, seen, rows: rows.length }).toEqual({ pages: 3, seen: 10_001, rows: 10_001 });
  });

  it('tells whose rows they are, and how many the lists promise', async () => {
    await bench.addList({ id: 7, user_id: 2, total_emails: 10, status: 'running' });
    await bench.addList({ id: 8, user_id: 2, total_emails: 5, status: 'completed' });
    await bench.raw.execute("UPDATE csv_list SET list_name = 'Spring' WHERE id = 7");
    const store = await bench.open();
    const readAt = expect.any(Number) as number;

    expect(await store.findSubject({ listId: 7 })).toEqual({
      list: { name: 'Spring', status: 'running' },
      userId: 2,
      expectedRows: 10,
      readAt,
    });
    expect(await store.findSubject({ userId: 2 })).toEqual({ userId: 2, expectedRows: 15, readAt });
    expect(await store.findSubject({})).toEqual({ readAt });
    expect(await store.findSubject({ listId: 9 })).toBeUndefined();
  });

  it('gives of each reason among the newest decided rows of a list one, at most four of a kind', async () => {
    await bench.addList({ id: 7 });
    await bench.addRows(range(1, 40), { csv_list_id: 7 });
    const store = await bench.open();
    const rows = await store.claimRows(1, 30, token('a'), SERVER_A);
    const refused = ['mailbox-not-found', 'mailbox-disabled', 'syntax', 'null-mx', 'no-such-domain'] as const;
    await store.recordResults(
      rows.map((row, index) =>
        index < 20 ? resultOf(row) : resultOf(row, { status: 'invalid', reason: refused[index % 5]! }),
      ),
    );

    const samples = await store.readSamples(7);

    expect(
      samples.filter(({ validationStatus }) => validationStatus === 'valid').map(({ id }) => id),
    ).toEqual([20]);
    expect(new Set(samples.map(({ verdict }) => verdict?.reason)).size).toBe(5);
    expect(samples).toHaveLength(5);
    expect(await store.readSamples(8)).toEqual([]);
  });
});
