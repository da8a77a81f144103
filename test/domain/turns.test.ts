import { describe, expect, it } from 'vitest';
import {
  headStartSeconds,
  inTurnOrder,
  takeTurns,
  type Contender,
  type Floor,
  type Holder,
  type Turns,
} from '../../src/domain/turns.ts';

const limits = { maxConcurrentUsers: 3, turnSeconds: 180 };

/** Waits; its rows are as old as its number is low. */
function contender(userId: number, waitedSeconds?: number): Contender {
  return { userId, oldestRowId: userId * 100, waitedSeconds };
}

function holder(userId: number, heldSeconds: number, isAllInFlight = false): Holder {
  return { userId, heldSeconds, isAllInFlight };
}

function floor(over: Partial<Floor>): Floor {
  return { holders: [], contenders: [], secondsSinceEntry: Infinity, ...over };
}

describe('inTurnOrder', () => {
  it.each([
    { of: 'the oldest row when nobody had a turn', users: [contender(3), contender(1)], order: [1, 3] },
    { of: 'who had no turn before who had one', users: [contender(1, 30), contender(2)], order: [2, 1] },
    { of: 'the one that waits longest', users: [contender(1, 30), contender(2, 40)], order: [2, 1] },
    {
      of: 'who waited for longer than the head start before a newcomer',
      users: [contender(9), contender(1, headStartSeconds(180) + 1)],
      order: [1, 9],
    },
  ])('puts first $of', ({ users, order }) => {
    expect(inTurnOrder(users, 180).map(({ userId }) => userId)).toEqual(order);
  });
});

describe('takeTurns', () => {
  const nobody: Turns = { enter: [], dismiss: [], vacate: [] };
  const full = [holder(1, 200), holder(2, 190), holder(3, 10)];
  const cases: readonly [string, Floor, Turns][] = [
    ['changes nothing when nobody waits', floor({ holders: full }), nobody],
    [
      'fills the places in order of turns',
      floor({ contenders: [contender(4, 5), contender(3), contender(2), contender(1)] }),
      { ...nobody, enter: [1, 2, 3] },
    ],
    [
      'gives a free place to whoever was served a moment ago, if nobody else wants it',
      floor({ holders: [holder(1, 5)], contenders: [contender(2, 0)] }),
      { ...nobody, enter: [2] },
    ],
    [
      'lets nobody in while all turns last',
      floor({ holders: [holder(1, 100), holder(2, 100), holder(3, 100)], contenders: [contender(4)] }),
      nobody,
    ],
    [
      'sends away who has held its place longest, for one that waits',
      floor({ holders: full, contenders: [contender(4), contender(5)] }),
      { enter: [4], dismiss: [1], vacate: [] },
    ],
    [
      'sends nobody away while the line moves',
      floor({ holders: full, contenders: [contender(4), contender(5)], secondsSinceEntry: 30 }),
      nobody,
    ],
    [
      'sends nobody away for a user that was served a moment ago',
      floor({ holders: full, contenders: [contender(4, 59)] }),
      nobody,
    ],
    [
      'takes the place of a user whose rows are all in flight, at once',
      floor({
        holders: [holder(1, 200), holder(2, 3, true), holder(3, 10)],
        contenders: [contender(4), contender(5)],
        secondsSinceEntry: 3,
      }),
      { enter: [4], dismiss: [], vacate: [2] },
    ],
    [
      'leaves such a user its place when there is one for everybody',
      floor({ holders: [holder(2, 3, true)], contenders: [contender(4), contender(5)] }),
      { ...nobody, enter: [4, 5] },
    ],
  ];

  it.each(cases)('%s', (_name, given, turns) => {
    expect(takeTurns(given, limits)).toEqual(turns);
  });

  it('gives everybody a turn, in order, when all have rows without end', () => {
    const users = Array.from({ length: 10 }, (_, index) => index + 1);
    const servedAt = new Map<number, number>();
    const heldSince = new Map<number, number>();
    const entered: number[] = [];
    let lastEntry = -Infinity;
    for (let now = 0; now < 3 * 3600; now += 5) {
      const waiting = users.filter((userId) => !heldSince.has(userId));
      const { enter, dismiss } = takeTurns(
        {
          holders: [...heldSince].map(([userId, since]) => holder(userId, now - since)),
          contenders: waiting.map((userId) =>
            contender(userId, servedAt.has(userId) ? now - servedAt.get(userId)! : undefined),
          ),
          secondsSinceEntry: now - lastEntry,
        },
        limits,
      );
      for (const userId of dismiss) {
        heldSince.delete(userId);
        servedAt.set(userId, now);
      }
      for (const userId of enter) {
        heldSince.set(userId, now);
        entered.push(userId);
        lastEntry = now;
      }
    }

    expect(entered.slice(0, 20)).toEqual([...users, ...users]);
  });
});
