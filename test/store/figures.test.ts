// What there is to see of the work: who is at it, what is left of each list and in which state, and why rows wait.

import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/domain/figures.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';
import { SERVER_A, SERVER_B, deferralOf, noteOf, onBothStores, range, resultOf, token } from './bench.ts';

onBothStores('figures', (bench) => {
  const listIn = ({ lists }: Figures, id: number) => lists.find(({ listId }) => listId === id);

  describe('readFigures', () => {
    it('sees nothing where nothing is', async () => {
      const store = await bench.open();

      expect(await store.readFigures()).toMatchObject({
        servers: [],
        pace: [],
        lists: [],
        hasMoreLists: false,
        loose: [],
        ownerless: { rows: 0, isCapped: false },
        waiting: { parts: [], isSample: false },
      });
    });

    it('parts a list into what is decided, in hand, put off, and not begun', async () => {
      await bench.addList({ id: 7, user_id: 5, total_emails: 32 });
      await bench.addRows(range(1, 30), { csv_list_id: 7, user_id: 5 });
      const store = await bench.open();
      const rows = await store.claimRows(5, 20, token('a'), SERVER_A);
      await store.noteServer(noteOf());
      await store.recordResults([
        ...rows.slice(0, 3).map((row) => resultOf(row)),
        ...rows.slice(3, 5).map((row) => resultOf(row, { status: 'invalid', reason: 'mailbox-not-found' })),
        ...rows.slice(5, 6).map((row) => resultOf(row, { status: 'unknown', reason: 'policy-block' })),
        ...rows.slice(6, 8).map((row) => deferralOf(row, { retryInSeconds: 900 })),
        ...rows.slice(8, 9).map((row) => deferralOf(row, { retryInSeconds: 3600 })),
      ]);

      const figures = await store.readFigures();

      const list = listIn(figures, 7)!;
      expect(list).toMatchObject({
        listId: 7,
        userId: 5,
        status: 'running',
        total: 32,
        valid: 3,
        invalid: 4, // two that the import left out
        unknown: 1,
        pending: 24,
        exactness: 'exact',
        oldestRowId: 7,
        held: [{ server: 'alpha', rows: 11, isCapped: false }],
        putOff: { rows: 3, isCapped: false },
      });
      expect(list.putOff.lastDue! - figures.readAt).toBeGreaterThan(3500);
      expect(list.held[0]!.until - figures.readAt).toBeGreaterThan(280);
    });

    it('counts what ended as unknown along with everything that changes it', async () => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows(range(1, 4), { csv_list_id: 7 });
      const store = await bench.open();
      const unknownNow = async () => listIn(await store.readFigures(), 7)?.unknown;
      const rows = await store.claimRows(1, 4, token('a'), SERVER_A);

      await store.recordResults(
        rows.slice(0, 3).map((row) => resultOf(row, { status: 'unknown', reason: 'policy-block' })),
      );
      const decided = await unknownNow();
      await store.reviseVerdicts([
        {
          id: 1,
          from: 'unknown',
          to: 'valid',
          reason: 'accepted',
          rule: 'x',
          response: undefined,
        },
      ]);
      const revised = await unknownNow();
      await store.requeueRows(7, { statuses: ['unknown'], reasons: [] }, false);
      const requeued = await unknownNow();

      expect([decided, revised, requeued]).toEqual([3, 2, 0]);
      expect(await bench.column('SELECT unknown_count FROM svc_list')).toEqual([0]);
    });

    it('counts them itself where an earlier version did not', async () => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows(range(1, 4), { csv_list_id: 7 });
      const store = await bench.open();
      const rows = await store.claimRows(1, 4, token('a'), SERVER_A);
      await store.recordResults(
        rows.slice(0, 3).map((row) => resultOf(row, { status: 'unknown', reason: 'policy-block' })),
      );
      await bench.raw.execute('UPDATE svc_list SET unknown_count = NULL');

      expect(listIn(await store.readFigures(), 7)).toMatchObject({
        unknown: 3,
        pending: 1,
        exactness: 'exact',
      });
    });

    it('takes a list that nobody has counted for what it says it is', async () => {
      await bench.addList({ id: 7, total_emails: 12 });
      await bench.addRows(range(1, 10), { csv_list_id: 7 });
      const store = await bench.open();

      expect((await store.readFigures()).lists).toMatchObject([
        { listId: 7, status: 'pending', pending: 12, exactness: 'about', held: [], putOff: { rows: 0 } },
      ]);
    });

    it('lists first whose rows are oldest, and a completed list that has rows again', async () => {
      await bench.addList({ id: 1, total_emails: 1 });
      await bench.addList({ id: 2, total_emails: 1, status: 'completed' });
      await bench.addList({ id: 3, total_emails: 1, status: 'completed' });
      await bench.addList({ id: 4, total_emails: 0 });
      await bench.addRows([20], { csv_list_id: 1 });
      await bench.addRows([10], { csv_list_id: 2 });
      const store = await bench.open();

      const { lists } = await store.readFigures();

      expect(lists.map(({ listId, pending }) => [listId, pending])).toEqual([
        [2, 1],
        [1, 1],
        [4, 0],
      ]);
    });

    it('keeps apart rows without a list, of a deleted list, and of nobody', async () => {
      await bench.addRows(range(1, 3), { user_id: 5 });
      await bench.addRows(range(4, 5), { user_id: 5, csv_list_id: 99 });
      await bench.addRows(range(6, 9), { user_id: null, csv_list_id: 99 });
      const store = await bench.open();
      const [row] = await store.claimRows(5, 1, token('a'), SERVER_B);
      await store.recordResults([deferralOf(row!)]);

      const figures = await store.readFigures();

      expect(figures.loose).toMatchObject([
        { userId: 5, pending: 5, exactness: 'exact', putOff: { rows: 1 } },
      ]);
      expect(figures.ownerless).toEqual({ rows: 4, isCapped: false });
    });

    it('stops counting at its bound, and says so', async () => {
      await bench.addRows(range(1, 30), { user_id: 5 });
      await bench.addRows(range(31, 60), { user_id: null, csv_list_id: null });
      const store = await bench.open({ pendingCountCap: 10 });
      const rows = await store.claimRows(5, 20, token('a'), SERVER_A);
      await store.recordResults(rows.map((row) => deferralOf(row)));

      const { loose, ownerless } = await store.readFigures();

      expect(loose).toMatchObject([
        { userId: 5, pending: 10, exactness: 'more', putOff: { rows: 10, isCapped: true } },
      ]);
      expect(ownerless).toEqual({ rows: 10, isCapped: true });
    });

    it('says why rows wait, by reason and host; a row that somebody holds does not wait', async () => {
      await bench.addList({ id: 7, total_emails: 9 });
      await bench.addRows(range(1, 9), { csv_list_id: 7 });
      const store = await bench.open();
      await store.noteServer(noteOf());
      const rows = await store.claimRows(1, 9, token('a'), SERVER_A);
      await store.recordResults([
        ...rows.slice(0, 4).map((row) => deferralOf(row)),
        ...rows
          .slice(4, 6)
          .map((row) =>
            deferralOf(row, { reason: 'rate-limited', mx: 'mx.slow.example', retryInSeconds: 30 }),
          ),
      ]);
      await store.releaseRows(token('a'), [9], 25);

      const { waiting } = await store.readFigures();

      expect(waiting.isSample).toBe(false);
      expect(waiting.parts.toSorted((a, b) => b.rows - a.rows)).toMatchObject([
        { userId: 1, listId: 7, reason: 'greylisted', mx: 'mx.example.com', rows: 4 },
        { userId: 1, listId: 7, reason: 'rate-limited', mx: 'mx.slow.example', rows: 2 },
        { userId: 1, listId: 7, reason: undefined, mx: undefined, rows: 1 },
      ]);
    });

    it('tells of pauses, imports, and destinations that are left alone now', async () => {
      const store = await bench.open();
      await bench.addList({ id: 7 });
      await store.pause({ kind: 'list', name: '7', by: 'ann@web1', reason: 'the bill', seconds: undefined });
      const closure = {
        type: 'block',
        said: '550 5.7.1 go away',
        waitSeconds: 3_600,
        sinceSecondsAgo: 60,
      } as const;
      const known = { limit: 1, ceiling: undefined, seenSecondsAgo: 5 };
      await store.recordDestinations('alpha', [
        { ...known, destination: 'google', closure: { ...closure, secondsLeft: 3_000 } },
        { ...known, destination: 'on-trial.example', closure: { ...closure, secondsLeft: -10 } },
        { ...known, destination: 'open.example', closure: undefined },
      ]);

      const { pauses, importing, closed } = await store.readFigures();

      expect(pauses).toMatchObject([{ kind: 'list', name: '7', by: 'ann@web1', reason: 'the bill' }]);
      expect(importing).toEqual([]);
      expect(closed).toMatchObject([{ server: 'alpha', destination: 'google', closure: { type: 'block' } }]);
    });

    it('looks at all rows, also where this server takes only those of its partition', async () => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows([1, 2], { csv_list_id: 7, worker_id: 1 });
      await bench.addRows([3, 4], { csv_list_id: 7, worker_id: 2 });
      const store = await bench.open({ workerId: 2 });
      const rows = await (await bench.open({ workerId: 1 })).claimRows(1, 2, token('a'), SERVER_A);
      await store.recordResults(rows.map((row) => deferralOf(row)));

      expect(listIn(await store.readFigures(), 7)).toMatchObject({ pending: 4, putOff: { rows: 2 } });
    });
  });

  describe('readListRows', () => {
    it('groups the pending rows of a list by state, reason and holder', async () => {
      await bench.addList({ id: 7, user_id: 5, total_emails: 14 });
      await bench.addRows(range(1, 12), { csv_list_id: 7, user_id: 5 });
      await bench.addRows([20], { csv_list_id: 8, user_id: 5 });
      const store = await bench.open();
      const rows = await store.claimRows(5, 10, token('a'), SERVER_A);
      await store.recordResults([
        resultOf(rows[0]!),
        ...rows.slice(1, 4).map((row) => deferralOf(row)),
        deferralOf(rows[4]!, { reason: 'timeout', retryInSeconds: 1 }),
        ...rows.slice(5, 7).map((row) => deferralOf(row, { reason: 'timeout', retryInSeconds: 500 })),
      ]);
      await bench.letPass(2);

      const found = await store.readListRows(7);

      expect(found).toMatchObject({ isSample: false, list: { listId: 7, pending: 11, total: 14 } });
      const groups = found!.groups.map(({ state, reason, server, rows: count, exampleId }) => ({
        state,
        reason,
        server,
        rows: count,
        exampleId,
      }));
      expect(groups.toSorted((a, b) => a.exampleId - b.exampleId)).toEqual([
        { state: 'put-off', reason: 'greylisted', server: undefined, rows: 3, exampleId: 2 },
        { state: 'due', reason: 'timeout', server: undefined, rows: 1, exampleId: 5 },
        { state: 'put-off', reason: 'timeout', server: undefined, rows: 2, exampleId: 6 },
        { state: 'held', reason: undefined, server: 'alpha', rows: 3, exampleId: 8 },
        { state: 'fresh', reason: undefined, server: undefined, rows: 2, exampleId: 11 },
      ]);
    });

    it('knows rows that belong to nobody, a finished list, and one that is not there', async () => {
      await bench.addList({ id: 7, user_id: null, total_emails: 2 });
      await bench.addRows([1, 2], { csv_list_id: 7, user_id: null });
      await bench.addList({ id: 8, status: 'completed', total_emails: 0 });
      const store = await bench.open();

      expect(await store.readListRows(7)).toMatchObject({ groups: [{ state: 'ownerless', rows: 2 }] });
      expect(await store.readListRows(8)).toMatchObject({ groups: [], list: { pending: 0 } });
      expect(await store.readListRows(9)).toBeUndefined();
    });
  });

  describe('noteServer', () => {
    const counts = (some: Partial<typeof NO_OUTCOMES>) => ({ ...NO_OUTCOMES, ...some });

    it('is heard with the last word of each server', async () => {
      const store = await bench.open();
      await store.noteServer(noteOf({ ageSeconds: 90 }));
      await store.noteServer(noteOf({ ...SERVER_B, state: 'idle', workers: 0, rowsInHand: 0 }));
      await store.noteServer(noteOf({ ageSeconds: 95, workers: 30, rowsInHand: 600 }));

      const { servers, readAt } = await store.readFigures();

      const alpha = servers.find(({ server }) => server === 'alpha')!;
      expect(servers).toHaveLength(2);
      expect(alpha).toMatchObject({
        ...SERVER_A,
        state: 'working',
        workers: 30,
        rowsInHand: 600,
        poolSize: 50,
      });
      expect(readAt - alpha.seenAt).toBeLessThan(20);
      expect(alpha.seenAt - alpha.beganAt).toBe(95);
    });

    it('adds up what was done in a minute, and shows shares and workers as they stood last', async () => {
      const store = await bench.open();
      await store.noteServer(
        noteOf({ users: [{ userId: 5, counts: counts({ valid: 3, 'catch-all': 1 }) }] }),
      );
      await store.noteServer(
        noteOf({
          users: [
            { userId: 5, share: 28, workers: 27, counts: counts({ valid: 2, deferred: 4 }) },
            { userId: 8, share: 22, counts: counts({ unknown: 1, disposable: 2, invalid: 3 }) },
          ],
        }),
      );
      await store.noteServer(noteOf({ ...SERVER_B, users: [{ userId: 5, counts: counts({ valid: 9 }) }] }));

      const allTime = { since: 0, partSeconds: 6_000_000_000 }; // a minute may have ended between them
      const parts = await store.readPace(allTime);

      expect(parts).toMatchObject([
        {
          startsAt: 0,
          server: 'alpha',
          userId: 5,
          share: 28,
          workers: 27,
          counts: counts({ valid: 5, 'catch-all': 1, deferred: 4 }),
        },
        {
          server: 'alpha',
          userId: 8,
          share: 22,
          counts: counts({ unknown: 1, disposable: 2, invalid: 3 }),
        },
        { server: 'beta', userId: 5, counts: counts({ valid: 9 }) },
      ]);
    });
  });

  describe('readPace', () => {
    it('adds minutes up in parts of the length asked for', async () => {
      await bench.raw.execute(
        `INSERT INTO svc_pace (minute, server, user_id, workers, valid) VALUES
           (540, 'alpha', 5, 9, 100), (600, 'alpha', 5, 4, 1), (840, 'alpha', 5, 7, 2), (900, 'alpha', 5, 3, 4)`,
      );
      const store = await bench.open();

      expect(await store.readPace({ since: 600, partSeconds: 300 })).toMatchObject([
        { startsAt: 600, workers: 7, counts: { valid: 3 } },
        { startsAt: 900, workers: 3, counts: { valid: 4 } },
      ]);
    });
  });
});
