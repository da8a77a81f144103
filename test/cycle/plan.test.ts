import { describe, expect, it } from 'vitest';
import { drawPlan, rowsPerSlice, type PlanLimits } from '../../src/cycle/plan.ts';
import type { Demand } from '../../src/store/store.ts';

const limits: PlanLimits = {
  poolSize: 50,
  policy: 'balanced',
  minWorkersPerUser: 5,
  minRowsPerWorker: 20,
  maxConcurrentUsers: 3,
  maxRowsPerSlice: 200,
};

function demand(userId: number, pending: number): Demand {
  return { userId, pending, isCapped: false, oldestRowId: userId, listIds: [userId * 10] };
}

describe('drawPlan', () => {
  it('plans the example of the guide: 28 and 22 workers, a slice each', () => {
    const plan = drawPlan({ demands: [demand(5, 1500), demand(8, 800)], ownerless: 0 }, limits);

    expect(plan.users.map(({ userId, workers, slices }) => [userId, workers, slices.length])).toEqual([
      [5, 28, 28],
      [8, 22, 22],
    ]);
    expect(plan.users[0]!.slices.slice(0, 2)).toEqual([
      { from: 0, to: 54 },
      { from: 54, to: 108 },
    ]);
    expect(plan.users[0]!.slices.at(-1)).toEqual({ from: 1458, to: 1500 });
  });

  it('leaves users beyond the limit waiting, in their order', () => {
    const plan = drawPlan({ demands: [1, 2, 3, 4, 5].map((id) => demand(id, 100)), ownerless: 7 }, limits);

    expect(plan.users.map(({ userId }) => userId)).toEqual([1, 2, 3]);
    expect(plan.waiting.map(({ userId }) => userId)).toEqual([4, 5]);
    expect(plan.ownerless).toBe(7);
  });

  it('covers every row exactly once, however many there are', () => {
    const plan = drawPlan({ demands: [demand(1, 100_003)], ownerless: 0 }, limits);

    const slices = plan.users[0]!.slices;
    expect(slices[0]!.from).toBe(0);
    expect(slices.at(-1)!.to).toBe(100_003);
    slices.slice(1).forEach((slice, index) => expect(slice.from).toBe(slices[index]!.to));
  });
});

describe('rowsPerSlice', () => {
  it.each([
    { rows: 1500, workers: 28, each: 54 },
    { rows: 1_000_000, workers: 50, each: 200 },
    { rows: 15, workers: 1, each: 15 },
  ])('is $each for $rows rows and $workers workers', ({ rows, workers, each }) => {
    expect(rowsPerSlice(rows, workers, limits)).toBe(each);
  });
});
