import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateWorkers, type AllocationLimits, type AllocationPolicy } from '../../src/domain/allocate.ts';

const limits: AllocationLimits = {
  poolSize: 50,
  policy: 'balanced',
  minWorkersPerUser: 5,
  minRowsPerWorker: 20,
};

function workersFor(pending: readonly number[], overrides: Partial<AllocationLimits> = {}): number[] {
  const users = pending.map((count, index) => ({ userId: index + 1, pending: count }));
  return allocateWorkers(users, { ...limits, ...overrides }).map(({ workers }) => workers);
}

describe('allocateWorkers', () => {
  it.each([
    { pending: [1500, 800], workers: [28, 22], why: 'the example of the guide' },
    { pending: [1000, 1000], workers: [25, 25], why: 'an equal pair' },
    {
      pending: [1000, 1000, 1000],
      workers: [16, 17, 17],
      why: 'an equal triple: what rounding leaves goes to the last',
    },
    { pending: [1500], workers: [50], why: 'one user gets the whole pool' },
    { pending: [10_000_000, 100], workers: [45, 5], why: 'a small user keeps the minimum' },
    {
      pending: [10_000_000, 30],
      workers: [48, 2],
      why: 'a tiny user gets no more workers than it has work for',
    },
    { pending: [800], workers: [40], why: 'one user never gets more workers than rows for them' },
    {
      pending: [60, 60, 60],
      workers: [3, 3, 3],
      why: 'everybody at the upper bound: the rest of the pool stays free',
    },
    { pending: [1500, 0], workers: [50], why: 'users without rows are left out' },
    { pending: [], workers: [], why: 'nobody' },
  ])('splits $pending into $workers: $why', ({ pending, workers }) => {
    expect(workersFor(pending)).toEqual(workers);
  });

  it.each([
    { policy: 'proportional', workers: [32, 18] },
    { policy: 'equal', workers: [25, 25] },
  ] as const)('follows the $policy policy', ({ policy, workers }) => {
    expect(workersFor([1500, 800], { policy })).toEqual(workers);
  });

  it('gives every user of a pool smaller than the minimums its fair part', () => {
    expect(workersFor([1000, 1000, 1000], { poolSize: 4 })).toEqual([1, 1, 2]);
  });

  it('gives out the whole pool or fills every user up, within the bounds, whatever the demand', () => {
    const policies: readonly AllocationPolicy[] = ['balanced', 'proportional', 'equal'];
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20_000_000 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 15, max: 400 }),
        fc.constantFrom(...policies),
        (pending, poolSize, policy) => {
          const workers = workersFor(pending, { poolSize, policy });
          const ceilings = pending.map((count) => Math.ceil(count / 20));
          const total = workers.reduce((sum, count) => sum + count, 0);

          expect(total).toBe(
            Math.min(
              poolSize,
              ceilings.reduce((sum, ceiling) => sum + ceiling, 0),
            ),
          );
          workers.forEach((count, index) => {
            expect(count).toBeLessThanOrEqual(ceilings[index]!);
            expect(count).toBeGreaterThanOrEqual(Math.min(5, ceilings[index]!));
          });
        },
      ),
    );
  });
});
