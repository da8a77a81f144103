// A shadow run's store: everything that a cycle asks of it, while any write to the CRM's tables is an error. Then what the
// real run finds when it takes over.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import {
  type Bench,
  SERVER_A,
  SERVER_B,
  deferralOf,
  noteOf,
  onBothStores,
  range,
  resultOf,
  token,
} from './bench.ts';

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);
const GUARDED = ['emails', 'csv_list'].flatMap((table) =>
  ['INSERT', 'UPDATE', 'DELETE'].map((event) => ({ table, event, name: `guard_${table}_${event}` })),
);

const REUSE = { validSeconds: DAY, invalidSeconds: DAY };

onBothStores('shadow', (bench) => {
  const shadow = (since?: number) => bench.open({ shadow: { since } });
  const claim = (store: Store, name: string, claimant = SERVER_A) =>
    store.claimRows(1, 1000, token(name), claimant);
  const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);
  const decideByCrm = (ids: readonly number[], status = 'invalid') =>
    unguarded(bench, () =>
      bench.raw.execute(
        `UPDATE emails SET domain_processed = 1, domain_status = 0, validation_status = ? WHERE id IN (${ids.join(', ')})`,
        [status],
      ),
    );

  beforeEach(async () => {
    await bench.addList({ id: 7, total_emails: 4, ageSeconds: 3 * DAY });
    await bench.addRows(range(71, 74), { csv_list_id: 7 });
    await bench.addList({ id: 8, total_emails: 4, ageSeconds: 3_600 });
    await bench.addRows(range(81, 84), { csv_list_id: 8 });
    await decideByCrm([71, 72, 81, 82, 83]); // and guards from there on
  });
  afterEach(() => unguard(bench));

  describe('while the CRM’s tables are under guard', () => {
    it('does all of a cycle, and leaves list counts and states as they are', async () => {
      const store = await shadow();
      const before = await bench.raw.query('SELECT * FROM csv_list');

      expect(await store.isAtRest()).toBe(false);
      await store.releaseServer(SERVER_A.server, () => true);
      await store.sweep();
      expect(await store.reconcileLists()).toEqual([]);
      const { demands } = await store.survey();
      await store.noteTurns({ served: [1], newcomers: [], headStartSeconds: 0 });
      const rows = await claim(store, 'a');
      const [put, ...decided] = rows;
      const { written } = await store.recordResults([
        deferralOf(put!),
        ...decided.map((row) => resultOf(row)),
      ]);
      expect(await store.reconcileLists()).toEqual([]);

      expect(demands).toMatchObject([{ userId: 1, pending: 3 }]);
      expect(idsOf(written)).toEqual([73, 74, 84]);
      expect(await bench.raw.query('SELECT * FROM csv_list')).toEqual(before);
      expect(await bench.raw.query('SELECT row_id, status, shadow FROM svc_verdict ORDER BY row_id')).toEqual(
        [
          { row_id: 73, status: 'deferred', shadow: 1 },
          { row_id: 74, status: 'valid', shadow: 1 },
          { row_id: 84, status: 'valid', shadow: 1 },
        ],
      );
    });

    // A host sees the same server, whoever it asks for: what it bears, and that it blocks us, holds for the real run too.
    it('keeps what it learned of destinations and domains, for whoever runs next', async () => {
      const store = await shadow();
      const closure = {
        type: 'block',
        said: '554 blocked',
        waitSeconds: 3_600,
        sinceSecondsAgo: 60,
        secondsLeft: 3_540,
      } as const;
      const learned = {
        destination: 'mx.example.com',
        limit: 3,
        ceiling: undefined,
        closure,
        seenSecondsAgo: 1,
      };
      await store.recordDestinations(SERVER_A.server, [learned]);
      await store.recordDomainFacts([
        { domain: 'example.com', catchAll: 'no', mxSet: 'mx', evidence: '550 no', server: SERVER_A.server },
      ]);
      await store.noteServer(noteOf({ users: [{ userId: 1 }] }));

      const real = await bench.open();

      expect(await real.loadDestinations(SERVER_A.server)).toMatchObject([
        { destination: 'mx.example.com', limit: 3, closure: { type: 'block', said: '554 blocked' } },
      ]);
      expect(await real.loadDomainFacts(['example.com'])).toMatchObject([
        { domain: 'example.com', catchAll: 'no' },
      ]);
    });

    it('is kept from nothing by the guard alone: a real run comes up against it', async () => {
      const store = await bench.open();

      await expect(claim(store, 'a')).rejects.toThrow('a write to csv_list');
    });

    it.each([
      { what: 'without --since only what is pending', since: undefined, ids: [73, 74, 84] },
      { what: 'what the CRM decided in lists made since', since: NOW - DAY, ids: [73, 74, 81, 82, 83, 84] },
      { what: 'older lists as well', since: NOW - 9 * DAY, ids: [...range(71, 74), ...range(81, 84)] },
    ])('takes $what', async ({ since, ids }) => {
      const store = await shadow(since);

      const { demands } = await store.survey();

      expect(demands).toMatchObject([{ userId: 1, pending: ids.length }]);
      expect(idsOf(await claim(store, 'a')).toSorted((a, b) => a - b)).toEqual(ids);
    });

    it('asks about no row twice, whoever decides it meanwhile', async () => {
      const store = await shadow(NOW - DAY);
      const first = await store.claimRows(1, 3, token('a'), SERVER_A);
      await store.recordResults(first.map((row) => resultOf(row)));
      await decideByCrm([73, 84]);

      const second = await claim(store, 'b');
      await store.recordResults(second.map((row) => resultOf(row)));
      await store.sweep();

      expect([...idsOf(first), ...idsOf(second)].toSorted((a, b) => a - b)).toEqual([73, 74, 81, 82, 83, 84]);
      expect((await store.survey()).demands).toEqual([]);
      expect(await claim(store, 'c')).toEqual([]);
    });

    it('finds by the sweep what the frontier passed before --since reached further', async () => {
      const pending = await shadow();
      await pending.recordResults((await claim(pending, 'a')).map((row) => resultOf(row)));
      const store = await shadow(NOW - DAY);

      await claim(store, 'b');
      await store.sweep();

      expect(await bench.column('SELECT row_id FROM svc_row ORDER BY row_id')).toEqual([81, 82, 83]);
    });

    it('asks again about what was put off, also when the CRM decided it meanwhile', async () => {
      const store = await shadow();
      await store.recordResults((await claim(store, 'a')).map((row) => deferralOf(row)));
      await decideByCrm([73, 74]);
      await bench.letPass(1000);
      await store.sweep();

      const again = await claim(store, 'b');

      expect(again).toMatchObject([73, 74, 84].map((id) => ({ id, attempts: 1 })));
    });

    it('writes nothing of a row that was deleted meanwhile, nor where its claim was lost', async () => {
      const store = await shadow();
      const rows = await claim(store, 'a');
      await unguarded(bench, () => bench.raw.execute('DELETE FROM emails WHERE id = 74'));
      await bench.letPass(1000);
      await store.claimRows(1, 1, token('b'), SERVER_B);
      const [lost] = await bench.column('SELECT row_id FROM svc_row WHERE server = ?', [SERVER_B.server]);

      const { written, dropped } = await store.recordResults(rows.map((row) => resultOf(row)));

      expect(idsOf(written)).toEqual([73, 84].filter((id) => id !== lost));
      expect(idsOf(dropped)).toContain(74);
    });

    it('takes a verdict over for a row of the same address, and keeps that too', async () => {
      await unguarded(bench, () => bench.addRows([90], { raw_emailid: 'u74@example.com' }));
      const store = await shadow();
      const rows = await claim(store, 'a');
      await store.recordResults(
        rows.filter(({ id }) => id === 74).map((row) => resultOf(row, { stage: 'rcpt', text: '2.1.5 ok' })),
      );
      const ninety = rows.filter(({ id }) => id === 90);

      const { twins } = await store.findTwins({
        rows: ninety,
        ownerId: undefined,
        claimant: SERVER_A,
        reuse: REUSE,
      });

      expect(twins.get(90)).toMatchObject([{ type: 'decided', answer: { id: 74, status: 'valid' } }]);
    });
  });

  describe('compared with the CRM', () => {
    const withEvidence = async () => {
      const store = await shadow();
      await store.recordResults((await claim(store, 'a')).map((row) => resultOf(row))); // 73, 74, 84
      await unguard(bench); // a real run writes
      const real = await bench.open();
      await bench.addRows(range(91, 94), { csv_list_id: 8 });
      const rows = await claim(real, 'b');
      const ours = rows.filter(({ id }) => id > 90);
      await real.recordResults(ours.map((row) => (row.id === 94 ? deferralOf(row) : resultOf(row))));
      await bench.raw.execute('UPDATE emails SET domain_processed = 1 WHERE id = 94'); // by another program
      return real;
    };

    it.each([
      { what: 'in all', filter: {}, shadowed: [73, 74, 84], decided: 3 },
      { what: 'of one list', filter: { listId: 8 }, shadowed: [84], decided: 3 },
      { what: 'of another', filter: { listId: 7 }, shadowed: [73, 74], decided: 0 },
      { what: 'since a moment to come', filter: { since: NOW + DAY }, shadowed: [], decided: 0 },
    ])('counts $what what was decided for real, and not what was put off', async ({ filter, ...found }) => {
      const store = await withEvidence();

      const { rows, real } = await store.readShadowed(filter);

      expect([idsOf(rows), real]).toEqual([found.shadowed, found.decided]);
    });
  });

  describe('when the real run takes over', () => {
    const evidence = { stage: 'rcpt', text: '5.1.1 no such user' } as const;
    /** Leaves 73 decided, 74 put off, 84 claimed by a server that died; the CRM has decided 84 since. */
    const afterShadow = async () => {
      const store = await shadow();
      const rows = await claim(store, 'a');
      await store.recordResults([
        resultOf(rows[0]!, {
          status: 'invalid',
          reason: 'mailbox-not-found',
          code: 550,
          enhanced: '5.1.1',
          ...evidence,
        }),
        deferralOf(rows[1]!),
      ]);
      await unguard(bench);
      return bench.open();
    };

    it('finds pending rows fresh, but for those that wait', async () => {
      const store = await afterShadow();
      await decideByCrm([84]);
      await unguard(bench); // a real run writes
      await store.sweep();

      const rows = await claim(store, 'r');
      await bench.letPass(1000);
      const later = await claim(store, 's');

      expect(rows).toMatchObject([{ id: 73, attempts: 0 }]);
      expect(later).toMatchObject([{ id: 73 }, { id: 74, attempts: 1 }]);
      expect(await bench.column('SELECT row_id FROM svc_row WHERE row_id = 84')).toEqual([]);
    });

    it('counts what was put off and is due again once, before it has touched anything', async () => {
      const store = await afterShadow();
      await bench.letPass(1000);

      const { demands } = await store.survey();

      expect(demands).toMatchObject([{ userId: 1, pending: 3 }]); // 73, 74, 84
    });

    it('takes over what the shadow run came to, in the words that the CRM is told', async () => {
      const store = await afterShadow();
      const rows = await claim(store, 'r');

      const { twins, askedAt } = await store.findTwins({
        rows,
        ownerId: undefined,
        claimant: SERVER_A,
        reuse: REUSE,
      });

      expect(askedAt.size).toBe(0);
      expect(twins.get(73)).toMatchObject([
        {
          type: 'decided',
          answer: { id: 73, status: 'invalid', response: '550 5.1.1 no such user', answered: true },
        },
      ]);
    });

    it('asks anew where that is too old', async () => {
      const store = await afterShadow();
      const rows = await claim(store, 'r');
      await bench.raw.execute('UPDATE svc_verdict SET decided_at = decided_at - ?', [2 * DAY]);

      const { twins } = await store.findTwins({ rows, ownerId: undefined, claimant: SERVER_A, reuse: REUSE });

      expect(twins.size).toBe(0);
    });

    it('counts rows once that were queued again, whatever the shadow run had touched', async () => {
      const store = await afterShadow();
      await decideByCrm([73, 74, 84]);
      await unguard(bench);
      await store.requeueRows(7, { statuses: ['invalid'], reasons: [] }, false);

      const { demands } = await store.survey();

      expect(demands).toMatchObject([{ userId: 1, pending: 4 }]);
    });

    it('leaves the shadow’s evidence of decided rows out of "reclassify"', async () => {
      const store = await afterShadow();
      await decideByCrm([73], 'invalid');
      await unguard(bench);

      expect((await store.readEvidence({})).rows).toEqual([]);
    });

    it('keeps frontiers apart, so that either goes on where it was', async () => {
      const store = await afterShadow();
      await claim(store, 'r');

      const partitions = await bench.column('SELECT DISTINCT worker_id FROM svc_queue ORDER BY worker_id');

      expect(partitions).toEqual([-2, -1]);
    });
  });

  it('shares the rows of a partition with nobody, in shadow or not', async () => {
    await unguarded(bench, () => bench.addRows([91, 92], { worker_id: 2 }));
    const two = await bench.open({ workerId: 2, shadow: { since: undefined } });

    expect(idsOf(await claim(two, 'a'))).toEqual([91, 92]);
    expect(await bench.column('SELECT DISTINCT worker_id FROM svc_queue')).toContain(-5);
  });
});

async function guard({ raw }: Bench): Promise<void> {
  for (const { table, event, name } of GUARDED) {
    await raw.execute(
      raw.dialect.type === 'mysql'
        ? `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a write to ${table}'`
        : `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} BEGIN SELECT RAISE(ABORT, 'a write to ${table}'); END`,
    );
  }
}

async function unguard({ raw }: Bench): Promise<void> {
  for (const { name } of GUARDED) await raw.execute(`DROP TRIGGER IF EXISTS ${name}`);
}

/** What the CRM does. */
async function unguarded(bench: Bench, act: () => Promise<unknown>): Promise<void> {
  await unguard(bench);
  await act();
  await guard(bench);
}
