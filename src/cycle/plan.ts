// What a cycle would do with the demand as it stands: who gets how many workers, and how the rows are cut.
// Pure; `run --dry-run` prints it, and the cycle itself starts from the same figures.

import { allocateWorkers, type AllocationLimits } from '../domain/allocate.ts';
import { sliceCount } from '../domain/cut-slices.ts';
import type { Demand, Survey } from '../store/store.ts';

/** The policy that a plan follows; part of the configuration. */
export interface PlanLimits extends AllocationLimits {
  readonly maxConcurrentUsers: number;
  readonly maxRowsPerSlice: number;
}

/** Rows `from` (inclusive) to `to` (exclusive) of a user's queue. */
export interface PlannedSlice {
  readonly from: number;
  readonly to: number;
}

export interface PlannedUser {
  readonly userId: number;
  readonly pending: number;
  /** True when there are more than `pending` rows; they were not counted further. */
  readonly isCapped: boolean;
  readonly workers: number;
  readonly slices: readonly PlannedSlice[];
  readonly listIds: readonly number[];
}

export interface Plan {
  readonly users: readonly PlannedUser[];
  /** Users with due rows for whom there is no place in this turn. */
  readonly waiting: readonly Demand[];
  /** Pending rows that no user owns. */
  readonly ownerless: number;
}

/** Draws the plan: the first users by their oldest pending row, their workers, their slices. */
export function drawPlan(survey: Survey, limits: PlanLimits): Plan {
  const active = survey.demands.slice(0, limits.maxConcurrentUsers);
  const workers = new Map(allocateWorkers(active, limits).map((share) => [share.userId, share.workers]));
  const users = active.map(({ userId, pending, isCapped, listIds }) => {
    const given = workers.get(userId) ?? 0;
    return { userId, pending, isCapped, workers: given, slices: planSlices(pending, given, limits), listIds };
  });
  return { users, waiting: survey.demands.slice(limits.maxConcurrentUsers), ownerless: survey.ownerless };
}

/** How many rows a slice gets when `rows` rows are cut for `workers` workers. */
export function rowsPerSlice(rows: number, workers: number, limits: PlanLimits): number {
  const count = sliceCount(rows, {
    workers,
    maxRowsPerSlice: limits.maxRowsPerSlice,
    minRowsPerSlice: limits.minRowsPerWorker,
  });
  return Math.ceil(rows / Math.max(count, 1));
}

function planSlices(rows: number, workers: number, limits: PlanLimits): PlannedSlice[] {
  const size = rowsPerSlice(rows, workers, limits);
  return Array.from({ length: Math.ceil(rows / Math.max(size, 1)) }, (_, index) => ({
    from: index * size,
    to: Math.min((index + 1) * size, rows),
  }));
}
