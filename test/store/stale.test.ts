import { expect, it } from 'vitest';
import type { StaleKind } from '../../src/store/stale.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const DAYS = 90;
const DAY = 86_400;

onBothStores('stale', (bench) => {
  /** Walks through all pieces; gives how many rows were removed, and in how many pieces. */
  const removeAll = async (store: Store, kind: StaleKind, isDryRun = false): Promise<[number, number]> => {
    let [removed, pieces] = [0, 0];
    let after: string | number | undefined;
    do {
      const piece = await store.removeStale(kind, { days: DAYS, isDryRun, after });
      removed += piece.removed;
      pieces++;
      after = piece.next;
    } while (after !== undefined);
    return [removed, pieces];
  };
  const ago = (days: number): number => Math.floor(Date.now() / 1000) - days * DAY;
  const evidence = (): Promise<readonly unknown[]> =>
    bench.column('SELECT row_id FROM svc_verdict ORDER BY row_id');

  /** Rows 1 to `count`, decided, and their evidence so many days old. */
  const decide = async (store: Store, count: number, days: number): Promise<void> => {
    await bench.addList({ id: 7, total_emails: count });
    await bench.addRows(range(1, count), { csv_list_id: 7 });
    const rows = await store.claimRows(1, count, token('a'), SERVER_A);
    await store.recordResults(rows.map((row) => resultOf(row)));
    await bench.raw.execute('UPDATE svc_verdict SET decided_at = ?', [ago(days)]);
  };

  it.each([
    { days: DAYS + 1, removed: 3 },
    { days: DAYS - 1, removed: 0 },
  ])('removes $removed of 3 pieces of evidence that are $days days old', async ({ days, removed }) => {
    const store = await bench.open();
    await decide(store, 3, days);

    expect(await removeAll(store, 'evidence', true)).toEqual([removed, 1]);
    expect(await evidence()).toHaveLength(3);
    expect(await removeAll(store, 'evidence')).toEqual([removed, 1]);
    expect(await evidence()).toHaveLength(3 - removed);
  });

  it('goes through evidence piece by piece', async () => {
    const store = await bench.open();
    await bench.addRows(range(1, 2_500), { csv_list_id: 7, domain_processed: 1 });
    for (let id = 1; id <= 2_500; id += 500) {
      const ids = range(id, id + 499);
      await bench.raw.execute(
        `INSERT INTO svc_verdict (row_id, status, reason, attempt, decided_at) VALUES ${ids.map(() => "(?, 'valid', 'accepted', 1, ?)").join(', ')}`,
        ids.flatMap((row) => [row, ago(row % 2 === 0 ? 100 : 1)]),
      );
    }

    expect(await removeAll(store, 'evidence')).toEqual([1_250, 3]);
    expect(await evidence()).toEqual(range(1, 2_500).filter((id) => id % 2 === 1));
  });

  it('keeps the evidence of a row that waits, however old', async () => {
    const store = await bench.open();
    await bench.addRows([1], { csv_list_id: 7 });
    const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
    await store.recordResults([deferralOf(row!)]);
    await bench.raw.execute('UPDATE svc_verdict SET decided_at = 7');

    expect(await removeAll(store, 'evidence')).toEqual([0, 1]);
    expect(await evidence()).toEqual([1]);
  });

  it('removes the evidence of rows that the CRM deleted, however young', async () => {
    const store = await bench.open();
    await decide(store, 3, 0);
    await bench.raw.execute('DELETE FROM emails WHERE id = 2');

    expect(await removeAll(store, 'evidence')).toEqual([1, 1]);
    expect(await evidence()).toEqual([1, 3]);
  });

  it('removes what expired long ago of domains, and keeps what explain may still tell', async () => {
    const store = await bench.open();
    for (const [domain, days] of [
      ['old.example', 91],
      ['expired.example', 89],
      ['fresh.example', -5],
    ] as const)
      await bench.raw.execute(
        "INSERT INTO svc_domain (domain, catch_all, decided_at, expires_at, mx_set) VALUES (?, 'no', 7, ?, 'x')",
        [domain, ago(days)],
      );

    expect(await removeAll(store, 'domain facts', true)).toEqual([1, 1]);
    expect(await removeAll(store, 'domain facts')).toEqual([1, 1]);
    expect(await bench.column('SELECT domain FROM svc_domain ORDER BY domain')).toEqual([
      'expired.example',
      'fresh.example',
    ]);
  });

  it('removes the minutes of servers that nobody looks at any more, and reads none that stay', async () => {
    const store = await bench.open();
    const minutes = (count: number, days: number): Promise<unknown> =>
      bench.raw.execute(
        `INSERT INTO svc_pace (minute, server, user_id) VALUES ${range(1, count)
          .map(() => "(?, 'alpha', ?)")
          .join(', ')}`,
        range(1, count).flatMap((place) => [ago(days) + (place % 3) * 60, place]),
      );
    await minutes(2_500, DAYS + 1);
    await minutes(1_500, DAYS - 1);

    // Three minutes: the piece of 1,000 rows that ends within the second takes all of that.
    expect(await removeAll(store, 'minutes', true)).toEqual([2_500, 2]);
    expect(await removeAll(store, 'minutes')).toEqual([2_500, 2]);
    expect(await bench.column('SELECT COUNT(*) FROM svc_pace')).toEqual([1_500]);
    expect(await removeAll(store, 'minutes')).toEqual([0, 1]);
  });

  it('removes turns of users that nobody worked for since, and news that nobody sends', async () => {
    const store = await bench.open();
    await bench.raw.execute(
      'INSERT INTO svc_turn (user_id, worker_id, waits_since) VALUES (5, -1, ?), (6, -1, ?)',
      [ago(91), ago(1)],
    );
    await bench.raw.execute(
      `INSERT INTO svc_webhook (delivery_id, list_id, total, valid, invalid, unknown_count, missing, completed_at, next_at, attempts)
       VALUES ('a', 7, 0, 0, 0, 0, 0, ?, 0, 0), ('b', 8, 0, 0, 0, 0, 0, ?, 0, 0)`,
      [ago(91), ago(1)],
    );

    expect(await removeAll(store, 'turns')).toEqual([1, 1]);
    expect(await removeAll(store, 'webhooks')).toEqual([1, 1]);
    expect(await bench.column('SELECT user_id FROM svc_turn')).toEqual([6]);
    expect(await bench.column('SELECT delivery_id FROM svc_webhook')).toEqual(['b']);
  });
});
