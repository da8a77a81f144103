// Rows that the pool gives up, between it and whoever it works for. One that a mail host has put off, and that no further host
// is asked about now, was asked about: it ends with that word, as in a worker that is told to stop with it in hand
// (smtp/probe-destination.ts). The others were not, whatever was dialled for them, and go back as they came.

import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import { isPutOff } from '../domain/trail.ts';
import { makeResult } from '../worker/make-result.ts';
import type { PoolListener, PoolOptions } from './pool-contract.ts';

export type RowTaker = Pick<
  PoolListener,
  'onResults' | 'onRowsReturned' | 'onRowsPutOff' | 'onRowsHeld' | 'onDestinationClosed'
>;

/** Gives a listener that passes rows on to `listener`, and has those that a host has put off end with that. */
export function settlingPutOff(
  listener: RowTaker,
  { settings, random = Math.random }: Pick<PoolOptions, 'settings' | 'random'>,
): RowTaker {
  /** Gives the rows that were not asked about. */
  const settle = (userId: number, rows: readonly ProbeRow[]): readonly ProbeRow[] => {
    const results: Result[] = [];
    const unasked = rows.filter((row) => {
      const result = hasPutOff(row) ? resultByTrail(row, settings, random()) : undefined;
      if (result !== undefined) results.push(result);
      return result === undefined;
    });
    if (results.length > 0) listener.onResults(userId, results, {});
    return unasked;
  };
  const passOn =
    <More extends readonly unknown[]>(
      take: (userId: number, rows: readonly ProbeRow[], ...more: More) => void,
    ) =>
    (userId: number, rows: readonly ProbeRow[], ...more: More): void => {
      const unasked = settle(userId, rows);
      if (unasked.length > 0) take(userId, unasked, ...more);
    };
  return {
    onResults: (userId, results, catchAll) => listener.onResults(userId, results, catchAll),
    onDestinationClosed: (destination, rest) => listener.onDestinationClosed(destination, rest),
    onRowsReturned: passOn((userId, rows) => listener.onRowsReturned(userId, rows)),
    onRowsPutOff: passOn((userId, rows, seconds: number) => listener.onRowsPutOff(userId, rows, seconds)),
    onRowsHeld: passOn((userId, rows) => listener.onRowsHeld(userId, rows)),
  };
}

/** Gives what the row ends with if nobody else is asked; undefined of one that no host has left open. */
export function resultByTrail(
  row: ProbeRow,
  policy: PoolOptions['settings'],
  random: number,
): Result | undefined {
  if (row.target.type !== 'mailbox' || row.target.trail === undefined) return undefined;
  const { address, trail } = row.target;
  const { evidence: found, ms, transcript } = trail;
  const evidence = { found, control: undefined, catchAll: undefined, ms, transcript };
  return makeResult(row, address, evidence, policy, random).result;
}

function hasPutOff({ target }: ProbeRow): boolean {
  return target.type === 'mailbox' && target.trail !== undefined && isPutOff(target.trail.evidence);
}
