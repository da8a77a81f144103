import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/result.ts';
import type { Recorded } from '../../src/store/store.ts';
import { SERVER_A, SERVER_B, deferralOf, onBothStores, range, resultOf, token } from './bench.ts';

const COLUMNS =
  'id, domain_processed, domain_status, domain_verified, validation_status, validation_response';

const countOf = ({ written, dropped }: Recorded) => ({ written: written.length, dropped: dropped.length });

onBothStores('record', (bench) => {
  const rowOf = async (id: number) =>
    (await bench.raw.query(`SELECT ${COLUMNS} FROM emails WHERE id = ?`, [id]))[0];
  const countsOf = async (id: number) =>
    (await bench.raw.query('SELECT status, valid_count, invalid_count FROM csv_list WHERE id = ?', [id]))[0];

  describe('recordResults', () => {
    const VERDICTS: readonly { status: Result['status']; answered: boolean; domain_status: number }[] = [
      { status: 'valid', answered: true, domain_status: 1 },
      { status: 'catch-all', answered: true, domain_status: 1 },
      { status: 'invalid', answered: true, domain_status: 0 },
      { status: 'disposable', answered: false, domain_status: 0 },
      { status: 'unknown', answered: false, domain_status: 2 },
    ];

    it.each(VERDICTS)('writes $status as the CRM reads it', async ({ status, answered, domain_status }) => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);

      const recorded = await store.recordResults([
        resultOf(row!, { status, answered, response: 'what was said' }),
      ]);

      expect(countOf(recorded)).toEqual({ written: 1, dropped: 0 });
      expect(await rowOf(1)).toEqual({
        id: 1,
        domain_processed: 1,
        domain_status,
        domain_verified: answered ? 1 : 0,
        validation_status: status,
        validation_response: 'what was said',
      });
      expect(await bench.column('SELECT row_id FROM svc_row')).toEqual([]);
    });

    it('leaves a deferred row pending for the CRM, due when its next attempt is', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);

      const recorded = await store.recordResults([
        deferralOf(row!, { attempt: 3, throttles: 1, retryInSeconds: 900 }),
      ]);

      expect(countOf(recorded)).toEqual({ written: 1, dropped: 0 });
      expect(await rowOf(1)).toMatchObject({ domain_processed: 0, validation_status: 'pending' });
      expect(
        await bench.raw.query(
          `SELECT token, attempts, throttles, reason, response, due_at - ${bench.raw.dialect.now} BETWEEN 890 AND 900 AS is_due_then FROM svc_row`,
        ),
      ).toEqual([
        {
          token: null,
          attempts: 3,
          throttles: 1,
          reason: 'greylisted',
          response: '450 4.2.0 greylisted',
          is_due_then: 1,
        },
      ]);
    });

    it('takes the row again only when the wait is over', async () => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await store.recordResults([deferralOf(row!, { retryInSeconds: 900 })]);

      await bench.letPass(880);
      const early = await store.claimRows(1, 1, token('b'), SERVER_A);
      await bench.letPass(20);
      const late = await store.claimRows(1, 1, token('c'), SERVER_A);

      expect([early.length, late.length]).toEqual([0, 1]);
    });

    it('writes nothing for a claim that another server took over', async () => {
      await bench.addList({ id: 7, total_emails: 1 });
      await bench.addRows([1], { csv_list_id: 7 });
      const alpha = await bench.open();
      const beta = await bench.open();
      const [lost] = await alpha.claimRows(1, 1, token('a'), SERVER_A);
      await bench.letPass(301);
      const [held] = await beta.claimRows(1, 1, token('b'), SERVER_B);

      const late = await alpha.recordResults([
        resultOf(lost!, { status: 'invalid', reason: 'mailbox-not-found' }),
      ]);

      expect(countOf(late)).toEqual({ written: 0, dropped: 1 });
      expect(await rowOf(1)).toMatchObject({ domain_processed: 0, validation_status: 'pending' });
      expect(await countsOf(7)).toMatchObject({ valid_count: 0, invalid_count: 0 });
      expect(countOf(await beta.recordResults([resultOf(held!)]))).toEqual({ written: 1, dropped: 0 });
    });

    it.each([
      {
        what: 'was decided by somebody else',
        sql: "UPDATE emails SET domain_processed = 1, validation_status = 'disposable' WHERE id = 1",
      },
      { what: 'was deleted', sql: 'DELETE FROM emails WHERE id = 1' },
    ])('drops the result of a row that $what, and forgets the row', async ({ sql }) => {
      await bench.addRows([1]);
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);
      await bench.raw.execute(sql);

      expect(countOf(await store.recordResults([resultOf(row!)]))).toEqual({ written: 0, dropped: 1 });
      expect(await bench.column('SELECT validation_response FROM emails')).not.toContain('192.0.2.1');
      expect(await bench.column('SELECT row_id FROM svc_row')).toEqual([]);
    });

    it('writes a row once, however often its result comes', async () => {
      await bench.addList({ id: 7, total_emails: 1 });
      await bench.addRows([1], { csv_list_id: 7 });
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);

      const twice = await store.recordResults([resultOf(row!), resultOf(row!, { status: 'invalid' })]);
      const again = await store.recordResults([resultOf(row!)]);

      expect([twice, again].map(countOf)).toEqual([
        { written: 1, dropped: 1 },
        { written: 0, dropped: 1 },
      ]);
      expect(twice.written).toMatchObject([{ status: 'valid' }]);
      expect(twice.dropped).toMatchObject([{ status: 'invalid' }]);
      expect(await countsOf(7)).toEqual({ status: 'running', valid_count: 1, invalid_count: 0 });
    });

    it('counts exactly what it wrote, in a mixed batch over several lists and statements', async () => {
      await bench.addList({ id: 1, total_emails: 503 });
      await bench.addList({ id: 2, total_emails: 100 });
      await bench.addRows(range(1, 500), { csv_list_id: 1 });
      await bench.addRows(range(501, 600), { csv_list_id: 2 });
      const store = await bench.open();
      const rows = await store.claimRows(1, 600, token('a'), SERVER_A);
      await bench.raw.execute('DELETE FROM emails WHERE id IN (3, 4)');
      await store.releaseRows(token('a'), [599, 600]);

      const recorded = await store.recordResults(
        rows.map((row) =>
          row.id % 4 === 0
            ? deferralOf(row)
            : resultOf(row, { status: (['valid', 'invalid', 'unknown'] as const)[row.id % 3] ?? 'valid' }),
        ),
      );

      expect(countOf(recorded)).toEqual({ written: 596, dropped: 4 });
      const [sums] = await bench.raw.query<{ valid: number; invalid: number }>(
        `SELECT SUM(domain_status = 1) AS valid, SUM(domain_status = 0) AS invalid
         FROM emails WHERE csv_list_id = 1 AND domain_processed = 1`,
      );
      // 503 announced, 500 imported when the list was counted: three count as invalid from the start.
      expect(await countsOf(1)).toEqual({
        status: 'running',
        valid_count: sums!.valid,
        invalid_count: sums!.invalid + 3,
      });
      expect(await bench.column('SELECT COUNT(*) FROM svc_row WHERE token IS NULL')).toEqual([
        rows.filter(({ id }) => (id % 4 === 0 && id !== 4) || id === 599).length,
      ]);
    });

    it('never touches the address', async () => {
      const address = ' "A\\"b"@Exämple.COM ';
      await bench.addRows([1], { raw_emailid: address });
      const store = await bench.open();
      const [row] = await store.claimRows(1, 1, token('a'), SERVER_A);

      await store.recordResults([resultOf(row!, { email: 'other@example.com' })]);

      expect(row!.email).toBe(address);
      expect(await bench.column('SELECT raw_emailid FROM emails')).toEqual([address]);
    });

    it('does nothing without results', async () => {
      const store = await bench.open();

      expect(await store.recordResults([])).toEqual({ written: [], dropped: [] });
    });

    it.each([
      `'; DROP TABLE emails; --`,
      `O'Reilly "quoted" \`ticks\` \\' \\\\ \\0`,
      'nul \u0000 bell \u0007 sub \u001a end',
      'emoji 📮🧑‍🚀 and 𝒳 beyond the BMP',
      'percent % under _ question ? :name $1 @var',
      '',
      '漢字'.repeat(200),
    ])('stores %j as it is, wherever it comes from', async (hostile) => {
      const email = `${hostile.slice(0, 60)}@example.com`;
      await bench.addRows([1, 2], { raw_emailid: email });
      const store = await bench.open();
      const rows = await store.claimRows(1, 2, token('a'), {
        server: hostile.slice(0, 100),
        cycleId: hostile.slice(0, 100),
      });

      await store.recordResults([
        resultOf(rows[0]!, { response: hostile }),
        deferralOf(rows[1]!, { response: hostile }),
      ]);

      expect(rows.map((row) => row.email)).toEqual([email, email]);
      const { wholeText } = bench.raw.dialect;
      expect(
        await bench.column(`SELECT ${wholeText('validation_response')} FROM emails WHERE id = 1`),
      ).toEqual([hostile]);
      expect(
        await bench.raw.query(
          `SELECT ${wholeText('response')} AS response, ${wholeText('server')} AS server FROM svc_row`,
        ),
      ).toEqual([{ response: hostile, server: hostile.slice(0, 100) }]);
    });
  });
});
