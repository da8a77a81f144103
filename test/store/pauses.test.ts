import { expect, it } from 'vitest';
import type { PauseRequest } from '../../src/store/pauses.ts';
import { SERVER_A, onBothStores, range, token } from './bench.ts';

const request: PauseRequest = {
  kind: 'list',
  name: '1',
  by: 'ann@web1',
  reason: 'the customer asked',
  seconds: undefined,
};

onBothStores('pauses', (bench) => {
  it('claims nothing of a paused list, fresh or due, and goes on with the user’s others', async () => {
    for (const id of [1, 2]) await bench.addList({ id, user_id: 5 });
    await bench.addRows(range(1, 20), { csv_list_id: 1, user_id: 5 });
    await bench.addRows(range(21, 30), { csv_list_id: 2, user_id: 5 });
    const store = await bench.open();
    const touched = await store.claimRows(5, 10, token('a'), SERVER_A);
    await store.releaseRows(
      token('a'),
      touched.map(({ id }) => id),
    );

    await store.pause(request);
    const survey = await store.survey();
    const claimed = await store.claimRows(5, 100, token('b'), SERVER_A);

    expect(survey.demands).toMatchObject([{ userId: 5, pending: 10, listIds: [2] }]);
    expect(claimed.map(({ id }) => id)).toEqual(range(21, 30));

    expect(await store.resume({ kind: 'list', name: '1' })).toBe(true);
    const rest = await store.claimRows(5, 100, token('c'), SERVER_A);
    expect(rest.map(({ id }) => id)).toEqual(range(1, 20));
  });

  it('neither sees nor claims rows of a paused user', async () => {
    await bench.addList({ id: 1, user_id: 5 });
    await bench.addRows(range(1, 20), { csv_list_id: 1, user_id: null });
    await bench.addRows(range(21, 30), { csv_list_id: null, user_id: 6 });
    const store = await bench.open();

    await store.pause({ ...request, kind: 'user', name: '5' });

    expect((await store.survey()).demands.map(({ userId }) => userId)).toEqual([6]);
    expect(await store.claimRows(5, 100, token('a'), SERVER_A)).toEqual([]);
  });

  it('tells what is paused, by whom and why, and forgets a pause that is over', async () => {
    const store = await bench.open();
    await store.pause({ ...request, kind: 'provider', name: 'google', seconds: 60 });
    await store.pause({ ...request, kind: 'server', name: 'web1', reason: undefined });

    const pauses = await store.pauses();

    expect(pauses).toMatchObject([
      { kind: 'provider', name: 'google', by: 'ann@web1', reason: 'the customer asked' },
      { kind: 'server', name: 'web1', reason: undefined, until: undefined },
    ]);
    const [google] = pauses;
    expect(google!.until! - google!.since).toBe(60);

    await bench.raw.execute('UPDATE svc_pause SET until_at = until_at - 60');
    expect((await store.pauses()).map(({ kind }) => kind)).toEqual(['server']);
    expect(await store.resume({ kind: 'provider', name: 'google' })).toBe(false);
    expect(await store.resume({ kind: 'server', name: 'web1' })).toBe(true);
    expect(await bench.column('SELECT COUNT(*) FROM svc_pause')).toEqual([0]);
  });

  it('takes a second pause of the same thing for a change of the first', async () => {
    const store = await bench.open();
    await store.pause({ ...request, kind: 'user', name: '5', seconds: 60 });

    await store.pause({ ...request, kind: 'user', name: '5', reason: 'for longer' });

    expect(await store.pauses()).toMatchObject([
      { kind: 'user', name: '5', until: undefined, reason: 'for longer' },
    ]);
  });

  it('refuses to pause a list that is not there', async () => {
    const store = await bench.open();

    expect(await store.pause({ ...request, name: '77' })).toBe(false);
    expect(await store.pauses()).toEqual([]);
  });
});
