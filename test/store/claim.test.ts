import { describe, expect, it } from 'vitest';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, onMariaDb, range, resultOf, token } from './bench.ts';

const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

onBothStores('claim', (bench) => {
  describe('claimRows', () => {
    it('takes fresh rows of the user by id, as they stand in the table', async () => {
      await bench.addList({ id: 7 });
      await bench.addRows([11, 12, 13], { csv_list_id: 7 });
      await bench.addRows([10], { csv_list_id: 7, user_id: 2 });
      const store = await bench.open();

      const rows = await store.claimRows(1, 2, token('a'), SERVER_A);

      expect(rows).toEqual([
        { id: 11, listId: 7, email: 'u11@example.com', attempts: 0, throttles: 0, token: token('a') },
        { id: 12, listId: 7, email: 'u12@example.com', attempts: 0, throttles: 0, token: token('a') },
      ]);
    });

    it('goes on where it left off, until nothing is left', async () => {
      await bench.addRows(range(1, 5));
      const store = await bench.open();

      const claims = [];
      for (const name of ['a', 'b', 'c', 'd'])
        claims.push(idsOf(await store.claimRows(1, 2, token(name), SERVER_A)));

      expect(claims).toEqual([[1, 2], [3, 4], [5], []]);
    });

    it('takes lists in the order of their oldest rows', async () => {
      for (const id of [1, 2, 3]) await bench.addList({ id });
      await bench.addRows([100, 400], { csv_list_id: 3 });
      await bench.addRows([200], { csv_list_id: 1 });
      await bench.addRows([50, 300], { csv_list_id: 2 });
      const store = await bench.open();

      const first = idsOf(await store.claimRows(1, 2, token('a'), SERVER_A));
      const second = idsOf(await store.claimRows(1, 2, token('b'), SERVER_A));
      const third = idsOf(await store.claimRows(1, 2, token('c'), SERVER_A));

      expect([first, second, third]).toEqual([[50, 300], [100, 400], [200]]);
    });

    it('counts a row without a user as its list owner’s, and leaves rows that belong to nobody', async () => {
      await bench.addList({ id: 7, user_id: 1 });
      await bench.addList({ id: 8, user_id: null });
      await bench.addList({ id: 9, user_id: 2 });
      await bench.addRows([1], { csv_list_id: 7, user_id: null });
      await bench.addRows([2], { csv_list_id: 8, user_id: null });
      await bench.addRows([3], { csv_list_id: 9, user_id: null });
      await bench.addRows([4], { csv_list_id: null, user_id: null });
      await bench.addRows([5], { csv_list_id: 9, user_id: 1 });
      const store = await bench.open();

      expect(idsOf(await store.claimRows(1, 10, token('a'), SERVER_A))).toEqual([1, 5]);
      expect(idsOf(await store.claimRows(2, 10, token('b'), SERVER_A))).toEqual([3]);
    });

    it('sets lists running from pending and from completed, and leaves other words alone', async () => {
      await bench.addList({ id: 1, status: 'pending' });
      await bench.addList({ id: 2, status: 'completed' });
      await bench.addList({ id: 3, status: 'paused' });
      await bench.addList({ id: 4, status: 'pending', user_id: 2 });
      for (const id of [1, 2, 3]) await bench.addRows([id], { csv_list_id: id });
      await bench.addRows([4], { csv_list_id: 4, user_id: 2 });
      const store = await bench.open();

      await store.claimRows(1, 10, token('a'), SERVER_A);

      expect(await bench.column('SELECT status FROM csv_list ORDER BY id')).toEqual([
        'running',
        'running',
        'paused',
        'pending',
      ]);
    });

    it('takes what is due again before fresh rows, with its attempts', async () => {
      await bench.addRows(range(1, 4));
      const store = await bench.open();
      const [first, second] = await store.claimRows(1, 2, token('a'), SERVER_A);
      await store.recordResults([
        deferralOf(first!, { attempt: 3, throttles: 2, retryInSeconds: 60 }),
        deferralOf(second!),
      ]);
      await bench.letPass(61);

      const rows = await store.claimRows(1, 2, token('b'), SERVER_A);

      expect(rows.map(({ id, attempts, throttles }) => [id, attempts, throttles])).toEqual([
        [1, 3, 2],
        [3, 0, 0],
      ]);
    });

    it('takes over a claim that expired, and not a second before', async () => {
      await bench.addRows([1, 2]);
      const alpha = await bench.open();
      const beta = await bench.open();
      await alpha.claimRows(1, 10, token('a'), SERVER_A);

      await bench.letPass(290);
      const early = await beta.claimRows(1, 10, token('b'), SERVER_B);
      await bench.letPass(11);
      const late = await beta.claimRows(1, 10, token('c'), SERVER_B);

      expect([idsOf(early), idsOf(late)]).toEqual([[], [1, 2]]);
    });

    it('lets go of touched rows that were decided or deleted meanwhile', async () => {
      await bench.addRows([1, 2, 3]);
      const store = await bench.open();
      const rows = await store.claimRows(1, 10, token('a'), SERVER_A);
      await store.releaseRows(token('a'), idsOf(rows));
      await bench.raw.execute('UPDATE emails SET domain_processed = 1 WHERE id = 1');
      await bench.raw.execute('DELETE FROM emails WHERE id = 2');

      const again = await store.claimRows(1, 10, token('b'), SERVER_A);

      expect(idsOf(again)).toEqual([3]);
      expect(await bench.column('SELECT row_id FROM svc_row')).toEqual([3]);
    });

    it('gives rows that moved to another user to that user', async () => {
      await bench.addRows([1, 2]);
      const store = await bench.open();
      await store.claimRows(1, 10, token('a'), SERVER_A);
      await store.releaseRows(token('a'), [1, 2]);
      await bench.raw.execute('UPDATE emails SET user_id = 2 WHERE id = 2');

      expect(idsOf(await store.claimRows(1, 10, token('b'), SERVER_A))).toEqual([1]);
      expect(idsOf(await store.claimRows(2, 10, token('c'), SERVER_A))).toEqual([2]);
    });

    it('takes only rows of its partition, while other partitions take theirs', async () => {
      await bench.addRows([1, 3, 5], { worker_id: 1 });
      await bench.addRows([2, 4, 6], { worker_id: 2 });
      const one = await bench.open({ workerId: 1 });
      const two = await bench.open({ workerId: 2 });

      expect(idsOf(await one.claimRows(1, 2, token('a'), SERVER_A))).toEqual([1, 3]);
      expect(idsOf(await two.claimRows(1, 10, token('b'), SERVER_B))).toEqual([2, 4, 6]);
      expect(idsOf(await one.claimRows(1, 10, token('c'), SERVER_A))).toEqual([5]);
      expect(idsOf(await one.claimRows(1, 10, token('d'), SERVER_A))).toEqual([]);
    });

    it('does not take again what another partition left waiting', async () => {
      await bench.addRows([1], { worker_id: 1 });
      await bench.addRows([2], { worker_id: 2 });
      const one = await bench.open({ workerId: 1 });
      const all = await bench.open();
      const [row] = await one.claimRows(1, 10, token('a'), SERVER_A);
      await one.recordResults([deferralOf(row!)]);

      expect(idsOf(await all.claimRows(1, 10, token('b'), SERVER_B))).toEqual([2]);
    });

    it('claims more rows than fit one statement', async () => {
      await bench.addRows(range(1, 1234));
      const store = await bench.open();

      const rows = await store.claimRows(1, 1100, token('a'), SERVER_A);
      const rest = await store.claimRows(1, 1100, token('b'), SERVER_A);

      expect(idsOf(rows)).toEqual(range(1, 1100));
      expect(idsOf(rest)).toEqual(range(1101, 1234));
    });
  });

  describe('two servers', () => {
    it('that claim the same user at once get different rows, and together all', async () => {
      for (const id of [1, 2, 3]) await bench.addList({ id });
      for (const id of [1, 2, 3]) await bench.addRows(range(id * 1000, id * 1000 + 199), { csv_list_id: id });
      const alpha = await bench.open();
      const beta = await bench.open();
      const claimAll = async (store: typeof alpha, name: string) => {
        const ids: number[] = [];
        for (let turn = 0; turn < 200; turn++) {
          const rows = await store.claimRows(
            1,
            17,
            token(`${name}${turn}`),
            name === 'a' ? SERVER_A : SERVER_B,
          );
          ids.push(...idsOf(rows));
          if (rows.length === 0) break;
        }
        return ids;
      };

      const [a, b] = await Promise.all([claimAll(alpha, 'a'), claimAll(beta, 'b')]);

      expect([...a, ...b].toSorted((x, y) => x - y)).toEqual(
        [1, 2, 3].flatMap((id) => range(id * 1000, id * 1000 + 199)),
      );
    });

    it('that take over the same expired claims get different rows', async () => {
      await bench.addRows(range(1, 300));
      const alpha = await bench.open();
      const beta = await bench.open();
      await alpha.claimRows(1, 300, token('dead'), SERVER_A);
      await bench.letPass(301);

      const [a, b] = await Promise.all([
        alpha.claimRows(1, 200, token('a'), SERVER_A),
        beta.claimRows(1, 200, token('b'), SERVER_B),
      ]);

      const both = [...idsOf(a), ...idsOf(b)];
      expect(new Set(both).size).toBe(both.length);
      expect(both.length).toBeGreaterThanOrEqual(200);
    });
  });

  describe('renewClaims', () => {
    it('puts off the expiry of what is still held, and only of that', async () => {
      await bench.addRows(range(1, 4));
      const alpha = await bench.open();
      const beta = await bench.open();
      await alpha.claimRows(1, 2, token('a'), SERVER_A);
      await alpha.claimRows(1, 2, token('b'), SERVER_A);
      await bench.letPass(299);

      await alpha.renewClaims([token('a'), token('none')]);
      await bench.letPass(2);

      expect(idsOf(await beta.claimRows(1, 10, token('c'), SERVER_B))).toEqual([3, 4]);
    });

    it('does nothing without tokens', async () => {
      const store = await bench.open();

      expect(await store.renewClaims([])).toEqual([]);
    });

    it('names the claims that it came too late for, whether somebody has their rows or not', async () => {
      await bench.addRows(range(1, 6));
      const alpha = await bench.open();
      const beta = await bench.open();
      for (const name of ['a', 'b', 'c']) await alpha.claimRows(1, 2, token(name), SERVER_A);
      await bench.letPass(301);
      await alpha.renewClaims([token('a')]); // late, and yet in time
      await beta.claimRows(1, 2, token('beta'), SERVER_B);

      const late = await alpha.renewClaims([token('a'), token('b'), token('c')]);

      expect(late.toSorted()).toEqual([token('b'), token('c')]);
      expect(await bench.column('SELECT row_id FROM svc_row WHERE token = ?', [token('beta')])).toHaveLength(
        2,
      );
    });

    it('holds claims as long as the server was told to', async () => {
      await bench.addRows([1, 2]);
      const alpha = await bench.open({ claimSeconds: 20 });
      const beta = await bench.open();
      await alpha.claimRows(1, 2, token('a'), SERVER_A);
      await bench.letPass(15);
      await alpha.renewClaims([token('a')]);
      await bench.letPass(15);

      const early = await beta.claimRows(1, 2, token('b'), SERVER_B);
      await bench.letPass(6);

      expect(early).toEqual([]);
      expect(idsOf(await beta.claimRows(1, 2, token('c'), SERVER_B))).toEqual([1, 2]);
    });
  });

  describe('releaseRows', () => {
    it('makes rows due at once, their attempts as they were', async () => {
      await bench.addRows([1, 2, 3]);
      const store = await bench.open();
      const [first] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.recordResults([deferralOf(first!, { attempt: 1 })]);
      await bench.letPass(901);
      await store.claimRows(1, 3, token('b'), SERVER_A);

      await store.releaseRows(token('b'), [1, 2]);

      const rows = await store.claimRows(1, 10, token('c'), SERVER_A);
      expect(rows.map(({ id, attempts }) => [id, attempts])).toEqual([
        [1, 1],
        [2, 0],
      ]);
    });

    it('leaves rows that another server took over', async () => {
      await bench.addRows([1]);
      const alpha = await bench.open();
      const beta = await bench.open();
      await alpha.claimRows(1, 1, token('a'), SERVER_A);
      await bench.letPass(301);
      await beta.claimRows(1, 1, token('b'), SERVER_B);

      await alpha.releaseRows(token('a'), [1]);

      expect(await bench.column('SELECT token FROM svc_row')).toEqual([token('b')]);
    });
  });

  describe('releaseServer', () => {
    it('gives back all that this server held, of every cycle, and nothing of another', async () => {
      await bench.addRows(range(1, 1300));
      const alpha = await bench.open();
      const beta = await bench.open();
      await alpha.claimRows(1, 700, token('a'), SERVER_A);
      await alpha.claimRows(1, 400, token('b'), { ...SERVER_A, cycleId: 'another' });
      await beta.claimRows(1, 200, token('c'), SERVER_B);

      const result = await alpha.releaseServer('alpha', () => true);

      expect(result).toEqual({ released: 1100, heldByNamesake: 0 });
      expect(idsOf(await beta.claimRows(1, 2000, token('d'), SERVER_B))).toEqual(range(1, 1100));
    });

    it('leaves what another server of the same name holds, and tells of it until its claims run out', async () => {
      await bench.addRows(range(1, 30));
      const here = await bench.open();
      const there = await bench.open();
      await here.claimRows(1, 10, token('a'), SERVER_A);
      await there.claimRows(1, 20, token('b'), { ...SERVER_A, cycleId: 'theirs' });
      const release = () => here.releaseServer('alpha', (cycle) => cycle === SERVER_A.cycleId);

      const first = await release();
      await bench.letPass(301);
      const later = await release();

      expect([first, later]).toEqual([
        { released: 10, heldByNamesake: 20 },
        { released: 0, heldByNamesake: 0 },
      ]);
      expect(await bench.column('SELECT COUNT(*) FROM svc_row WHERE token IS NOT NULL')).toEqual([20]);
    });

    it('leaves rows that wait for their next attempt', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.recordResults([deferralOf(row!)]);

      expect(await store.releaseServer('alpha', () => true)).toEqual({ released: 0, heldByNamesake: 0 });
      expect(await store.claimRows(1, 1, token('b'), SERVER_A)).toEqual([]);
    });
  });
});

onMariaDb('claim_mix', (bench) => {
  it('claims and records on two servers at once, losing and doubling nothing', async () => {
    await bench.addList({ id: 1, total_emails: 600 });
    await bench.addRows(range(1, 600), { csv_list_id: 1 });
    const work = async (name: string) => {
      const store = await bench.open();
      let written = 0;
      for (let turn = 0; ; turn++) {
        const rows = await store.claimRows(
          1,
          25,
          token(`${name}${turn}`),
          name === 'a' ? SERVER_A : SERVER_B,
        );
        if (rows.length === 0) return written;
        const { written: now } = await store.recordResults(
          rows.map((row) =>
            resultOf(row, row.id % 3 === 0 ? { status: 'invalid', reason: 'mailbox-not-found' } : {}),
          ),
        );
        written += now.length;
      }
    };

    const written = await Promise.all([work('a'), work('b')]);

    expect(written[0]! + written[1]!).toBe(600);
    expect(await bench.raw.query('SELECT valid_count, invalid_count FROM csv_list')).toEqual([
      { valid_count: 400, invalid_count: 200 },
    ]);
    expect(await bench.column('SELECT COUNT(*) FROM svc_row')).toEqual([0]);
  });

  it.each([{ rows: 'fresh' }, { rows: 'due again' }])(
    'shares $rows rows among ten servers at one user: none waits long, none goes empty-handed, no row twice',
    async ({ rows: kind }) => {
      await bench.addRows(range(1, 3_000));
      if (kind === 'due again') {
        const dead = await bench.open();
        await dead.claimRows(1, 3_000, token('dead'), SERVER_A);
        await bench.letPass(301);
      }
      const before = await lockTroubles();
      const empty: string[] = [];
      const serve = async (server: string) => {
        const store = await bench.open();
        const ids: number[] = [];
        for (let turn = 0; ; turn++) {
          const rows = await store.claimRows(1, 30, token(`${server}-${turn}`), { server, cycleId: 'c' });
          if (rows.length === 0 && (await store.survey()).demands.length === 0) return ids;
          if (rows.length === 0) empty.push(`${server} in turn ${turn}`);
          ids.push(...idsOf(rows));
          await store.recordResults(rows.map((row) => resultOf(row)));
        }
      };

      const shares = await Promise.all(range(0, 9).map((server) => serve(`s${server}`)));

      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(range(1, 3_000));
      expect(empty).toEqual([]);
      expect(Math.min(...shares.map(({ length }) => length))).toBeGreaterThan(0);
      const troubles = await lockTroubles();
      expect(troubles.deadlocks - before.deadlocks).toBeLessThan(15);
      expect(await bench.column('SELECT COUNT(*) FROM svc_row')).toEqual([0]);
    },
    30_000,
  );

  async function lockTroubles(): Promise<{ readonly deadlocks: number }> {
    const [row] = await bench.raw.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
    return { deadlocks: Number(row?.Value ?? 0) };
  }
});
