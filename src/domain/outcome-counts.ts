// Adds up outcomes: for the batch file, the worker's summary, a user's and a cycle's.

import type { Result } from './result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from './verdict.ts';

/** Gives `counts` with these results added. */
export function addOutcomes(
  counts: OutcomeCounts,
  results: readonly Pick<Result, 'status'>[],
): OutcomeCounts {
  const sum = { ...NO_OUTCOMES, ...counts };
  for (const { status } of results) sum[status]++;
  return sum;
}

/** How many results the counts stand for. */
export function totalOutcomes(counts: OutcomeCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * Gives `Valid=42, Invalid=12` as in the worker's summary: by domain_status, with
 * `Unknown` and `Deferred` only when there are any.
 */
export function tallyOutcomes(counts: OutcomeCounts): string {
  const parts = [
    `Valid=${counts.valid + counts['catch-all']}`,
    `Invalid=${counts.invalid + counts.disposable}`,
  ];
  if (counts.unknown > 0) parts.push(`Unknown=${counts.unknown}`);
  if (counts.deferred > 0) parts.push(`Deferred=${counts.deferred}`);
  return parts.join(', ');
}
