// What a report adds up: verdicts, reasons, providers, attempts, savings, slow domains, and the course of time.

import { describe, expect, it } from 'vitest';
import { Weighing } from '../../src/domain/heaviest.ts';
import { counted, share } from '../../src/domain/amounts.ts';
import { type OutcomeEvidence, ReportTally, type RowOutcome } from '../../src/domain/report.ts';
import { TimeBins } from '../../src/domain/time-bins.ts';

const NOON = 1_772_000_000 - (1_772_000_000 % 86_400) + 43_200;

const row = (
  status: string,
  evidence: Partial<OutcomeEvidence> | null = {},
  rest: Partial<RowOutcome> = {},
): RowOutcome => ({
  id: 1,
  email: 'ann@example.com',
  isProcessed: status !== 'pending',
  validationStatus: status,
  evidence:
    evidence === null
      ? undefined
      : {
          status,
          reason: 'accepted',
          mx: 'mx.example.com',
          stage: 'rcpt',
          attempt: 1,
          decidedAt: NOON,
          tookMs: 100,
          isTaken: false,
          isControlSpared: false,
          ...evidence,
        },
  ...rest,
});

const reportOf = (rows: readonly RowOutcome[]) => {
  const tally = new ReportTally();
  for (const each of rows) tally.add(each);
  return tally.finish();
};

describe('a report', () => {
  it('counts verdicts, and what is not decided by why it waits', () => {
    const report = reportOf([
      row('valid'),
      row('valid'),
      row('invalid'),
      row('catch-all'),
      row('pending', null),
      row('pending', { status: 'deferred', reason: 'greylisted' }),
    ]);

    expect(report).toMatchObject({ rows: 6, decided: 4, undecided: 2, withoutEvidence: 0 });
    expect(report.counts).toEqual({ valid: 2, invalid: 1, 'catch-all': 1, disposable: 0, unknown: 0 });
    expect(report.waiting).toEqual([{ reason: 'greylisted', rows: 1 }]);
  });

  it('counts reasons under their verdict, the most frequent first, each with a row that has it', () => {
    const report = reportOf([
      row('unknown', { reason: 'greylisted' }, { id: 5 }),
      row('invalid', { reason: 'mailbox-not-found' }, { id: 6 }),
      row('invalid', { reason: 'mailbox-not-found' }, { id: 7 }),
    ]);

    expect(report.reasons).toEqual([
      { verdict: 'invalid', reason: 'mailbox-not-found', rows: 2, exampleId: 6 },
      { verdict: 'unknown', reason: 'greylisted', rows: 1, exampleId: 5 },
    ]);
  });

  it.each([
    { what: 'no evidence', each: row('valid', null) },
    { what: 'evidence of another verdict', each: row('valid', { status: 'unknown' }) },
    { what: 'a word of another program', each: row('risky', { status: 'unknown' }) },
  ])('says nothing of how a row was decided that has $what', ({ each }) => {
    const report = reportOf([each]);

    expect(report).toMatchObject({
      decided: 1,
      withoutEvidence: 1,
      reasons: [],
      providers: [],
      attempts: [],
    });
  });

  it('takes a word that is no verdict for unknown', () => {
    expect(reportOf([row('risky')]).counts.unknown).toBe(1);
  });

  it('puts rows under the provider or the gateway of their host', () => {
    const { providers } = reportOf([
      row('valid', { mx: 'aspmx.l.google.com' }),
      row('invalid', { mx: 'alt1.aspmx.l.google.com' }),
      row('valid', { mx: 'mx.antispamcloud.com' }),
      row('valid', { mx: 'mail.acme.example' }),
      row('invalid', { mx: undefined, stage: 'dns' }),
    ]);

    expect(providers.map(({ name, rows, counts }) => [name, rows, counts.valid])).toEqual([
      ['google', 2, 1],
      ['spamexperts', 1, 1],
      ['other', 1, 1],
    ]);
  });

  it('tells rows that were asked about from those that were not', () => {
    const { savings, attempts } = reportOf([
      row('valid', { attempt: 3, isControlSpared: true }),
      row('valid', { attempt: 9 }),
      row('valid', { isTaken: true }),
      row('invalid', { stage: 'dns' }),
      row('disposable', { stage: undefined, attempt: 0, isControlSpared: true }),
    ]);

    expect(savings).toEqual({ asked: 2, taken: 1, dns: 1, known: 1, controls: 1 });
    expect(attempts).toEqual([
      { attempt: 3, rows: 1 },
      { attempt: 6, rows: 1 },
    ]);
  });

  it('names the domains that took the most time, of rows that were asked about', () => {
    const { slowest } = reportOf([
      row('valid', { tookMs: 100 }, { email: 'a@fast.example' }),
      row('unknown', { tookMs: 900, attempt: 2 }, { email: 'a@SLOW.example' }),
      row('valid', { tookMs: 300 }, { email: 'b@slow.example' }),
      row('valid', { tookMs: 5_000, isTaken: true }, { email: 'b@taken.example' }),
      row('valid', { tookMs: undefined }, { email: 'b@old.example' }),
    ]);

    expect(slowest).toEqual({
      isCertain: true,
      items: [
        { name: 'slow.example', rows: 2, attempts: 3, unknown: 1, totalMs: 1_200 },
        { name: 'fast.example', rows: 1, attempts: 1, unknown: 0, totalMs: 100 },
      ],
    });
  });

  it('shows the course of time, and when it began and ended', () => {
    const report = reportOf([
      row('valid', { decidedAt: NOON }),
      row('invalid', { decidedAt: NOON + 125 }),
      row('pending', { status: 'deferred', decidedAt: NOON + 999 }),
    ]);

    expect(report).toMatchObject({ firstAt: NOON, lastAt: NOON + 125 });
    expect(
      report.pace.bins.map(({ startsAt, counts }) => [startsAt - NOON, counts.valid, counts.invalid]),
    ).toEqual([
      [0, 1, 0],
      [60, 0, 0],
      [120, 0, 1],
    ]);
  });

  it('of nothing is empty', () => {
    expect(reportOf([])).toMatchObject({ rows: 0, decided: 0, firstAt: undefined, pace: { bins: [] } });
  });
});

describe('TimeBins', () => {
  it.each([
    { hours: 0.5, widthSeconds: 60 },
    { hours: 4, widthSeconds: 300 },
    { hours: 50, widthSeconds: 3_600 },
    { hours: 24 * 50, widthSeconds: 86_400 },
    { hours: 24 * 365 * 20, widthSeconds: 604_800 * 32 },
  ])('shows $hours h in at most 60 bins of $widthSeconds s', ({ hours, widthSeconds }) => {
    const bins = new TimeBins(['all']);
    for (let step = 0; step < 5_000; step++)
      bins.add(NOON + Math.floor((hours * 3_600 * step) / 5_000), 'all');

    const binned = bins.finish(60);

    expect(binned.widthSeconds).toBe(widthSeconds);
    expect(binned.bins.length).toBeLessThanOrEqual(60);
    expect(binned.bins.reduce((sum, { counts }) => sum + counts.all, 0)).toBe(5_000);
    const gaps = binned.bins.slice(1).map(({ startsAt }, index) => startsAt - binned.bins[index]!.startsAt);
    expect(gaps.every((gap) => gap === widthSeconds)).toBe(true);
  });

  it('begins days at midnight where the clock stands', () => {
    const bins = new TimeBins(['all'], 2 * 3_600);
    for (let day = 0; day < 40; day++) bins.add(NOON + day * 86_400, 'all');

    const [first] = bins.finish(60).bins;

    expect((first!.startsAt + 2 * 3_600) % 86_400).toBe(0);
  });
});

describe('Weighing', () => {
  it('keeps the heaviest of more than it has room for, and says whether the order is certain', () => {
    const many = new Weighing<'rows'>(100);
    for (let thing = 0; thing < 1_000; thing++) many.add(`light${thing}`, 1, { rows: 1 });
    for (let time = 0; time < 50; time++) many.add('heavy', 10, { rows: 1 });

    expect(many.finish(1)).toEqual({ items: [{ name: 'heavy', rows: 50 }], isCertain: true });
    expect(many.finish(2).isCertain).toBe(false);
  });
});

describe('amounts', () => {
  it.each([
    [0, 10, '0 %'],
    [0, 0, '0 %'],
    [10, 10, '100 %'],
    [842, 1_000, '84.2 %'],
    [1, 100_000, '<0.1 %'],
    [99_999, 100_000, '>99.9 %'],
  ])('calls %i of %i %s', (part, whole, text) => expect(share(part, whole)).toBe(text));

  it('knows one from many', () => {
    expect([counted(1, 'address', 'addresses'), counted(2_000, 'row')]).toEqual(['1 address', '2,000 rows']);
  });
});
