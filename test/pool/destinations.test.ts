import { describe, expect, it } from 'vitest';
import type { Complaint } from '../../src/domain/complaint.ts';
import { DestinationPolicies, type PolicyOverride } from '../../src/domain/destination-policy.ts';
import { closurePolicy } from '../../src/domain/destination-state.ts';
import type { Reason } from '../../src/domain/reason.ts';
import type { Result } from '../../src/domain/result.ts';
import { Destinations, type DestinationRecord } from '../../src/pool/destinations.ts';

function results(mx: string, reasons: readonly Reason[]): Result[] {
  return reasons.map((reason, id) => ({
    id,
    listId: 1,
    email: `u${id}@example.com`,
    status: 'valid',
    reason,
    code: 250,
    enhanced: undefined,
    response: '192.0.2.1',
    mx,
    ip: '192.0.2.1',
    answered: true,
    attempt: 1,
    throttles: 0,
    ms: 5,
    retryInSeconds: undefined,
    token: 't',
  }));
}

const good = (count: number): Reason[] => Array.from({ length: count }, () => 'accepted');
const BLOCK: Complaint = {
  type: 'block',
  stage: 'greeting',
  code: 554,
  host: 'mx.a.test',
  said: '554 5.7.1 blocked using zen.spamhaus.org',
  isAfterAnswers: false,
};

function open(overrides: readonly PolicyOverride[] = [], known: readonly DestinationRecord[] = []) {
  const clock = { now: 1_000_000 };
  const destinations = new Destinations(
    {
      policies: new DestinationPolicies(overrides),
      closures: closurePolicy([300, 900]),
      now: () => clock.now,
    },
    known,
  );
  return { destinations, pass: (seconds: number) => (clock.now += seconds * 1000), clock };
}

describe('Destinations', () => {
  it('starts an unknown destination at two connections and opens to eight, no further', () => {
    const { destinations } = open();
    expect(destinations.connectionsFor('mx.example.com')).toBe(2);

    const rises = Array.from({ length: 80 }, () =>
      destinations.learn(results('MX.example.com.', good(30)), ['mx.example.com', 'mx.example.com']),
    );

    expect(destinations.connectionsFor('mx.example.com')).toBe(8);
    expect(rises.filter((hasRisen) => hasRisen)).toHaveLength(6);
  });

  it('never lets a named provider have more than its figure, all its hosts together', () => {
    const { destinations } = open();

    destinations.learn(
      results('alt1.gmail-smtp-in.l.google.com', good(5000)),
      Array.from({ length: 100 }, () => 'google'),
    );

    expect([destinations.connectionsFor('google'), destinations.connectionsFor('yahoo')]).toEqual([3, 1]);
  });

  it.each([
    { rows: 200, waiting: 900, start: 450, why: 'there is more for each place than in the slice' },
    { rows: 200, waiting: 200, start: 100, why: 'the last of them are for both places' },
    { rows: 80, waiting: 80, start: 50, why: 'no place has less than a session asks about' },
    { rows: 30, waiting: 900, start: 50, why: 'one session asks about all of them' },
  ])('lets $start of $rows rows start where $waiting wait: $why', ({ rows, waiting, start }) => {
    expect(open().destinations.rowsFor('mx.a.test', rows, () => waiting)).toBe(start);
  });

  it('gives a provider sessions by the minute: a burst, then one when its time has come', () => {
    const { destinations, pass } = open();
    const begins = () => {
      const may = destinations.connectionsFor('google') > 0;
      if (may) destinations.begin('google');
      return may;
    };

    const first = [begins(), begins(), begins()];
    pass(24);
    const early = begins();
    pass(1);

    expect([...first, early, begins(), begins()]).toEqual([true, true, false, false, true, false]);
    expect(destinations.rowsFor('google', 90, () => 500)).toBe(25);
  });

  it('deals with a destination as the operator wants', () => {
    const { destinations, pass } = open([
      { of: 'google', kind: 'provider', connections: 2, secondsBetweenSessions: 0 },
      {
        of: '.hoster.test',
        kind: 'suffix',
        connections: 1,
        recipientsPerSession: 5,
        secondsBetweenSessions: 15,
      },
    ]);
    destinations.begin('.hoster.test');
    const early = destinations.connectionsFor('.hoster.test');
    pass(15);

    expect([
      early,
      destinations.connectionsFor('.hoster.test'),
      destinations.rowsFor('.hoster.test', 90, () => 500),
    ]).toEqual([0, 1, 5]);
    expect([destinations.connectionsFor('google'), destinations.rowsFor('google', 90, () => 500)]).toEqual([
      2, 250,
    ]);
  });

  it('leaves alone what blocks us, tries it with one connection an hour later, and opens with the first good answer', () => {
    const { destinations, pass } = open();

    destinations.hear('mx.a.test', BLOCK, 2);
    const closed = [destinations.connectionsFor('mx.a.test'), destinations.connectionsFor('mx.b.test')];
    const rest = destinations.restOf('mx.a.test');
    pass(3600);
    const trial = [destinations.connectionsFor('mx.a.test'), destinations.restOf('mx.a.test')];
    destinations.learn(results('mx.a.test', good(1)), ['mx.a.test']);
    destinations.learn(results('mx.a.test', good(1)), ['mx.a.test']);

    expect([closed, trial, destinations.connectionsFor('mx.a.test')]).toEqual([[0, 2], [1, undefined], 2]);
    expect(rest).toEqual({ type: 'block', said: BLOCK.said, seconds: 3600, isGivenUp: false });
    expect(destinations.hasRest).toBe(false);
  });

  it('tells what changed once, and goes on from it in another cycle', () => {
    const first = open();
    first.destinations.connectionsFor('mx.b.test');
    first.destinations.hear('mx.a.test', BLOCK, 2);
    first.destinations.learn(results('aspmx.l.google.com', good(1)), []);
    const known = first.destinations.takeChanged();

    const second = open([], known);

    expect(known.map(({ destination }) => destination)).toEqual(['mx.a.test', 'google']);
    expect(first.destinations.takeChanged()).toEqual([]);
    expect(second.destinations.restOf('mx.a.test')).toEqual(first.destinations.restOf('mx.a.test'));
    expect(second.destinations.hasRest).toBe(true);
  });

  it('grants what is known no more than the table of today', () => {
    const known = [{ destination: 'google', window: { limit: 30, credit: 0 }, seenAt: 1 }];

    expect(open([], known).destinations.connectionsFor('google')).toBe(3);
  });
});
