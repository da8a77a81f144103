import { describe, expect, it } from 'vitest';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { Slice } from '../../src/worker/messages.ts';
import { SliceQueue } from '../../src/pool/slice-queue.ts';
import { decidedRow, idsOf, row, rows, sliceOf } from './rows.ts';

const everywhere = (): boolean => true;
const notAt =
  (...busy: string[]) =>
  (destination: string): boolean =>
    !busy.includes(destination);

/** Rows that have come from a better host. */
function onward(...all: readonly ProbeRow[]): Slice {
  const slice = sliceOf(...all);
  const routes = Object.entries(slice.routes).map(([domain, route]) => [domain, { ...route, startsAt: 1 }]);
  return { ...slice, routes: Object.fromEntries(routes) as Slice['routes'] };
}

describe('SliceQueue', () => {
  it('gives slices in the order in which they came', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);
    queue.addFirst([sliceOf(row(3, 'c'))], false);

    const taken = [
      queue.take(everywhere, true),
      queue.take(everywhere, true),
      queue.take(everywhere, true),
      queue.take(everywhere, true),
    ];

    expect(taken.map((queued) => queued?.slice.rows[0]?.id)).toEqual([3, 1, 2, undefined]);
  });

  it('puts in front what goes on, together with what waits there to go on as well', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'z'))]);
    queue.join(onward(row(2, 'a')));
    queue.join(onward(row(3, 'b')));
    queue.join(onward(row(4, 'a'))); // its domain may go on from elsewhere there
    queue.join(onward(row(5, 'c')));

    const taken = [1, 2, 3].map(() => queue.take(everywhere, true)!.slice);

    expect(taken.map((slice) => [idsOf(slice.rows), Object.keys(slice.routes)])).toEqual([
      [
        [4, 5],
        ['a.example', 'c.example'],
      ],
      [
        [2, 3],
        ['a.example', 'b.example'],
      ],
      [[1], ['z.example']],
    ]);
  });

  it('keeps apart from what goes on whoever is suspected, and does not let it grow without end', () => {
    const queue = new SliceQueue();
    queue.addFirst([onward(row(1, 'a'))], true);
    queue.join(onward(...rows(2, 120, 'b')));
    queue.join(onward(...rows(121, 240, 'c')));

    const taken = [1, 2, 3].map(() => queue.take(everywhere, true)!);

    expect(taken.map(({ slice, isSuspect }) => [slice.rows.length, isSuspect])).toEqual([
      [120, false],
      [119, false],
      [1, true],
    ]);
  });

  it('cuts a slice and keeps the rows of a busy destination', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'busy'), row(2, 'free'), decidedRow(3), row(4, 'busy'))]);

    const taken = queue.take(notAt('busy'), true);
    const left = queue.take(everywhere, true);

    expect([idsOf(taken!.slice.rows), Object.keys(taken!.slice.routes)]).toEqual([[2, 3], ['free.example']]);
    expect([idsOf(left!.slice.rows), Object.keys(left!.slice.routes), queue.rows]).toEqual([
      [1, 4],
      ['busy.example'],
      0,
    ]);
  });

  it('takes of a destination as many rows as may start, of so many that wait in all slices', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(...rows(1, 5, 'large'), row(6, 'small')), sliceOf(...rows(7, 9, 'large'))]);
    const asked: [string, number, number][] = [];

    const taken = queue.take(everywhere, true, (at, own, waiting) => {
      asked.push([at, own, waiting()]);
      return 2;
    });

    expect(asked).toEqual([
      ['large', 5, 8],
      ['small', 1, 1],
    ]);
    expect([idsOf(taken!.slice.rows), idsOf(queue.take(everywhere, true)!.slice.rows)]).toEqual([
      [1, 2, 6],
      [3, 4, 5],
    ]);
  });

  it('gives a freed place to whoever waited longest', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a'), row(2, 'b')), sliceOf(row(3, 'a')), sliceOf(row(4, 'b'))]);

    const whileNothingIsFree = queue.take(notAt('a', 'b'), true);
    const whenAIsFree = queue.take(notAt('b'), true);

    expect([whileNothingIsFree, idsOf(whenAIsFree!.slice.rows), queue.rows]).toEqual([undefined, [1], 3]);
  });

  it('counts slices that may start at least in part, up to the limit', () => {
    const queue = new SliceQueue();
    queue.add([
      sliceOf(row(1, 'a'), row(2, 'b')),
      sliceOf(row(3, 'a')),
      sliceOf(row(4, 'b')),
      sliceOf(row(5, 'c')),
    ]);

    queue.addFirst([sliceOf(row(6, 'c'))], true);

    expect(queue.countStartable(notAt('a'), 10)).toEqual({ all: 4, unsuspected: 3 });
    expect(queue.countStartable(notAt('a'), 2)).toEqual({ all: 3, unsuspected: 2 });
  });

  it('notes what is learned of its domains', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);

    queue.learn({ 'b.example': 'yes', 'elsewhere.example': 'no' });

    expect(queue.takeAll().map(({ catchAll }) => catchAll)).toEqual([{}, { 'b.example': 'yes' }]);
  });

  it('passes over suspects where they would not be alone', () => {
    const queue = new SliceQueue();
    queue.addFirst([sliceOf(row(1, 'a'))], true);
    queue.add([sliceOf(row(2, 'a'))]);

    const [beside, alone] = [queue.take(everywhere, false), queue.take(everywhere, true)];

    expect([beside?.slice.rows[0]?.id, alone?.slice.rows[0]?.id, alone?.isSuspect]).toEqual([2, 1, true]);
  });

  it('gives up everything at once', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(...rows(1, 3, 'a'))]);

    expect([queue.takeAll().length, queue.rows, queue.takeAll()]).toEqual([1, 0, []]);
  });
});
