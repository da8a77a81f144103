// The screen of `status`, at the widths that terminals have.

import { describe, expect, it } from 'vitest';
import { unpainted } from '../../src/cli/paint.ts';
import { statusDocument } from '../../src/cli/status-document.ts';
import { statusLines, type StatusFacts } from '../../src/cli/status-view.ts';
import { shownWidth } from '../../src/cli/text-table.ts';
import type { Figures } from '../../src/domain/figures.ts';
import { overviewOf } from '../../src/domain/overview.ts';
import type { LockState } from '../../src/files/lock-holder.ts';
import { NOW, figuresOf, listOf, minuteOf, putOffOf, serverOf, waitingOf } from '../domain/some-figures.ts';

const HELD = {
  type: 'held',
  holder: {
    pid: 4711,
    host: 'web1',
    server: 'alpha',
    cycle: 'c',
    startedAt: new Date((NOW - 120) * 1000).toISOString(),
    folder: { ino: '1', birth: '1' },
  },
  process: 'alive',
  refreshedAt: NOW * 1000,
} as LockState;

const factsOf = (figures: Partial<Figures> = {}, lock: LockState = HELD): StatusFacts => {
  const all = figuresOf(figures);
  return {
    overview: overviewOf(all),
    lock,
    missedSeconds: undefined,
    database: 'MariaDB 10.11.19 at /run/mysqld.sock, database crm',
    ownerless: all.ownerless,
    hasMoreLists: all.hasMoreLists,
  };
};

const BUSY: Partial<Figures> = {
  servers: [
    serverOf(),
    serverOf({ server: 'beta', state: 'idle', seenAt: NOW - 41 }),
    serverOf({ server: 'gamma', seenAt: NOW - 200 }),
  ],
  pace: [minuteOf({ valid: 620 }), minuteOf({ userId: 8, valid: 310, workers: 22, share: 22 })],
  lists: [
    listOf({
      listId: 12,
      name: 'customers of the whole northern region 2026.csv',
      total: 1_000_000,
      valid: 350_000,
      invalid: 61_800,
      unknown: 200,
      pending: 588_000,
      putOff: putOffOf(7_800),
    }),
    listOf({ listId: 14, userId: 8, name: 'trial \u001B[31m\u202E', oldestRowId: 90 }),
  ],
  ownerless: { rows: 200_000, isCapped: true },
  waiting: {
    parts: [
      waitingOf({ listId: 12, rows: 7_600 }),
      waitingOf({
        listId: 12,
        reason: 'policy-block',
        mx: 'mx.blocks.example',
        rows: 200,
        lastDue: NOW + 9_000,
      }),
    ],
    isSample: false,
  },
  closed: [
    {
      server: 'alpha',
      destination: 'outlook',
      limit: 1,
      ceiling: undefined,
      seenSecondsAgo: 5,
      closure: {
        type: 'block',
        said: '550 5.7.1 blocked',
        waitSeconds: 3_600,
        sinceSecondsAgo: 60,
        secondsLeft: 900,
      },
    },
  ],
  pauses: [
    { kind: 'provider', name: 'google', since: NOW, until: undefined, by: 'ann@web1', reason: 'blocked us' },
  ],
};

const linesOf = (facts: StatusFacts, width = 80, height?: number) =>
  statusLines(facts, { width, height, paint: unpainted });

describe('statusLines', () => {
  it.each([40, 60, 80, 100, 140])(
    'fits %d columns, and holds nothing that a terminal would obey',
    (width) => {
      const lines = linesOf(factsOf(BUSY), width);

      expect(Math.max(...lines.map(shownWidth))).toBeLessThanOrEqual(width);
      expect(lines.join('\n')).not.toMatch(/[\u001B\u202E]/);
    },
  );

  it('says all that matters on one screen', () => {
    expect(
      linesOf(factsOf(BUSY))
        .slice(2)
        .map((line) => line.replaceAll(/\d\d:\d\d/g, 'HH:MM')),
    ).toEqual([
      'Lock      held for 2 min by process 4711 on web1',
      'Servers   alpha  working   50 of 50 workers, 40 rows in hand, for 2 min',
      '          beta   idle      found nothing due 41 s ago',
      '          gamma  SILENT    not heard of for 3 min; others take over what it held',
      'Speed     1,860 a minute over 5 minutes, 1,860 a minute over the last hour',
      'Verdicts  valid 100 %  catch-all 0 %  invalid 0 %  disposable 0 %  unknown 0 %',
      'Work      412,040 of 1,000,100 decided (41 %)',
      '           580,260 to ask about: ready in ~5 h 20 min',
      '             7,600 wait for another attempt, the last until HH:MM',
      '               200 blocked: hosts refuse us (policy-block)',
      '          200,000+ belong to nobody: no user in the row, none in its list',
      'Paused    provider google, until somebody resumes it, by ann@web1: blocked us',
      '',
      '  LIST              DONE      TOTAL   TO ASK     READY IN  RETRY  UNTIL  BLOCKED',
      'User 5  27 workers, its share is 28, 1,240 a minute, ready in ~7 h 50 min',
      '  12 customers of…  41 %  1,000,000  580,200  ~7 h 50 min  7,600  HH:MM      200',
      'User 8  22 workers, its share is 22, 620 a minute, ready in <1 min',
      '  14 trial [31m     40 %        100       60       <1 min',
      '',
      'Waiting   greylisted 7,600 (next HH:MM), policy-block 200 (next HH:MM)',
      'Resting   outlook  until HH:MM  by alpha  blocks us: “550 5.7.1 blocked”',
      'Trouble   mx.blocks.example  200  policy-block  next HH:MM',
    ]);
  });

  it('keeps to the height that there is, with some lists of each user', () => {
    const lists = [5, 8].flatMap((userId) =>
      Array.from({ length: 30 }, (_, index) => listOf({ listId: userId * 100 + index, userId })),
    );
    const lines = linesOf(factsOf({ lists }), 80, 24);

    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => /^ {2}5\d\d /.test(line)).length).toBeGreaterThan(2);
    expect(lines.filter((line) => /^ {2}8\d\d /.test(line)).length).toBeGreaterThan(2);
    expect(lines.at(-1)).toMatch(/and \d+ more lists?; --json has them all/);
  });

  it.each([
    [{ type: 'free' }, 'free: no cycle runs on this server'],
    [{ ...HELD, process: 'gone' }, 'left by dead process 4711 on web1: the next cycle takes it'],
    [
      { ...HELD, process: 'unknown' },
      'held for 2 min by process 4711 on web1 (whether it runs cannot be told from here)',
    ],
  ] as const)('tells of the lock', (lock, sentence) => {
    expect(linesOf(factsOf({}, lock as LockState), 140)[2]).toBe(`Lock      ${sentence}`);
  });

  it.each([
    { missedSeconds: 11_400, said: 'no cycle was seen for 3 h 10 min, though rows are due:' },
    { missedSeconds: Infinity, said: 'no cycle has begun yet, though rows are due:' },
  ])('says that cycles fail to come: $said', ({ missedSeconds, said }) => {
    const facts = {
      ...factsOf({ servers: [serverOf({ state: 'idle', seenAt: NOW - 11_400 })] }),
      missedSeconds,
    };
    const lines = linesOf(facts);

    expect(lines.slice(4, 6)).toEqual([
      `Cron      ${said}`,
      '          make sure that cron starts them (“doctor” looks)',
    ]);
    expect(statusDocument(facts, 0)).toMatchObject({
      is_cycle_overdue: 1,
      no_cycle_for_seconds: missedSeconds === Infinity ? null : missedSeconds,
    });
  });

  it('takes the word of the lock for it that this server died, before its silence tells', () => {
    const others = [serverOf(), serverOf({ server: 'beta' })];
    const lines = linesOf(factsOf({ servers: others }, { ...HELD, process: 'gone' } as LockState));

    expect(lines.slice(3, 5).toSorted()).toEqual([
      expect.stringMatching(/ beta {3}working {3}50 of 50 workers/),
      'Servers   alpha  DEAD      died; its next cycle takes back what it held',
    ]);
  });

  const PAUSE = {
    kind: 'list',
    name: '7',
    since: NOW,
    until: undefined,
    by: 'ann@web1',
    reason: undefined,
  } as const;

  it.each([
    { figures: { pauses: [PAUSE] }, words: '60 paused' },
    { figures: { importing: [7] }, words: '60 still being imported: taken when a list is whole' },
    {
      figures: { pauses: [PAUSE], importing: [8], lists: [listOf(), listOf({ listId: 8 })] },
      words: '120 paused, or still being imported',
    },
  ])('says what holds rows back: $words', ({ figures, words }) => {
    expect(linesOf(factsOf(figures))).toContain(`          ${words}`);
  });

  it('says so where nothing is pending', () => {
    const lines = linesOf(factsOf({ servers: [], lists: [] }, { type: 'free' }));

    expect(lines.slice(2)).toEqual([
      'Lock      free: no cycle runs on this server',
      'Servers   none so far: no server has had anything to look for',
      'Speed     0 a minute over 5 minutes, 0 a minute over the last hour',
      'Verdicts  none in the last hour',
      'Work      nothing is pending',
    ]);
  });
});

describe('statusDocument', () => {
  it('keeps the keys that scripts know, as numbers', () => {
    const document = statusDocument(factsOf(BUSY), 3) as Record<string, unknown>;

    expect(Object.keys(document).slice(0, 7)).toEqual([
      'timestamp',
      'system_stats',
      'user_stats',
      'csv_stats',
      'workers',
      'batches',
      'speed',
    ]);
    expect(document).toMatchObject({ timestamp: NOW, workers: 50, batches: 3, speed: 1_860 });
    expect(document['system_stats']).toMatchObject({
      total_emails: 1_000_100,
      processed_emails: 412_040,
      pending_emails: 588_060,
      to_ask: 580_260,
      to_retry: 7_600,
      blocked: 200,
      ownerless_emails: 200_000,
    });
    expect(document['user_stats']).toMatchObject([
      { user_id: 5, share: 28, workers: 27, emails_per_minute: 1_240 },
      { user_id: 8, share: 22, workers: 22, emails_per_minute: 620 },
    ]);
    expect(document['csv_stats']).toMatchObject([
      { id: 12, status: 'running', total_emails: 1_000_000, valid_count: 350_000, unknown_count: 200 },
      { id: 14, processed_emails: 40, pending_emails: 60, ready_in_seconds: 6 },
    ]);
  });

  it('knows null for what is not known', () => {
    const document = statusDocument(factsOf({ servers: [], pace: [] }, { type: 'free' }), 0);

    expect(document).toMatchObject({
      system_stats: { ready_in_seconds: null, retry_until: null },
      lock: { state: 'free' },
      servers: [],
    });
  });
});
