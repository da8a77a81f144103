// Divides the pool between users: how many workers each gets. Pure; who is active is the store's word,
// and which slice runs where is the pool's.

/** How shares follow from pending rows. */
export type AllocationPolicy = 'balanced' | 'proportional' | 'equal';

/** A user who wants workers. */
export interface Claimable {
  readonly userId: number;
  readonly pending: number;
}

export interface Allocation {
  readonly userId: number;
  readonly pending: number;
  readonly workers: number;
}

export interface AllocationLimits {
  readonly poolSize: number;
  readonly policy: AllocationPolicy;
  readonly minWorkersPerUser: number;
  /** No user gets more workers than it has this many rows for each. */
  readonly minRowsPerWorker: number;
}

/**
 * Of all fixed splits, shares in proportion to the square root of the work have the least mean finishing
 * time: minimising Σ pendingᵢ / workersᵢ with Σ workersᵢ fixed gives workersᵢ ∝ √pendingᵢ.
 */
const WEIGHT: Readonly<Record<AllocationPolicy, (pending: number) => number>> = {
  balanced: Math.sqrt,
  proportional: (pending) => pending,
  equal: () => 1,
};

/**
 * Gives each user its number of workers, in the order given.
 *
 * Shares follow the policy's weights, within two bounds per user: at least `minWorkersPerUser`, and at most
 * one worker for every `minRowsPerWorker` rows begun, which wins over the first. Quotas are rounded down,
 * and what rounding leaves goes to the last users, one each; so the whole pool is given out unless every
 * user is at its upper bound. Users without pending rows are left out.
 */
export function allocateWorkers(users: readonly Claimable[], limits: AllocationLimits): Allocation[] {
  const waiting = users.filter((user) => user.pending > 0);
  if (waiting.length === 0) return [];
  const fairFloor = Math.min(limits.minWorkersPerUser, Math.floor(limits.poolSize / waiting.length));
  const bounded = waiting.map((user) => {
    const ceiling = Math.ceil(user.pending / limits.minRowsPerWorker);
    return { weight: WEIGHT[limits.policy](user.pending), ceiling, floor: Math.min(fairFloor, ceiling) };
  });

  const quotas = boundedQuotas(bounded, limits.poolSize);
  const workers = quotas.map((quota) => Math.floor(quota + 1e-9));
  spreadLeftover(workers, bounded, limits.poolSize);
  return waiting.map((user, index) => ({
    userId: user.userId,
    pending: user.pending,
    workers: workers[index]!,
  }));
}

interface Bounded {
  readonly weight: number;
  readonly floor: number;
  readonly ceiling: number;
}

// Proportional shares under lower and upper bounds: as long as some share violates its bound, those on the
// heavier side of violation are frozen at the bound and the rest is divided again (as CSS flexbox does, §9.7).
function boundedQuotas(users: readonly Bounded[], total: number): number[] {
  const quotas: (number | undefined)[] = users.map(() => undefined);
  for (;;) {
    const open = users.map((_, index) => index).filter((index) => quotas[index] === undefined);
    if (open.length === 0) break;
    const left = total - quotas.reduce<number>((sum, quota) => sum + (quota ?? 0), 0);
    const weights = open.reduce((sum, index) => sum + users[index]!.weight, 0);
    const tried = open.map((index) => {
      const user = users[index]!;
      const share = (left * user.weight) / weights;
      return { index, violation: Math.max(user.floor, Math.min(user.ceiling, share)) - share, user, share };
    });

    const balance = tried.reduce((sum, { violation }) => sum + violation, 0);
    const frozen = tried.filter(({ violation }) => (balance > 0 ? violation > 0 : violation < 0));
    for (const { index, share, violation } of frozen.length > 0 ? frozen : tried)
      quotas[index] = share + violation;
  }
  return quotas.map((quota) => quota!);
}

function spreadLeftover(workers: number[], users: readonly Bounded[], total: number): void {
  let left = total - workers.reduce((sum, count) => sum + count, 0);
  while (left > 0) {
    const before = left;
    for (let index = workers.length - 1; index >= 0 && left > 0; index--) {
      if (workers[index]! >= users[index]!.ceiling) continue;
      workers[index]!++;
      left--;
    }
    if (left === before) return; // everybody is at the upper bound
  }
}
