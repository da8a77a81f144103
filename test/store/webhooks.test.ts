import { expect, it } from 'vitest';
import { SERVER_A, onBothStores, resultOf, token } from './bench.ts';

onBothStores('webhooks', (bench) => {
  /** List 7 of three rows and a total of five, all rows decided and the list not completed yet. */
  const decideList = async (): Promise<void> => {
    await bench.addList({ id: 7, total_emails: 5 });
    await bench.addRows([1, 2, 3], { csv_list_id: 7 });
    const store = await bench.open();
    const rows = await store.claimRows(1, 10, token('a'), SERVER_A);
    const statuses = ['valid', 'invalid', 'unknown'] as const;
    await store.recordResults(rows.map((row, place) => resultOf(row, { status: statuses[place]! })));
  };
  const waiting = (): Promise<readonly unknown[]> => bench.column('SELECT delivery_id FROM svc_webhook');
  const letPass = (seconds: number): Promise<unknown> =>
    bench.raw.execute('UPDATE svc_webhook SET next_at = next_at - ?, completed_at = completed_at - ?', [
      seconds,
      seconds,
    ]);

  it('are noted with the completion, once, whoever of several servers completes the list', async () => {
    await decideList();
    const stores = await Promise.all([1, 2, 3].map(() => bench.open({ announcesLists: true })));

    await Promise.all(stores.map((store) => store.reconcileLists()));

    const taken = await stores[0]!.takeWebhooks();
    expect(taken).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
        listId: 7,
        userId: 1,
        total: 5,
        valid: 1,
        invalid: 1,
        unknown: 1,
        missing: 2,
        completedAt: expect.any(Number) as number,
        attempt: 1,
        now: expect.any(Number) as number,
      },
    ]);
    expect(Math.abs(taken[0]!.completedAt - Date.now() / 1000)).toBeLessThan(60);
  });

  it('are not noted where nobody wants to know', async () => {
    await decideList();
    const store = await bench.open();

    await store.reconcileLists();

    expect(await waiting()).toEqual([]);
  });

  it('keep a cycle from its rest as long as they are due', async () => {
    await decideList();
    const store = await bench.open({ announcesLists: true });
    await store.reconcileLists();

    const whileDue = await store.isAtRest();
    const [webhook] = await store.takeWebhooks();
    await store.putOffWebhook(webhook!, 600);
    const whilePutOff = await store.isAtRest();

    expect([whileDue, whilePutOff]).toEqual([false, true]);
    await letPass(600);
    expect(await store.isAtRest()).toBe(false);
    expect(await (await bench.open()).isAtRest()).toBe(true);
  });

  it('go to one of several that take them at once', async () => {
    await decideList();
    const stores = await Promise.all([1, 2, 3, 4].map(() => bench.open({ announcesLists: true })));
    await stores[0]!.reconcileLists();

    const taken = (await Promise.all(stores.map((store) => store.takeWebhooks()))).flat();

    expect(taken).toHaveLength(1);
    expect(await stores[1]!.takeWebhooks()).toEqual([]);
  });

  it('come back under the same id when whoever took them died', async () => {
    await decideList();
    const store = await bench.open({ announcesLists: true });
    await store.reconcileLists();
    const [first] = await store.takeWebhooks();

    await letPass(60);
    const [second] = await store.takeWebhooks();

    expect(second).toMatchObject({ id: first!.id, attempt: 2 });
  });

  it('are left alone by whoever was slower than its successor', async () => {
    await decideList();
    const store = await bench.open({ announcesLists: true });
    await store.reconcileLists();
    const [first] = await store.takeWebhooks();
    await letPass(60);
    await store.takeWebhooks();

    await store.putOffWebhook(first!, 0);

    expect(await store.takeWebhooks()).toEqual([]);
  });

  it('are forgotten when they were taken', async () => {
    await decideList();
    const store = await bench.open({ announcesLists: true });
    await store.reconcileLists();
    const [webhook] = await store.takeWebhooks();

    await store.forgetWebhook(webhook!);

    expect(await waiting()).toEqual([]);
    await store.reconcileLists();
    expect(await waiting()).toEqual([]);
  });
});
