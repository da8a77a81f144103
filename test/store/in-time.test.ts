import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTime } from '../../src/store/in-time.ts';
import { troubleOf } from '../../src/store/mysql-errors.ts';

describe('inTime', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives the answer, and keeps no timer', async () => {
    expect(await inTime(Promise.resolve(7), 1_000)).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes a failure on, and keeps no timer that would hold the process', async () => {
    await expect(inTime(Promise.reject(new Error('gone')), 1_000)).rejects.toThrow('gone');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes silence beyond the limit for a lost connection', async () => {
    const asked = inTime(new Promise(() => undefined), 1_000).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(troubleOf(await asked)).toBe('lost');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits without end where there is no limit', async () => {
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 3_600_000));
    const asked = inTime(late, 0);
    await vi.advanceTimersByTimeAsync(3_600_000);

    expect(await asked).toBe('late');
  });
});
