import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/reason.ts';
import { RETRY_POLICY, waitsOf } from '../../src/domain/retry-policy.ts';

const DEFAULT_SCHEDULE = [300, 900, 1800, 3600];
const REASONS = Object.keys(RETRY_POLICY) as Reason[];
const LONGEST_SECONDS = 3.5 * 24 * 3600;

describe('RETRY_POLICY', () => {
  it.each(REASONS)('lets no row wait for ever for %s', (reason) => {
    const total = waitsOf(reason, DEFAULT_SCHEDULE).reduce((sum, wait) => sum + wait, 0);

    expect(total).toBeLessThan(LONGEST_SECONDS);
  });

  it.each(REASONS)('waits longer each time, or as long, for %s', (reason) => {
    const waits = waitsOf(reason, DEFAULT_SCHEDULE);

    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });

  it('waits for nothing that stands beside a verdict only', () => {
    const waiting = REASONS.filter((reason) => waitsOf(reason, DEFAULT_SCHEDULE).length > 0);

    expect(
      waiting.filter((reason) => /^(?:accept|mailbox-(?!full)|no-|null|private|syntax|ex|disp)/.test(reason)),
    ).toEqual([]);
    expect(waiting.length).toBeGreaterThan(10);
  });

  it('spares only throttled probes', () => {
    expect(REASONS.filter((reason) => !RETRY_POLICY[reason].isAttempt)).toEqual([
      'rate-limited',
      'too-many-recipients',
    ]);
  });
});
