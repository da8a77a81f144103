// Cuts rows into slices: enough for every worker, short, about equal, and no destination torn apart
// without need. Pure; where a row's mail goes is told by the caller.

import { groupBy } from './group-by.ts';
import { piecesOf } from './pieces.ts';

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
 * Gives the rows as slices of about equal size, those first in which most rows are of one key.
 *
 * Rows of one key stay together, so that one worker serves a destination over few connections. Of a key with more
 * rows than a fair share full shares are slices of their own. Whatever is left, of it and of the others, is placed
 * largest first onto the emptiest slice (LPT, at most 4/3 of the best makespan). Every row stands in exactly one slice; no
 * slice is empty. Keys are worked off side by side and the rows of one after the other, so a slice takes as long as its
 * largest key: whoever begins with the longest ends soonest (Graham 1969).
 */
export function cutSlices<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  limits: SliceLimits,
): Row[][] {
  if (rows.length === 0) return [];
  const count = sliceCount(rows.length, limits);
  const fairShare = Math.ceil(rows.length / count);

  const shares = [...groupBy(rows, keyOf).values()].flatMap((group) => piecesOf(group, fairShare));
  const full = shares.filter(({ length }) => length === fairShare);
  const parts = shares.filter(({ length }) => length < fairShare).toSorted((a, b) => b.length - a.length);
  const open = Array.from({ length: count - full.length }, () => new Mix<Row>());
  for (const part of parts) emptiest(open).add(part);
  return [...full.map((share) => new Mix<Row>().add(share)), ...open]
    .filter(({ rows: mixed }) => mixed.length > 0)
    .toSorted((a, b) => b.longest - a.longest || b.rows.length - a.rows.length)
    .map(({ rows: mixed }) => mixed);
}

/** A slice in the making. */
class Mix<Row> {
  readonly rows: Row[] = [];
  /** The most rows of one key. */
  longest = 0;

  add(part: readonly Row[]): this {
    this.rows.push(...part);
    this.longest = Math.max(this.longest, part.length);
    return this;
  }
}

function emptiest<Row>(slices: readonly Mix<Row>[]): Mix<Row> {
  return slices.reduce((least, slice) => (slice.rows.length < least.rows.length ? slice : least));
}
