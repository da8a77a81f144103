import { describe, expect, it } from 'vitest';
import { Comparison, type ComparedRow } from '../../src/domain/comparison.ts';
import { DOMAIN_STATUS, type Verdict } from '../../src/domain/verdict.ts';

let id = 0;
const row = (ours: string, theirs: Verdict | undefined, reason = 'accepted'): ComparedRow => ({
  id: ++id,
  email: `u${id}@example.com`,
  ours: { status: ours, reason },
  theirs:
    theirs === undefined ? undefined : { status: theirs, domainStatus: DOMAIN_STATUS[theirs], response: 'r' },
});
const comparisonOf = (rows: readonly ComparedRow[]) => {
  const comparison = new Comparison();
  for (const one of rows) comparison.add(one);
  return comparison;
};

describe('Comparison', () => {
  it('counts pairs of verdicts, and how many are alike', () => {
    const comparison = comparisonOf([
      row('valid', 'valid'),
      row('valid', 'invalid'),
      row('valid', 'invalid'),
    ]);

    expect(comparison.count('valid', 'invalid')).toBe(2);
    expect(comparison.count('invalid', 'valid')).toBe(0);
    expect([comparison.compared, comparison.agreed]).toEqual([3, 1]);
  });

  it('keeps apart what one of both has not decided', () => {
    const comparison = comparisonOf([
      row('valid', undefined),
      row('deferred', 'invalid'),
      row('deferred', undefined),
    ]);

    expect([comparison.compared, comparison.pending, comparison.waiting]).toEqual([0, 1, 2]);
    expect(comparison.differences).toEqual([]);
  });

  it.each([
    { ours: 'valid', theirs: 'invalid', harm: 'lost-contact' },
    { ours: 'catch-all', theirs: 'disposable', harm: 'lost-contact' },
    { ours: 'invalid', theirs: 'valid', harm: 'bounce' },
    { ours: 'disposable', theirs: 'catch-all', harm: 'bounce' },
    { ours: 'unknown', theirs: 'invalid', harm: 'guess' },
    { ours: 'unknown', theirs: 'valid', harm: 'guess' },
    { ours: 'valid', theirs: 'unknown', harm: 'missed' },
    { ours: 'catch-all', theirs: 'valid', harm: 'other' },
    { ours: 'invalid', theirs: 'disposable', harm: 'other' },
  ] as const)('takes CRM $theirs where we say $ours for $harm', ({ ours, theirs, harm }) => {
    const comparison = comparisonOf([row(ours, theirs)]);

    expect(comparison.differences).toMatchObject([{ harm, rows: 1 }]);
    expect(comparison.harms[harm]).toBe(1);
  });

  it('tells the gravest first, then the most frequent, each with its first rows', () => {
    const comparison = comparisonOf([
      ...Array.from({ length: 9 }, () => row('unknown', 'invalid', 'greylisted')),
      row('valid', 'invalid', 'accepted'),
      ...Array.from({ length: 5 }, () => row('catch-all', 'invalid', 'accepts-all')),
    ]);

    expect(comparison.differences.map(({ reason, rows }) => [reason, rows])).toEqual([
      ['accepts-all', 5],
      ['accepted', 1],
      ['greylisted', 9],
    ]);
    expect(comparison.differences.map(({ samples }) => samples.length)).toEqual([3, 1, 3]);
  });

  it('counts a word of the CRM’s that is none of the contract’s as unknown, and names it', () => {
    const odd = {
      ...row('unknown', 'valid'),
      theirs: { status: 'risky', domainStatus: 1, response: undefined },
    };
    const none = {
      ...row('valid', 'valid'),
      theirs: { status: undefined, domainStatus: 0, response: undefined },
    };
    const comparison = comparisonOf([odd, none]);

    expect(comparison.count('unknown', 'unknown')).toBe(1);
    expect(Object.fromEntries(comparison.otherWords)).toEqual({ risky: 1, NULL: 1 });
  });

  it('is not filled by words without end', () => {
    const comparison = comparisonOf(
      Array.from({ length: 500 }, (_, index) => ({
        ...row('valid', 'valid'),
        theirs: { status: `word ${index}`, domainStatus: 1, response: undefined },
      })),
    );

    expect(comparison.otherWords.size).toBe(20);
    expect(comparison.count('valid', 'unknown')).toBe(500);
  });

  it('goes by the word where domain_status contradicts it, and counts that', () => {
    const comparison = comparisonOf([
      { ...row('valid', 'valid'), theirs: { status: 'valid', domainStatus: 0, response: undefined } },
    ]);

    expect([comparison.agreed, comparison.contradictory]).toEqual([1, 1]);
  });
});
