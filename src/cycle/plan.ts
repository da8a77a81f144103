// What a cycle would do with the demand as it stands: whose turn it is, who gets how many workers, and how the rows
// are cut. Pure; `run --dry-run` prints it, and the cycle itself starts from the same figures.

import { allocateWorkers, type AllocationLimits } from '../domain/allocate.ts';
import { sliceCount } from '../domain/cut-slices.ts';
import { inTurnOrder, type TurnLimits } from '../domain/turns.ts';
import type { Demand, Survey } from '../store/store.ts';

/** The policy that a plan follows; part of the configuration. */
export interface PlanLimits extends AllocationLimits, TurnLimits {
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
  /** Users with due rows for whom there is no place yet, in the order of their turns. */
  readonly waiting: readonly Demand[];
  /** Pending rows that no user owns. */
  readonly ownerless: number;
}

/** Draws the plan: the users whose turn it is, their workers, their slices. */
export function drawPlan(survey: Survey, limits: PlanLimits): Plan {
  const { active, waiting } = chooseActive(survey.demands, limits);
  const workers = new Map(allocateWorkers(active, limits).map((share) => [share.userId, share.workers]));
  const users = active.map(({ userId, pending, isCapped, listIds }) => {
    const given = workers.get(userId) ?? 0;
    return { userId, pending, isCapped, workers: given, slices: planSlices(pending, given, limits), listIds };
  });
  return { users, waiting, ownerless: survey.ownerless };
}

/** Gives the users that a cycle begins with, by their oldest row as they came, and the others in the order of their turns. */
export function chooseActive(
  demands: readonly Demand[],
  { maxConcurrentUsers, turnSeconds }: TurnLimits,
): { readonly active: readonly Demand[]; readonly waiting: readonly Demand[] } {
  const inOrder = inTurnOrder(demands, turnSeconds);
  const chosen = new Set(inOrder.slice(0, maxConcurrentUsers));
  return {
    active: demands.filter((demand) => chosen.has(demand)),
    waiting: inOrder.slice(maxConcurrentUsers),
  };
}

/** How many rows are claimed at once for a user: a full slice for each of its workers. */
export function rowsPerClaim(workers: number, maxRowsPerSlice: number): number {
  return Math.max(workers, 1) * maxRowsPerSlice;
}

/** Claim by claim, as the rows are taken. */
function planSlices(rows: number, workers: number, limits: PlanLimits): PlannedSlice[] {
  const claim = rowsPerClaim(workers, limits.maxRowsPerSlice);
  return Array.from({ length: Math.ceil(rows / claim) }, (_, index) =>
    cutEvenly(index * claim, Math.min((index + 1) * claim, rows), workers, limits),
  ).flat();
}

function cutEvenly(from: number, to: number, workers: number, limits: PlanLimits): PlannedSlice[] {
  const { maxRowsPerSlice, minRowsPerWorker: minRowsPerSlice } = limits;
  const size = Math.ceil((to - from) / sliceCount(to - from, { workers, maxRowsPerSlice, minRowsPerSlice }));
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, index) => ({
    from: from + index * size,
    to: Math.min(from + (index + 1) * size, to),
  }));
}
