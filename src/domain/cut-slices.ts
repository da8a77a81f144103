// Cuts rows into slices: enough for every worker, short, about equal, and no destination torn apart
// without need. Pure; where a row's mail goes is told by the caller.

import { groupBy } from './group-by.ts';

export interface SliceLimits {
  /** Workers that shall have a slice each. */
  readonly workers: number;
  readonly maxRowsPerSlice: number;
  /** Rows that make another slice worth a worker's while. */
  readonly minRowsPerSlice: number;
}

/** How many slices `rows` rows are cut into: one a worker, unless that makes them too short or too long. */
export function sliceCount(rows: number, limits: SliceLimits): number {
  const worthwhile = Math.ceil(rows / limits.minRowsPerSlice);
  return Math.max(Math.min(limits.workers, worthwhile), Math.ceil(rows / limits.maxRowsPerSlice));
}

/**
 * Gives the rows as slices of about equal size, the largest first.
 *
 * Rows of one key stay together, so that one worker serves a destination over few connections. A key with more
 * rows than a fair share is cut into fair shares, and what remains of it fills up the other slices. The rest is
 * placed largest first onto the emptiest slice (LPT, at most 4/3 of the best makespan). Every row stands in
 * exactly one slice; no slice is empty.
 */
export function cutSlices<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  limits: SliceLimits,
): Row[][] {
  if (rows.length === 0) return [];
  const count = sliceCount(rows.length, limits);
  const fairShare = Math.ceil(rows.length / count);

  const slices: Row[][] = [];
  const whole: Row[][] = [];
  const loose: Row[] = []; // what remains of keys that are cut anyway: may be cut anywhere
  for (const group of groupBy(rows, keyOf).values()) {
    if (group.length <= fairShare) {
      whole.push(group);
      continue;
    }
    const fullShares = Math.floor(group.length / fairShare);
    for (let share = 0; share < fullShares; share++) {
      slices.push(group.slice(share * fairShare, (share + 1) * fairShare));
    }
    loose.push(...group.slice(fullShares * fairShare));
  }

  const open: Row[][] = Array.from({ length: Math.max(count - slices.length, 0) }, () => []);
  whole.sort((a, b) => b.length - a.length);
  for (const group of whole) emptiest(open).push(...group);
  for (const slice of open) slice.push(...loose.splice(0, Math.max(fairShare - slice.length, 0)));
  for (const row of loose) emptiest(open).push(row);
  return [...slices, ...open].filter((slice) => slice.length > 0).toSorted((a, b) => b.length - a.length);
}

function emptiest<Row>(slices: readonly Row[][]): Row[] {
  return slices.reduce((least, slice) => (slice.length < least.length ? slice : least));
}
