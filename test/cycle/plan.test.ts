import { describe, expect, it } from 'vitest';
import { chooseActive, drawPlan, rowsPerClaim, type PlanLimits } from '../../src/cycle/plan.ts';
import type { Demand } from '../../src/store/store.ts';

const limits: PlanLimits = {
  poolSize: 50,
  policy: 'balanced',
  minWorkersPerUser: 5,
  minRowsPerWorker: 20,
  maxConcurrentUsers: 3,
  turnSeconds: 180,
  maxRowsPerSlice: 200,
};

function demand(userId: number, pending: number, waitedSeconds?: number): Demand {
  return { userId, pending, isCapped: false, oldestRowId: userId, waitedSeconds, listIds: [userId * 10] };
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

  it('cuts claim by claim, as the cycle does: 50 slices of 200, then 50 of 100', () => {
    const plan = drawPlan({ demands: [demand(1, 15_000)], ownerless: 0 }, limits);

    const lengths = plan.users[0]!.slices.map(({ from, to }) => to - from);
    expect(lengths).toEqual([...Array<number>(50).fill(200), ...Array<number>(50).fill(100)]);
  });

  it('covers every row exactly once, however many there are', () => {
    const plan = drawPlan({ demands: [demand(1, 100_003)], ownerless: 0 }, limits);

    const slices = plan.users[0]!.slices;
    expect(slices[0]!.from).toBe(0);
    expect(slices.at(-1)!.to).toBe(100_003);
    slices.slice(1).forEach((slice, index) => expect(slice.from).toBe(slices[index]!.to));
  });
});

describe('chooseActive', () => {
  it('lets those who had a turn come after those who had none, and tells them in order of their rows', () => {
    const demands = [demand(1, 9, 20), demand(2, 9), demand(3, 9, 40), demand(4, 9), demand(5, 9, 30)];

    const { active, waiting } = chooseActive(demands, limits);

    expect(active.map(({ userId }) => userId)).toEqual([2, 3, 4]);
    expect(waiting.map(({ userId }) => userId)).toEqual([5, 1]);
  });
});

describe('rowsPerClaim', () => {
  it.each([
    { workers: 28, rows: 5600 },
    { workers: 0, rows: 200 },
  ])('is $rows for $workers workers', ({ workers, rows }) => {
    expect(rowsPerClaim(workers, limits.maxRowsPerSlice)).toBe(rows);
  });
});
