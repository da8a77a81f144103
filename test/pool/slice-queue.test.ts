import { describe, expect, it } from 'vitest';
import { SliceQueue } from '../../src/pool/slice-queue.ts';
import { decidedRow, idsOf, row, rows, sliceOf } from './rows.ts';

const everywhere = (): boolean => true;
const notAt =
  (...busy: string[]) =>
  (destination: string): boolean =>
    !busy.includes(destination);

describe('SliceQueue', () => {
  it('gives slices in the order in which they came', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);
    queue.addFirst([sliceOf(row(3, 'c'))]);

    const taken = [queue.take(everywhere), queue.take(everywhere), queue.take(everywhere), queue.take(everywhere)];

    expect(taken.map((slice) => slice?.rows[0]?.id)).toEqual([3, 1, 2, undefined]);
  });

  it('cuts a slice and keeps the rows of a busy destination', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'busy'), row(2, 'free'), decidedRow(3), row(4, 'busy'))]);

    const taken = queue.take(notAt('busy'));
    const left = queue.take(everywhere);

    expect([idsOf(taken!.rows), Object.keys(taken!.routes)]).toEqual([[2, 3], ['free.example']]);
    expect([idsOf(left!.rows), Object.keys(left!.routes), queue.rows]).toEqual([[1, 4], ['busy.example'], 0]);
  });

  it('gives a freed place to whoever waited longest', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a'), row(2, 'b')), sliceOf(row(3, 'a')), sliceOf(row(4, 'b'))]);

    const whileNothingIsFree = queue.take(notAt('a', 'b'));
    const whenAIsFree = queue.take(notAt('b'));

    expect([whileNothingIsFree, idsOf(whenAIsFree!.rows), queue.rows]).toEqual([undefined, [1], 3]);
  });

  it('counts slices that may start at least in part, up to the limit', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a'), row(2, 'b')), sliceOf(row(3, 'a')), sliceOf(row(4, 'b')), sliceOf(row(5, 'c'))]);

    expect([queue.countStartable(notAt('a'), 10), queue.countStartable(notAt('a'), 2)]).toEqual([3, 2]);
  });

  it('notes what is learned of its domains', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(row(1, 'a')), sliceOf(row(2, 'b'))]);

    queue.learn({ 'b.example': 'yes', 'elsewhere.example': 'no' });

    expect(queue.takeAll().map(({ catchAll }) => catchAll)).toEqual([{}, { 'b.example': 'yes' }]);
  });

  it('gives up everything at once', () => {
    const queue = new SliceQueue();
    queue.add([sliceOf(...rows(1, 3, 'a'))]);

    expect([queue.takeAll().length, queue.rows, queue.takeAll()]).toEqual([1, 0, []]);
  });
});
