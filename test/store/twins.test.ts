import { describe, expect, it } from 'vitest';
import type { ClaimedRow } from '../../src/domain/row.ts';
import type { Store, TwinSearch } from '../../src/store/store.ts';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const DAY = 86_400;

const searchFor = (rows: readonly ClaimedRow[], search: Partial<TwinSearch> = {}): TwinSearch => ({
  rows,
  ownerId: undefined,
  claimant: SERVER_A,
  reuse: { validSeconds: DAY, invalidSeconds: DAY },
  ...search,
});

onBothStores('twins', (bench) => {
  const address = (email: string, columns = {}) => ({ raw_emailid: email, ...columns });
  const claim = (store: Store, userId: number, name: string, claimant = SERVER_A) =>
    store.claimRows(userId, 1000, token(name), claimant);
  /** The types of the twins of the only row of this claim. */
  const typesOf = async (store: Store, search: TwinSearch) => {
    const { twins } = await store.findTwins(search);
    return [...twins.values()].flat().map(({ type }) => type);
  };
  const age = (seconds: number) =>
    bench.raw.execute('UPDATE svc_verdict SET decided_at = decided_at - ?', [seconds]);

  describe('findTwins', () => {
    it('finds nothing of addresses that stand once, nor of rows that nobody has touched', async () => {
      await bench.addRows([1, 2]);
      await bench.addRows([3], address('u1@example.com', { user_id: 2 }));
      const store = await bench.open();
      const rows = await claim(store, 1, 'a');

      expect(await store.findTwins(searchFor(rows))).toEqual({ twins: new Map(), askedAt: new Map() });
    });

    it('gives the verdict of a row that was decided lately, with all that it stands on', async () => {
      await bench.addList({ id: 3, user_id: 2 });
      await bench.addRows([17], address('ann@example.com', { user_id: 2, csv_list_id: 3 }));
      await bench.addRows([20], address('ann@example.com'));
      const store = await bench.open();
      const [seventeen] = await claim(store, 2, 'a');
      const evidence = { stage: 'rcpt', text: 'no such user', rule: 'r', controlCode: 250 } as const;
      await store.recordResults([
        resultOf(seventeen!, {
          status: 'invalid',
          reason: 'mailbox-not-found',
          code: 550,
          enhanced: '5.1.1',
          response: '550 5.1.1 no such user',
          attempt: 3,
          ...evidence,
        }),
      ]);
      const [twenty] = await claim(store, 1, 'b');

      const { twins } = await store.findTwins(searchFor([twenty!]));

      expect([...twins.keys()]).toEqual([20]);
      expect(twins.get(20)).toMatchObject([
        {
          type: 'decided',
          answer: {
            id: 17,
            listId: 3,
            email: 'ann@example.com',
            status: 'invalid',
            reason: 'mailbox-not-found',
            code: 550,
            enhanced: '5.1.1',
            response: '550 5.1.1 no such user',
            mx: 'mx.example.com',
            ip: '192.0.2.1',
            answered: true,
            attempt: 3,
            retryInSeconds: undefined,
            ...evidence,
          },
        },
      ]);
    });

    it.each([
      { what: 'valid, of today', status: 'valid', found: ['decided'] },
      { what: 'catch-all, of today', status: 'catch-all', found: ['decided'] },
      { what: 'invalid, of today', status: 'invalid', found: ['decided'] },
      { what: 'unknown', status: 'unknown', found: [] },
      { what: 'valid, of the day before yesterday', status: 'valid', seconds: 2 * DAY, found: [] },
      { what: 'valid, where that is never good enough', status: 'valid', validSeconds: 0, found: [] },
      { what: 'invalid, where valid never is', status: 'invalid', validSeconds: 0, found: ['decided'] },
      { what: 'decided without asking anybody', status: 'valid', attempt: 0, found: [] },
      { what: 'taken from another row', status: 'valid', takenFrom: { rowId: 9 }, found: [] },
    ] as const)('takes for an answer, or not, what is $what', async ({ status, found, ...given }) => {
      const {
        seconds = 0,
        validSeconds = DAY,
        ...result
      } = { ...given } as {
        seconds?: number;
        validSeconds?: number;
      };
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ann@example.com'));
      const store = await bench.open();
      const [first] = await claim(store, 2, 'a');
      await store.recordResults([resultOf(first!, { status, ...result })]);
      await age(seconds);
      const rows = await claim(store, 1, 'b');

      const reuse = { validSeconds, invalidSeconds: DAY };
      expect(await typesOf(store, searchFor(rows, { reuse }))).toEqual(found);
    });

    it('takes no verdict that the CRM has changed since', async () => {
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ann@example.com'));
      const store = await bench.open();
      const [first] = await claim(store, 2, 'a');
      await store.recordResults([resultOf(first!)]);
      await bench.raw.execute("UPDATE emails SET validation_status = 'invalid' WHERE id = 1");

      expect(await typesOf(store, searchFor(await claim(store, 1, 'b')))).toEqual([]);
    });

    it('finds what another server holds as long as it does, and nothing of our own', async () => {
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ann@example.com', { user_id: 3 }));
      await bench.addRows([3], address('ann@example.com'));
      const [alpha, beta] = [await bench.open(), await bench.open()];
      await claim(beta, 2, 'a', SERVER_B);
      await claim(alpha, 3, 'b');
      const rows = await claim(alpha, 1, 'c');

      const whileHeld = await typesOf(alpha, searchFor(rows));
      await bench.raw.execute('UPDATE svc_row SET due_at = due_at - 301 WHERE row_id = 1');

      expect([whileHeld, await typesOf(alpha, searchFor(rows))]).toEqual([['held'], []]);
    });

    it('of two servers that claim at once, at least one sees the other', async () => {
      await bench.addRows(range(1, 300), { user_id: 2 });
      for (const id of range(1, 300)) await bench.addRows([1000 + id], address(`u${id}@example.com`));
      const [alpha, beta] = [await bench.open(), await bench.open()];
      const claimAndLook = async (store: Store, userId: number, claimant: typeof SERVER_A) => {
        const rows = await claim(store, userId, claimant.server, claimant);
        const { twins } = await store.findTwins(searchFor(rows, { claimant }));
        return rows.filter(({ id }) => !twins.has(id)).map(({ email }) => email);
      };

      const [first, second] = await Promise.all([
        claimAndLook(alpha, 1, SERVER_A),
        claimAndLook(beta, 2, SERVER_B),
      ]);

      expect(first.filter((email) => second.includes(email))).toEqual([]);
    });

    it('gives the wait of a twin that was put off, unless it is about to end', async () => {
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ann@example.com'));
      const store = await bench.open();
      const [first] = await claim(store, 2, 'a');
      await store.recordResults([deferralOf(first!, { attempt: 2 })]);
      const rows = await claim(store, 1, 'b');

      const { twins } = await store.findTwins(searchFor(rows));
      await bench.letPass(870);

      expect(twins.get(2)).toMatchObject([
        {
          type: 'waits',
          answer: { status: 'deferred', reason: 'greylisted', response: '450 4.2.0 greylisted' },
        },
      ]);
      const [wait] = twins.get(2)!;
      expect(wait?.type === 'waits' && wait.answer.retryInSeconds).toBeGreaterThan(890);
      expect(await typesOf(store, searchFor(rows))).toEqual([]);
    });

    it('compares addresses as they are parsed, and not as the collation does', async () => {
      const forms = [
        'Ann@example.com',
        'ann@EXAMPLE.com',
        ' ann@example.com',
        'ann@example.com ',
        'ann@example.org',
      ];
      for (const [index, form] of forms.entries())
        await bench.addRows([10 + index], address(form, { user_id: 2 }));
      await bench.addRows([20], address('ann@example.com'));
      await bench.addRows([21], address(' Ann@EXAMPLE.com '));
      const store = await bench.open();
      const others = await claim(store, 2, 'a');
      await store.recordResults(others.map((row) => resultOf(row)));
      const rows = await claim(store, 1, 'b');

      const { twins } = await store.findTwins(searchFor(rows));

      const idsOf = (id: number) =>
        (twins.get(id) ?? []).map((twin) => (twin.type === 'held' ? 0 : twin.answer.id));
      const isMysql = bench.options.type === 'mysql';
      expect(idsOf(20).toSorted()).toEqual(isMysql ? [11, 12, 13] : []);
      expect(idsOf(21)).toEqual([10]);
    });

    it('keeps to one user where it is told to, by the list where the row names nobody', async () => {
      await bench.addList({ id: 5, user_id: 1 });
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ben@example.com', { user_id: null, csv_list_id: 5 }));
      await bench.addRows([3], address('cat@example.com'));
      const store = await bench.open();
      const before = [...(await claim(store, 2, 'a')), ...(await claim(store, 1, 'b'))];
      await store.recordResults(before.map((row) => resultOf(row)));
      for (const [id, name] of [
        [11, 'ann'],
        [12, 'ben'],
        [13, 'cat'],
      ] as const)
        await bench.addRows([id], address(`${name}@example.com`));
      const rows = await claim(store, 1, 'c');

      const { twins } = await store.findTwins(searchFor(rows, { ownerId: 1 }));

      expect([...twins.keys()].toSorted()).toEqual([12, 13]);
    });

    it('tells when a row was asked about itself, so that who queues it again learns something new', async () => {
      await bench.addList({ id: 1 });
      await bench.addRows([1], address('ann@example.com', { user_id: 2 }));
      await bench.addRows([2], address('ann@example.com', { csv_list_id: 1 }));
      const store = await bench.open();
      await store.recordResults((await claim(store, 2, 'a')).map((row) => resultOf(row)));
      await age(100);
      const [at] = await bench.column('SELECT decided_at FROM svc_verdict');
      await store.recordResults(
        (await claim(store, 1, 'b')).map((row) => resultOf(row, { takenFrom: { rowId: 1, at: Number(at) } })),
      );
      await store.requeueRows(1, { statuses: ['valid'], reasons: [] }, false);

      const { twins, askedAt } = await store.findTwins(searchFor(await claim(store, 1, 'c')));

      expect(twins.get(2)).toMatchObject([{ type: 'decided', obtainedAt: at }]);
      expect(askedAt).toEqual(new Map([[2, at]]));
    });

    it('reads no more than it needs of an address that stands in very many rows', async () => {
      await bench.addRows(range(1, 6000), address('ann@example.com', { user_id: 2 }));
      await bench.addRows([9001], address('ann@example.com'));
      await bench.addRows([9002], address('ben@example.com', { user_id: 2 }));
      await bench.addRows([9003], address('ben@example.com'));
      const store = await bench.open();
      const many = await store.claimRows(2, 6001, token('a'), SERVER_A);
      await store.recordResults(many.map((row) => resultOf(row)));
      const rows = await claim(store, 1, 'b');

      const { twins } = await store.findTwins(searchFor(rows));

      expect([twins.get(9001)!.length, twins.get(9003)!.length]).toEqual([2000, 1]);
    }, 60_000);
  });

  describe('releaseRows', () => {
    it('gives a row back for later, with its attempts as they were', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      await claim(store, 1, 'a');

      await store.releaseRows(token('a'), [1], 30);

      expect(await claim(store, 1, 'b')).toEqual([]);
      await bench.letPass(31);
      expect(await claim(store, 1, 'c')).toMatchObject([{ id: 1, attempts: 0 }]);
    });
  });
});
