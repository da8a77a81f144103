// What is kept beside verdicts, and what is done with it: svc_verdict, and the methods that read it.

import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/result.ts';
import { piecesByWeight } from '../../src/store/driver.ts';
import type { Revision } from '../../src/store/revise.ts';
import type { Store } from '../../src/store/store.ts';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const EVIDENCE = {
  stage: 'rcpt',
  rule: 'status-5.1.1',
  text: '5.1.1 no such user\nhere',
  controlCode: 550,
  controlText: '5.1.1 unknown',
  knownCatchAll: 'no',
  quotedSender: 'probe@verifier.example.net',
  transcript: 'C: RCPT TO:<u1@example.com>\nS: 550 5.1.1 no such user',
} as const satisfies Partial<Result>;
const REFUSED = {
  ...EVIDENCE,
  status: 'invalid',
  reason: 'mailbox-not-found',
  code: 550,
  enhanced: '5.1.1',
  response: '550 5.1.1 no such user here',
} as const satisfies Partial<Result>;

const decide = async (
  store: Store,
  ids: readonly number[],
  differs: (id: number) => Partial<Result>,
  name = 'a',
) => {
  const rows = await store.claimRows(1, ids.length, token(name), SERVER_A);
  return store.recordResults(rows.map((row) => resultOf(row, differs(row.id))));
};

const fact = (domain: string, catchAll: 'yes' | 'no' | 'unknown') => ({
  domain,
  catchAll,
  mxSet: 'mx1,mx2',
  evidence: '250 ok',
  server: 'alpha',
});

const toUnknown = (id: number): Revision => ({
  id,
  from: 'invalid',
  to: 'unknown',
  reason: 'policy-block',
  rule: 'blocked',
  response: undefined,
});

const readAll = async (store: Store, filter: { listId?: number; since?: number }) => {
  const ids: number[] = [];
  let pages = 0;
  for (let after: number | undefined = 0; after !== undefined; pages++) {
    const page = await store.readEvidence(filter, after);
    ids.push(...page.rows.map(({ id }) => id));
    after = page.nextAfter;
  }
  return { ids, pages };
};

describe('piecesByWeight', () => {
  it('parts where a piece would be too heavy or too long, and keeps the order', () => {
    const weights = [3, 3, 3, 9, 12, 1];

    expect(piecesByWeight(weights, (weight) => weight, 10)).toEqual([[3, 3, 3], [9], [12], [1]]);
    expect(piecesByWeight(range(1, 401), () => 0).map((piece) => piece.length)).toEqual([200, 200, 1]);
    expect(piecesByWeight([], () => 1)).toEqual([]);
  });
});

onBothStores('evidence', (bench) => {
  const countsOf = async (id: number) =>
    (await bench.raw.query('SELECT status, valid_count, invalid_count FROM csv_list WHERE id = ?', [id]))[0];
  const statuses = () => bench.column('SELECT validation_status FROM emails ORDER BY id');

  describe('recordResults', () => {
    it('keeps the evidence of a verdict, with the server that held the claim', async () => {
      await bench.addRows([1]);
      const store = await bench.open();

      await decide(store, [1], () => REFUSED);

      const [row] = await store.findRows({ id: 1 }, 1);
      expect(row!.verdict).toEqual({
        ...EVIDENCE,
        status: 'invalid',
        reason: 'mailbox-not-found',
        code: 550,
        enhanced: '5.1.1',
        mx: 'mx.example.com',
        ip: '192.0.2.1',
        failure: undefined,
        attempt: 1,
        decidedAt: expect.any(Number),
        server: 'alpha',
      });
      expect(row!.readAt - row!.verdict!.decidedAt).toBeGreaterThanOrEqual(0);
    });

    it('keeps the evidence of a deferral, and replaces it by what the next attempt finds', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.recordResults([
        deferralOf(row!, { stage: 'rcpt', text: 'greylisted', rule: 'greylisted' }),
      ]);
      const [waiting] = await store.findRows({ id: 1 }, 1);
      await bench.letPass(1000);
      const [again] = await store.claimRows(1, 1, token('b'), SERVER_B);

      await store.recordResults([resultOf(again!, { attempt: 2, stage: 'rcpt', text: 'ok' })]);

      const [decided] = await store.findRows({ id: 1 }, 1);
      expect(waiting!.verdict).toMatchObject({
        status: 'deferred',
        reason: 'greylisted',
        text: 'greylisted',
      });
      expect(waiting!.waiting).toMatchObject({ isClaimed: false, attempts: 1, reason: 'greylisted' });
      expect(decided!.verdict).toMatchObject({ status: 'valid', text: 'ok', attempt: 2, server: 'beta' });
      expect(decided!.verdict!.rule).toBeUndefined();
      expect(decided!.waiting).toBeUndefined();
    });

    it('keeps nothing of a result whose claim was lost', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.releaseRows(token('a'), [1]);

      await store.recordResults([resultOf(row!, REFUSED)]);

      expect(await bench.column('SELECT row_id FROM svc_verdict')).toEqual([]);
    });

    it('takes the longest evidence there is for a thousand rows', async () => {
      await bench.addRows(range(1, 1000));
      const store = await bench.open();

      const recorded = await decide(store, range(1, 1000), () => ({
        ...REFUSED,
        text: '漢'.repeat(1000),
        controlText: `'`.repeat(300),
        transcript: '漢'.repeat(1500),
      }));

      expect(recorded.written).toHaveLength(1000);
      expect(await bench.column('SELECT COUNT(*) FROM svc_verdict')).toEqual([1000]);
    });
  });

  describe('findRows', () => {
    it('finds an address in several lists, the newest first, and says what the CRM sees', async () => {
      await bench.addList({ id: 7, user_id: 9, status: 'running' });
      await bench.addRows([1, 3], { raw_emailid: 'Ann@Example.com', csv_list_id: 7, user_id: null });
      await bench.addRows([2], { raw_emailid: 'bob@example.com' });
      const store = await bench.open();

      const rows = await store.findRows({ email: 'Ann@Example.com' }, 10);

      expect(rows.map(({ id }) => id)).toEqual([3, 1]);
      expect(rows[0]).toMatchObject({
        email: 'Ann@Example.com',
        listId: 7,
        listStatus: 'running',
        userId: 9,
        isProcessed: false,
        validationStatus: 'pending',
        validationResponse: undefined,
        verdict: undefined,
        waiting: undefined,
        fact: undefined,
      });
      expect((await store.findRows({ email: 'Ann@Example.com' }, 1)).map(({ id }) => id)).toEqual([3]);
      expect(await store.findRows({ email: "nobody' OR 1=1 -- @example.com" }, 10)).toEqual([]);
    });

    it('says who holds a claim, and what is known of the domain, expired or not', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.recordDomainFacts([
        { domain: 'example.com', catchAll: 'yes', mxSet: 'mx1', evidence: '250 ok', server: 'beta' },
      ]);
      await bench.raw.execute('UPDATE svc_domain SET expires_at = decided_at - 1');

      const [row] = await store.findRows({ id: 1 }, 1);

      expect(row!.waiting).toMatchObject({ isClaimed: true, server: 'alpha', cycleId: SERVER_A.cycleId });
      expect(row!.fact).toMatchObject({ catchAll: 'yes', evidence: '250 ok', server: 'beta', mxSet: 'mx1' });
    });
  });

  describe('domain facts', () => {
    it('are believed for a week, a day or an hour', async () => {
      const store = await bench.open();

      await store.recordDomainFacts([
        fact('yes.example', 'yes'),
        fact('no.example', 'no'),
        fact('q.example', 'unknown'),
      ]);

      const facts = await store.loadDomainFacts(['yes.example', 'no.example', 'q.example', 'none.example']);
      expect(facts.map(({ domain, catchAll, mxSet }) => [domain, catchAll, mxSet]).toSorted()).toEqual([
        ['no.example', 'no', 'mx1,mx2'],
        ['q.example', 'unknown', 'mx1,mx2'],
        ['yes.example', 'yes', 'mx1,mx2'],
      ]);
      const hours = facts.map(({ secondsLeft }) => Math.ceil(secondsLeft / 3600)).toSorted((a, b) => a - b);
      expect(hours).toEqual([1, 24, 168]);
    });

    it('are replaced by later ones, and are none when they have expired', async () => {
      const store = await bench.open();
      await store.recordDomainFacts([fact('a.example', 'yes'), fact('a.example', 'no')]);
      await store.recordDomainFacts([fact('b.example', 'yes')]);
      await bench.raw.execute(
        `UPDATE svc_domain SET expires_at = ${bench.raw.dialect.now} WHERE domain = 'b.example'`,
      );

      expect(await store.loadDomainFacts(['a.example', 'b.example'])).toMatchObject([
        { domain: 'a.example', catchAll: 'no' },
      ]);
    });

    it('of many domains come in few statements', async () => {
      const store = await bench.open();
      const domains = range(1, 1200).map((n) => `d${n}.example`);

      await store.recordDomainFacts(domains.map((domain) => fact(domain, 'no')));

      expect(await store.loadDomainFacts(domains)).toHaveLength(1200);
    });
  });

  describe('reviseVerdicts', () => {
    it('changes row, evidence and counts of what still has the verdict of its evidence', async () => {
      await bench.addList({ id: 7, total_emails: 4 });
      await bench.addRows([1, 2, 3, 4], { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, range(1, 4), () => REFUSED);
      await store.reconcileLists();
      await bench.raw.execute(
        "UPDATE emails SET validation_status = 'valid', domain_status = 1 WHERE id = 2",
      );
      await bench.raw.execute('UPDATE emails SET domain_processed = 0 WHERE id = 3');

      const revised = await store.reviseVerdicts([
        { ...toUnknown(4), to: 'valid', reason: 'accepted', response: '192.0.2.9' },
        ...[1, 2, 3].map(toUnknown),
      ]);

      expect(revised).toBe(2);
      expect(
        await bench.raw.query('SELECT id, domain_status, validation_status, validation_response FROM emails'),
      ).toMatchObject([
        { id: 1, domain_status: 2, validation_status: 'unknown', validation_response: REFUSED.response },
        { id: 2, domain_status: 1, validation_status: 'valid' },
        { id: 3, domain_status: 0, validation_status: 'invalid' },
        { id: 4, domain_status: 1, validation_status: 'valid', validation_response: '192.0.2.9' },
      ]);
      expect(await countsOf(7)).toEqual({ status: 'completed', valid_count: 1, invalid_count: 2 });
      const [first] = await store.findRows({ id: 1 }, 1);
      expect(first!.verdict).toMatchObject({
        status: 'unknown',
        reason: 'policy-block',
        rule: 'blocked',
        text: EVIDENCE.text,
      });
    });

    it('leaves a row alone whose evidence is of another verdict than the revision says', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      await decide(store, [1], () => REFUSED);

      expect(await store.reviseVerdicts([{ ...toUnknown(1), from: 'valid' }])).toBe(0);
      expect(await statuses()).toEqual(['invalid']);
    });
  });

  describe('readEvidence', () => {
    it('reads what was decided with evidence, page by page, of one list or since some time', async () => {
      await bench.addList({ id: 7, total_emails: 1500 });
      await bench.addRows(range(1, 1500), { csv_list_id: 7 });
      await bench.addRows(range(1501, 1600));
      const store = await bench.open();
      await decide(store, range(1, 1600), (id) => (id % 2 === 0 ? REFUSED : { reason: 'syntax' }));
      await bench.raw.execute('UPDATE svc_verdict SET decided_at = decided_at - 1000 WHERE row_id <= 1400');
      const [{ now }] = (await bench.raw.query<{ now: number }>(
        `SELECT ${bench.raw.dialect.now} AS now`,
      )) as [{ now: number }];

      const even = range(1, 1600).filter((id) => id % 2 === 0);
      const all = await readAll(store, {});
      expect(all).toEqual({ ids: even, pages: 2 });
      expect((await readAll(store, { listId: 7 })).ids).toEqual(even.filter((id) => id <= 1500));
      expect((await readAll(store, { since: now - 500 })).ids).toEqual(even.filter((id) => id > 1400));
      expect((await readAll(store, { listId: 8 })).ids).toEqual([]);
    });

    it('passes over what waits, what was queued again, and what others changed', async () => {
      await bench.addRows([1, 2, 3]);
      const store = await bench.open();
      await decide(store, [1, 2, 3], (id) =>
        id === 1 ? { ...REFUSED, status: 'deferred', retryInSeconds: 60 } : REFUSED,
      );
      await bench.raw.execute('UPDATE emails SET domain_processed = 0 WHERE id = 2');
      await bench.raw.execute("UPDATE emails SET validation_status = 'valid' WHERE id = 3");

      expect((await readAll(store, {})).ids).toEqual([]);
    });
  });

  describe('requeueRows', () => {
    const UNKNOWN = {
      ...EVIDENCE,
      status: 'unknown',
      reason: 'policy-block',
      attempt: 5,
    } as const satisfies Partial<Result>;
    const unknowns = { statuses: ['unknown'], reasons: [] } as const;
    const prepare = async () => {
      await bench.addList({ id: 7, total_emails: 6 });
      await bench.addRows(range(1, 6), { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, range(1, 6), (id) =>
        id <= 3 ? UNKNOWN : id === 4 ? REFUSED : id === 5 ? { ...UNKNOWN, reason: 'timeout' } : {},
      );
      await store.reconcileLists();
      return store;
    };

    it('makes rows as the import left them, due now, and the list run again with exact counts', async () => {
      const store = await prepare();

      const requeued = await store.requeueRows(7, { statuses: ['unknown', 'invalid'], reasons: [] }, false);

      expect(requeued).toEqual({ queued: 5, left: 0 });
      expect(
        await bench.raw.query(
          'SELECT domain_processed, domain_status, domain_verified, validation_status, validation_response FROM emails WHERE id = 4',
        ),
      ).toEqual([
        {
          domain_processed: 0,
          domain_status: 0,
          domain_verified: 0,
          validation_status: 'pending',
          validation_response: null,
        },
      ]);
      expect(await countsOf(7)).toEqual({ status: 'running', valid_count: 1, invalid_count: 0 });
      expect((await store.survey()).demands).toMatchObject([{ userId: 1, pending: 5, listIds: [7] }]);
      const claimed = await store.claimRows(1, 10, token('b'), SERVER_A);
      expect(claimed.map(({ id, attempts }) => [id, attempts])).toEqual(range(1, 5).map((id) => [id, 0]));
      await store.recordResults(claimed.map((row) => resultOf(row)));
      await store.reconcileLists();
      expect(await countsOf(7)).toEqual({ status: 'completed', valid_count: 6, invalid_count: 0 });
    });

    it('makes rows below the frontier of a list that still runs due at once', async () => {
      await bench.addList({ id: 7, total_emails: 3 });
      await bench.addRows(range(1, 3), { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, [1, 2], () => UNKNOWN);

      expect(await store.requeueRows(7, unknowns, false)).toEqual({ queued: 2, left: 0 });

      expect(await bench.column('SELECT row_id FROM svc_row ORDER BY row_id')).toEqual([1, 2]);
      expect((await store.survey()).demands).toMatchObject([{ pending: 3 }]);
      expect(await store.claimRows(1, 10, token('b'), SERVER_A)).toHaveLength(3);
    });

    it('takes only rows decided for one of the reasons', async () => {
      const store = await prepare();

      const requeued = await store.requeueRows(
        7,
        { ...unknowns, reasons: ['policy-block', 'greylisted'] },
        false,
      );

      expect(requeued).toEqual({ queued: 3, left: 0 });
      expect(await statuses()).toEqual(['pending', 'pending', 'pending', 'invalid', 'unknown', 'valid']);
    });

    it('counts and changes nothing in a dry run', async () => {
      const store = await prepare();
      const before = await statuses();

      expect(await store.requeueRows(7, unknowns, true)).toEqual({ queued: 4, left: 0 });
      expect(await statuses()).toEqual(before);
      expect(await countsOf(7)).toMatchObject({ status: 'completed' });
    });

    it('leaves alone what is claimed, and what belongs to nobody', async () => {
      const store = await prepare();
      await bench.raw.execute(
        `INSERT INTO svc_row (row_id, user_id, list_id, worker_id, due_at, token)
         VALUES (1, 1, 7, 1, ${bench.raw.dialect.now} + 60, '${token('x')}')`,
      );
      await bench.raw.execute('UPDATE emails SET user_id = NULL WHERE id = 2');
      await bench.raw.execute('UPDATE csv_list SET user_id = NULL WHERE id = 7');

      expect(await store.requeueRows(7, unknowns, false)).toEqual({ queued: 2, left: 2 });
      expect((await statuses()).slice(0, 3)).toEqual(['unknown', 'unknown', 'pending']);
    });

    it('works through a long list page by page', async () => {
      await bench.addList({ id: 7, total_emails: 2300 });
      await bench.addRows(range(1, 2300), { csv_list_id: 7 });
      const store = await bench.open();
      await decide(store, range(1, 2300), () => UNKNOWN);

      expect(await store.requeueRows(7, unknowns, false)).toEqual({ queued: 2300, left: 0 });
      expect(await store.requeueRows(7, unknowns, false)).toEqual({ queued: 0, left: 0 });
    });

    it('knows no list that is not there', async () => {
      const store = await bench.open();

      expect(await store.requeueRows(7, unknowns, false)).toBeUndefined();
    });
  });
});
