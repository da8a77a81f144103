import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutSlices, sliceCount } from '../../src/domain/cut-slices.ts';

const limits = { workers: 28, maxRowsPerSlice: 200, minRowsPerSlice: 20 };
const domainOf = (row: string): string => row.split('@')[1]!;

function rowsOf(sizes: Readonly<Record<string, number>>): string[] {
  return Object.entries(sizes).flatMap(([domain, size]) =>
    Array.from({ length: size }, (_, n) => `u${n}@${domain}`),
  );
}

describe('sliceCount', () => {
  it.each([
    { rows: 1500, count: 28, why: 'one a worker' },
    { rows: 100, count: 5, why: 'not shorter than is worth a worker' },
    { rows: 1, count: 1, why: 'one row is a slice' },
    { rows: 20_000, count: 100, why: 'not longer than the limit' },
  ])('cuts $rows rows into $count: $why', ({ rows, count }) => {
    expect(sliceCount(rows, limits)).toBe(count);
  });
});

describe('cutSlices', () => {
  it('gives 1,500 rows of one domain to 28 workers in shares of 54', () => {
    const sizes = cutSlices(rowsOf({ 'example.com': 1500 }), domainOf, limits).map((slice) => slice.length);

    expect(sizes).toEqual([...Array.from({ length: 27 }, () => 54), 42]);
  });

  it('keeps a domain together when it is no larger than a fair share', () => {
    const rows = rowsOf({ 'a.test': 30, 'b.test': 25, 'c.test': 20, 'd.test': 5 });

    const slices = cutSlices(rows, domainOf, { workers: 2, maxRowsPerSlice: 200, minRowsPerSlice: 1 });

    for (const domain of ['a.test', 'b.test', 'c.test', 'd.test']) {
      expect(slices.filter((slice) => slice.some((row) => domainOf(row) === domain))).toHaveLength(1);
    }
    expect(slices.map((slice) => slice.length)).toEqual([35, 45]);
  });

  it('keeps the remainder of a domain that is cut anyway in one piece', () => {
    const rows = rowsOf({ 'big.test': 70, 'a.test': 17, 'b.test': 13 });

    const slices = cutSlices(rows, domainOf, { workers: 4, maxRowsPerSlice: 200, minRowsPerSlice: 1 });

    const ofBig = slices.map((slice) => slice.filter((row) => domainOf(row) === 'big.test').length);
    expect(slices.map((slice) => slice.length)).toEqual([25, 25, 20, 30]);
    expect(ofBig).toEqual([25, 25, 20, 0]);
  });

  it('begins with the slice whose largest domain takes longest, however long others are in all', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d${n}.test`, 1]));
    const rows = rowsOf({ ...many, 'big.test': 38 });

    const [first] = cutSlices(rows, domainOf, { workers: 2, maxRowsPerSlice: 200, minRowsPerSlice: 1 });

    expect(first!.filter((row) => domainOf(row) === 'big.test')).toHaveLength(38);
  });

  it('puts every row into exactly one slice, none empty and none far over the fair share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (sizes, workers) => {
          const rows = sizes.flatMap((size, domain) =>
            Array.from({ length: size }, (_, n) => `u${n}@d${domain}.test`),
          );
          const slices = cutSlices(rows, domainOf, { ...limits, workers });
          const fairShare = Math.ceil(rows.length / sliceCount(rows.length, { ...limits, workers }));

          expect(slices.flat().toSorted()).toEqual(rows.toSorted());
          for (const slice of slices) {
            expect(slice.length).toBeGreaterThan(0);
            expect(slice.length).toBeLessThanOrEqual(2 * fairShare);
          }
        },
      ),
    );
  });
});
