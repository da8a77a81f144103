import { describe, expect, it } from 'vitest';
import { MIXES, type Mix } from '../support/schedule-mixes.ts';
import { simulate } from '../support/schedule-simulation.ts';
import type { Outcome } from '../support/schedule-world.ts';

const outcomes = new Map<Mix, Outcome>();
function outcomeOf(mix: Mix): Outcome {
  const known = outcomes.get(mix) ?? simulate(MIXES[mix]);
  outcomes.set(mix, known);
  return known;
}

const waits = ({ users }: Outcome) => users.map(({ firstAfter }) => firstAfter ?? Infinity);

describe.each(Object.keys(MIXES) as Mix[])('scheduling: %s', (mix) => {
  it('leaves no place idle beside a row that could start, nor gives more places than there are', () => {
    const { idleSeconds, mostPlaces } = outcomeOf(mix);

    expect(idleSeconds).toBe(0);
    expect(mostPlaces).toBeLessThanOrEqual(MIXES[mix].limits.maxConcurrentUsers);
  }, 60_000);

  it('lets everybody come to a first answer', () => {
    for (const wait of waits(outcomeOf(mix))) expect(wait).toBeLessThan(Infinity);
  });
});

describe('scheduling', () => {
  it.each([
    'one of 10 million, 50 of 20',
    'three of a million, 10 of 20',
    'ten of a million',
    'three equal',
    'a newcomer after a minute',
  ] as const)('keeps the pool busy while rows are due: %s', (mix) => {
    expect(outcomeOf(mix).busy).toBeGreaterThan(0.97);
  });

  it('lets 50 short lists pass a list of 10 million within two minutes, in the order in which they came', () => {
    const [, ...small] = outcomeOf('one of 10 million, 50 of 20').users;

    const doneAfter = small.map((user) => user.doneAfter ?? Infinity);
    expect(Math.max(...doneAfter)).toBeLessThan(120);
    expect(doneAfter).toEqual(doneAfter.toSorted((a, b) => a - b));
  });

  it('keeps no short list waiting behind three huge ones for longer than a turn and its own way', () => {
    const { limits, users } = MIXES['three of a million, 10 of 20'];
    const small = outcomeOf('three of a million, 10 of 20').users.filter(
      (_, index) => users[index]!.rows === 20,
    );

    for (const { firstAfter } of small) expect(firstAfter).toBeLessThan(limits.turnSeconds + 60);
  });

  it('gives ten huge lists a turn each, one after the other, and none much less than another', () => {
    const { limits } = MIXES['ten of a million'];
    const outcome = outcomeOf('ten of a million');

    const patience = limits.turnSeconds / limits.maxConcurrentUsers;
    expect(Math.max(...waits(outcome))).toBeLessThan(limits.turnSeconds + 7 * patience);
    // Ten minutes are a turn of three for the last one, and two turns for the first.
    const [first, ...others] = outcome.users.map((user) => user.answered).toSorted((a, b) => a - b);
    expect(first! * 4).toBeGreaterThan(others.at(-1)!);
  });

  it('uses what one domain bears, and not more', () => {
    const { endedAt } = outcomeOf('all rows of one domain');

    expect(endedAt).toBeGreaterThanOrEqual(2_000 / 2);
    expect(endedAt).toBeLessThan(1.05 * (2_000 / 2));
  });

  it('finds the rows behind a domain of 100,000, and stops reading at its bound', () => {
    const { users, mostInHand } = outcomeOf('a domain of 100,000 in front');

    expect(users[0]!.answered).toBeGreaterThan(2_000);
    expect(mostInHand).toBeLessThan(115_000);
  });

  it('takes up rows that were put off when they are due, in the time that it takes and no more', () => {
    const { endedAt } = outcomeOf('everything put off once');

    const work = (2 * 3 * 600) / (20 * 4);
    expect(endedAt).toBeLessThan(300 + work + 15);
  });

  it('gives three equal lists equal parts: they are done together', () => {
    const doneAfter = outcomeOf('three equal').users.map((user) => user.doneAfter ?? Infinity);

    expect(Math.max(...doneAfter) - Math.min(...doneAfter)).toBeLessThan(0.1 * Math.max(...doneAfter));
  });

  it('gives a newcomer its share within seconds', () => {
    const newcomer = outcomeOf('a newcomer after a minute').users[1]!;

    expect(newcomer.firstAfter).toBeLessThan(10);
    expect(newcomer.mostSlots).toBeGreaterThanOrEqual(5);
  });
});
