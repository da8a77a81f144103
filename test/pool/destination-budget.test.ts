import { describe, expect, it } from 'vitest';
import { fixedLimits } from './fixed-limits.ts';
import { DestinationBudget } from '../../src/pool/destination-budget.ts';

describe('DestinationBudget', () => {
  it('has a place until as many are taken as the destination may have', () => {
    const budget = new DestinationBudget(fixedLimits(() => 2));

    budget.take(['a']);
    const afterOne = budget.hasPlace('a');
    budget.take(['a']);

    expect([afterOne, budget.hasPlace('a'), budget.hasPlace('b')]).toEqual([true, false, true]);
  });

  it('has a place again when one is given back', () => {
    const budget = new DestinationBudget(fixedLimits(() => 1));

    budget.take(['a', 'b']);
    budget.free(['a']);

    expect([budget.hasPlace('a'), budget.hasPlace('b')]).toEqual([true, false]);
  });

  it('follows a limit that changes, and takes nothing back', () => {
    let limit = 2;
    const budget = new DestinationBudget(fixedLimits(() => limit));
    budget.take(['a']);
    budget.take(['a']);

    limit = 1;
    budget.free(['a']);
    const whileLower = budget.hasPlace('a');
    limit = 3;

    expect([whileLower, budget.hasPlace('a'), budget.taken('a')]).toEqual([false, true, 1]);
  });

  it('gives no place at a destination that is to be left alone', () => {
    expect(new DestinationBudget(fixedLimits(() => 0)).hasPlace('a')).toBe(false);
  });

  it('refuses to take back what was not given', () => {
    expect(() => new DestinationBudget(fixedLimits(() => 1)).free(['a'])).toThrow('no place was taken at a');
  });
});
