// What the operator reads in the middle of the night: each state in which a list may be, word for word.

import { describe, expect, it } from 'vitest';
import type { Figures, ListRows, RowGroup } from '../../src/domain/figures.ts';
import type { KeptRow } from '../../src/domain/kept-row.ts';
import type { KnownClosure, ServersDestination } from '../../src/domain/known-destination.ts';
import { overviewOf } from '../../src/domain/overview.ts';
import type { Pause } from '../../src/domain/pause.ts';
import { whyUnfinished } from '../../src/domain/why.ts';
import { NOW, figuresOf, listOf, minuteOf, serverOf } from './some-figures.ts';

const AFTERWARDS =
  'When that time is over, one connection is tried, and an answer about a mailbox opens the host again.';

const showTime = (at: number) => `T${at - NOW >= 0 ? '+' : ''}${at - NOW}`;

const groupOf = (group: Partial<RowGroup>): RowGroup => ({
  state: 'fresh',
  reason: undefined,
  server: undefined,
  rows: 60,
  firstDue: undefined,
  lastDue: undefined,
  exampleId: 41,
  ...group,
});

function why(
  groups: readonly RowGroup[],
  {
    list = {},
    figures = {},
    isSample = false,
    examples = new Map<number, KeptRow>(),
  }: {
    readonly list?: Partial<ListRows['list']>;
    readonly figures?: Partial<Figures>;
    readonly isSample?: boolean;
    readonly examples?: ReadonlyMap<number, KeptRow>;
  } = {},
) {
  const rows = { list: listOf(list), groups, isSample };
  const overview = overviewOf(
    figuresOf({ pace: [minuteOf({ valid: 15 })], lists: [listOf(list)], ...figures }),
  );
  return whyUnfinished({ rows, overview, examples }, showTime);
}

const closedOf = ({
  destination = 'google',
  server = 'alpha',
  ...closure
}: Partial<KnownClosure> & {
  readonly destination?: string;
  readonly server?: string;
}): ServersDestination => ({
  destination,
  server,
  limit: 2,
  ceiling: undefined,
  closure: {
    type: 'block',
    said: '554 blocked',
    waitSeconds: 3_600,
    sinceSecondsAgo: 600,
    secondsLeft: 3_000,
    ...closure,
  },
  seenSecondsAgo: 60,
});

const pausedOf = (pause: Partial<Pause>): Pause => ({
  kind: 'provider',
  name: 'google',
  since: NOW - 60,
  until: undefined,
  by: 'ann@web1',
  reason: 'their wish',
  ...pause,
});

/** All sentences of the parts, one after the other. */
const said = (told: ReturnType<typeof why>) => told.parts.flatMap(({ sentences }) => sentences);

describe('whyUnfinished', () => {
  it('says of a finished list that it is', () => {
    const list = { status: 'completed', pending: 0, valid: 70, invalid: 25, unknown: 5 };

    expect(why([], { list, figures: { lists: [] } })).toEqual({
      isFinished: true,
      headline: 'List 7 “customers.csv” of user 5 is finished: 100 rows, 70 valid, 25 invalid, 5 unknown.',
      parts: [],
      next: [],
    });
  });

  it('says what completes a list whose rows are all decided', () => {
    const told = why([], { list: { pending: 0, valid: 90 } });

    expect(told.isFinished).toBe(false);
    expect(told.headline).toBe(
      'Every row of list 7 “customers.csv” of user 5 is decided: 90 valid, 8 invalid, 2 unknown.',
    );
    expect(told.next).toEqual(['The next cycle marks it completed; cron starts one each minute.']);
  });

  it('says of a list without rows what that may mean', () => {
    const list = { status: 'pending', pending: 0, valid: 0, invalid: 0, unknown: 0, name: undefined };
    const told = why([], { list });

    expect(told.headline).toBe('List 7 of user 5 has no rows yet.');
    expect(told.next[0]).toContain('It is probably being imported.');
  });

  it('says of a completed list that rows of it are pending again', () => {
    const told = why([groupOf({ rows: 3 })], { list: { status: 'completed', pending: 3 } });

    expect(told.headline).toBe(
      'List 7 “customers.csv” of user 5 says that it is completed, but 3 of its rows are pending again.',
    );
  });

  it('says that rows are in hand, by whom, and when all is asked about', () => {
    const held = { state: 'held', server: 'alpha', firstDue: NOW + 200, lastDue: NOW + 290 } as const;
    const told = why([groupOf({ ...held, rows: 40 }), groupOf({ rows: 20 })]);

    expect(told.headline).toBe(
      'List 7 “customers.csv” of user 5 is not finished: 40 of 100 rows are decided (40 %), 60 are not.',
    );
    expect(said(told)).toEqual([
      '40 are in the hands of server alpha, at work since T-120 with 50 workers and heard of 3 s ago; they are being asked about, or wait there for their host’s turn.',
      '20 were not taken yet.',
    ]);
    expect(told.next).toEqual([
      'At the speed of the last five minutes all that is not put off will have been asked about in ~2 min.',
    ]);
  });

  it('says of a holder that is silent when others take over', () => {
    const told = why([groupOf({ state: 'held', server: 'alpha', rows: 1, lastDue: NOW + 200 })], {
      figures: { servers: [serverOf({ seenAt: NOW - 100 })] },
    });

    expect(said(told)).toEqual([
      '1 is in the hands of server alpha, which was not heard of for 100 s; its claims run out by T+200, and then any server takes them.',
    ]);
  });

  it('says what waits for which reason, with what a host said and what to do', () => {
    const example = {
      id: 44,
      email: 'ann@a.example',
      verdict: {
        status: 'deferred',
        reason: 'policy-block',
        stage: 'rcpt',
        code: 554,
        text: '5.7.1 blocked using a list',
        mx: 'mx.a.example',
        ip: '192.0.2.7',
      },
    } as KeptRow;
    const waits = { state: 'put-off', firstDue: NOW + 60, lastDue: NOW + 7_200 } as const;
    const told = why(
      [
        groupOf({ ...waits, reason: 'policy-block', rows: 5, exampleId: 44 }),
        groupOf({ ...waits, reason: 'greylisted', rows: 1, firstDue: NOW + 60, lastDue: NOW + 60 }),
        groupOf({ ...waits, rows: 2 }),
      ],
      { examples: new Map([[44, example]]) },
    );

    expect(said(told)).toEqual([
      '5 wait as policy-block, the first until T+60, the last until T+7200. The mail server refuses us: our IP address, its name, our reputation, or some rule of theirs.',
      expect.stringMatching(
        /^For example ann@a\.example \(id:44\): mx\.a\.example \[192\.0\.2\.7\] said "554 5\.7\.1 blocked using a list" in reply to RCPT TO/,
      ),
      expect.stringMatching(/^To do: .*SPF/),
      '2 wait without having been asked about, the first until T+60, the last until T+7200: another server had a row of the same address in hand, or the destination was paused or left alone at that time.',
      '1 waits as greylisted, until T+60. The mail server puts strangers off and lets them in when they come again.',
    ]);
    expect(told.next.slice(1)).toEqual([
      'What waits is asked about again between T+60 and T+7200; a host may put rows off once more, for three days at most in all. So the list is completed at T+7200 at the earliest.',
      'What hosts refuse us for does not settle by itself: those rows end as unknown unless it is mended.',
    ]);
  });

  it.each([
    { silent: 15, sentence: 'with 50 workers and heard of 15 s ago; they are being asked about' },
    {
      silent: 16,
      sentence: 'its last sign of life is 16 s old, and one is due every few seconds. Unless it goes on, its',
    },
    { silent: 30, sentence: 'its last sign of life is 30 s old' },
    { silent: 31, sentence: 'which was not heard of for 31 s; its claims run out by T+200' },
  ])('says of a holder what its silence of $silent s means', ({ silent, sentence }) => {
    const told = why([groupOf({ state: 'held', server: 'alpha', lastDue: NOW + 200 })], {
      figures: { servers: [serverOf({ seenAt: NOW - silent })] },
    });

    expect(said(told)[0]).toContain(sentence);
  });

  it('names the destinations that rows may wait for which nobody was asked about', () => {
    const waits = { state: 'put-off', rows: 9, firstDue: NOW + 300, lastDue: NOW + 3_001 } as const;
    const told = why([groupOf(waits)], {
      figures: {
        closed: [
          closedOf({ destination: 'google', secondsLeft: 3_000, said: '421 4.7.28 unusual rate' }),
          closedOf({ destination: 'mx.b.example', server: 'beta', secondsLeft: 290, type: 'throttle' }),
          closedOf({ destination: 'over-before.example', secondsLeft: 200 }),
          closedOf({ destination: 'over-later.example', secondsLeft: 9_000 }),
        ],
        pauses: [pausedOf({ name: 'outlook' }), pausedOf({ kind: 'server', name: 'gamma' })],
      },
    });

    expect(said(told)).toEqual([
      '9 wait without having been asked about, the first until T+300, the last until T+3001: the destination is one of those below, or another server had a row of the same address in hand.',
      'mx.b.example asks us to slow down: server beta leaves it alone since T-600, until T+290. It said: 554 blocked',
      'google blocks us: server alpha leaves it alone since T-600, until T+3000. It said: 421 4.7.28 unusual rate',
      'outlook is paused until somebody resumes it, by ann@web1 since T-60 (“their wish”): its rows are taken up again every few minutes, and asked about as soon as that is over.',
      AFTERWARDS,
    ]);
    expect(told.parts[0]?.leftAlone.map(({ destination }) => destination)).toEqual([
      'mx.b.example',
      'google',
      'outlook',
    ]);
  });

  it('says how many more destinations it may be', () => {
    const closed = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
      closedOf({ destination: `${name}.example`, secondsLeft: 60 }),
    );
    const told = why([groupOf({ state: 'put-off', firstDue: NOW + 60, lastDue: NOW + 60 })], {
      figures: { closed },
    });

    expect(said(told).slice(5)).toEqual([
      'Or it is one of 2 others: “providers” lists them all.',
      AFTERWARDS,
    ]);
  });

  it.each([
    { mx: 'aspmx.l.google.com', destination: 'google' },
    { mx: 'MX1.b.example.', destination: 'mx1.b.example' },
    { mx: 'mx1.b.example', destination: '.b.example' },
    { mx: 'mx1.b.example', destination: 'mx2.b.example', isOther: true },
  ])(
    'tells of rows asked about at $mx whether $destination is left alone',
    ({ mx, destination, isOther }) => {
      const verdict = { status: 'deferred', reason: 'greylisted', stage: 'rcpt', code: 450, mx };
      const example = { id: 41, email: 'ann@b.example', verdict } as KeptRow;
      const told = why([groupOf({ state: 'put-off', reason: 'greylisted', firstDue: NOW + 60 })], {
        examples: new Map([[41, example]]),
        figures: { closed: [closedOf({ destination, secondsLeft: 9_000 })] },
      });

      expect(said(told).filter((sentence) => sentence.startsWith(`${destination} blocks us`))).toHaveLength(
        isOther === true ? 0 : 1,
      );
    },
  );

  it('says of rows that belong to nobody what gets them going', () => {
    const told = why([groupOf({ state: 'ownerless', rows: 2 })], {
      list: { userId: undefined, pending: 2, exactness: 'about' },
    });

    expect(told.headline).toMatch(
      /^List 7 “customers\.csv”, which names no user, is not finished: .*, 2 are not\.$/,
    );
    expect(told.next).toEqual(['Nothing, before it is said whose they are.']);
    expect(said(told)[0]).toBe(
      '2 belong to nobody: neither the row nor its list names a user, so nobody’s turn ever reaches them. Set user_id of the list in csv_list, and the next cycle takes them.',
    );
  });

  it.each([
    {
      what: 'no server is at work',
      figures: { servers: [serverOf({ state: 'ended', seenAt: NOW - 40 })] },
      sentence: '60 were not taken yet: no server is at work.',
      next: 'No server is at work; alpha was heard of last, 40 s ago. Cron starts the next cycle within a minute.',
    },
    {
      what: 'the next cycle is due',
      figures: { servers: [serverOf({ state: 'ended', seenAt: NOW - 61 })] },
      sentence: '60 were not taken yet: no server is at work.',
      next: 'No server is at work; alpha was heard of last, 61 s ago. Cron starts a cycle each minute, so the next is due now.',
    },
    {
      what: 'no server has been at work for long',
      figures: { servers: [serverOf({ state: 'idle', seenAt: NOW - 7_200 })] },
      sentence: '60 were not taken yet: no server is at work.',
      next: expect.stringContaining(
        '2 h ago. Cron should start a cycle each minute: check that it does',
      ) as string,
    },
    {
      what: 'no server ever was',
      figures: { servers: [] },
      sentence: '60 were not taken yet: no server is at work.',
      next: expect.stringContaining('No server has ever worked on this database') as string,
    },
    {
      what: 'other users have their turn',
      figures: { pace: [minuteOf({ userId: 6, valid: 15 })], waitedSeconds: new Map([[5, 240]]) },
      sentence: '60 were not taken yet: user 5 waits for its turn; a server last worked for it 4 min ago.',
      next: 'At the speed of the last five minutes all that is not put off will have been asked about in ~2 min at the latest.',
    },
    {
      what: 'an older list of the user comes first',
      figures: { lists: [listOf({ listId: 3, pending: 500 }), listOf()] },
      sentence: '60 were not taken yet: 500 of the user’s older lists come first.',
      next: 'At the speed of the last five minutes all that is not put off will have been asked about in ~19 min.',
    },
    {
      what: 'the list is being imported',
      figures: { importing: [7] },
      sentence:
        '60 were not taken yet: the list is still being imported, and nothing is taken before it is whole.',
      next: 'Nothing more of it is asked about before that is over.',
    },
    {
      what: 'the user is paused',
      figures: {
        pauses: [
          {
            kind: 'user',
            name: '5',
            since: NOW - 600,
            until: NOW + 600,
            by: 'ann@web1',
            reason: 'the bill',
          },
        ],
      },
      sentence: '60 were not taken yet: user 5 is paused until T+600, by ann@web1 since T-600 (“the bill”).',
      next: 'Nothing more of it is asked about before that is over.',
    },
  ] as const)('says when $what', ({ figures, sentence, next }) => {
    const told = why([groupOf({})], { figures });

    expect(said(told)).toEqual([sentence]);
    expect(told.next[0]).toEqual(next);
  });

  it('says that a pause holds back what waits, too, where nothing else is left', () => {
    const pause = { name: '7', since: NOW - 60, until: NOW + 7_200, by: 'ann@web1', reason: undefined };
    const waits = { state: 'put-off', reason: 'greylisted', firstDue: NOW + 60, lastDue: NOW + 90 } as const;
    const told = why([groupOf(waits)], { figures: { pauses: [{ ...pause, kind: 'list' }] } });

    expect(told.headline).toContain('List 7 “customers.csv” of user 5 is not finished, and paused: 40 of');
    expect(told.next).toEqual([
      'Nothing more of it is asked about before this is over: list 7 is paused until T+7200, by ann@web1 since T-60.',
      'What waits is asked about again when it is due, but not before that either.',
    ]);
  });

  it('takes what it has not looked at for not taken, and says that it is not exact', () => {
    const list = { total: 1_000_000, pending: 900_000 };
    const waits = { state: 'put-off', reason: 'greylisted', firstDue: NOW + 60, lastDue: NOW + 90 } as const;
    const told = why([groupOf({ rows: 15_000 }), groupOf({ ...waits, rows: 5_000 })], {
      list,
      isSample: true,
    });

    expect(told.parts.map(({ rows, exactness }) => [rows, exactness])).toEqual([
      [895_000, 'about'],
      [5_000, 'more'],
    ]);
    expect(said(told)[0]).toBe('~895,000 were not taken yet.');
  });
});
