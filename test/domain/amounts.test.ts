import { describe, expect, it } from 'vitest';
import { grouped, inWords, lengthOf, percent, roughly } from '../../src/domain/amounts.ts';

describe('grouped', () => {
  it.each([
    [0, 'exact', '0'],
    [999, 'exact', '999'],
    [1_000, 'exact', '1,000'],
    [1_234_567.6, 'exact', '1,234,568'],
    [200_000, 'more', '200,000+'],
    [588_000, 'about', '~588,000'],
  ] as const)('writes %d (%s) as %s', (count, exactness, written) => {
    expect(grouped(count, exactness)).toBe(written);
  });
});

describe('percent', () => {
  it.each([
    [0, 100, '0 %'],
    [1, 100_000, '<1 %'],
    [1, 3, '33 %'],
    [99_999, 100_000, '>99 %'],
    [100, 100, '100 %'],
    [0, 0, '–'],
  ])('writes %d of %d as %s', (part, whole, written) => {
    expect(percent(part, whole)).toBe(written);
  });
});

describe('lengthOf', () => {
  it.each([
    [-3, '0 s'],
    [0.4, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [3_599, '1 h'],
    [15_000, '4 h 10 min'],
    [86_399, '24 h'],
    [86_400, '1 d'],
    [273_600, '3 d 4 h'],
  ])('writes %d seconds as %s', (seconds, written) => {
    expect(lengthOf(seconds)).toBe(written);
  });
});

describe('inWords', () => {
  it.each([
    [44.2, '45 s'],
    [100, '2 min'],
    [6_000, '2 h'],
    [172_799, '48 h'],
    [172_801, '3 d'],
  ])('writes %d seconds as %s', (seconds, written) => {
    expect(inWords(seconds)).toBe(written);
  });
});

describe('roughly', () => {
  it.each([
    [0, '<1 min'],
    [61, '~2 min'],
    [3_700, '~1 h 10 min'],
    [35_900, '~10 h'],
    [40_000, '~12 h'],
    [500_000, '~6 d'],
  ])('writes about %d seconds as %s', (seconds, written) => {
    expect(roughly(seconds)).toBe(written);
  });
});
