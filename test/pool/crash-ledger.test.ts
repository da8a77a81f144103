import { describe, expect, it } from 'vitest';
import { CrashLedger } from '../../src/pool/crash-ledger.ts';
import { resultFor } from './recorder.ts';
import { idsOf, row, rows, sliceOf } from './rows.ts';

const ledger = () => new CrashLedger([300, 900], () => 0);
const rowsOf = (slices: readonly { readonly rows: readonly { readonly id: number }[] }[]) =>
  idsOf(slices.flatMap((slice) => slice.rows));

describe('CrashLedger', () => {
  it('gives rows out again after a first crash, in eight parts that keep their routes', () => {
    const { again, given } = ledger().judge([sliceOf(...rows(1, 40, 'a'), ...rows(41, 43, 'b'))]);

    expect([again.length, rowsOf(again), given]).toEqual([8, idsOf(rows(1, 43, 'a')), []]);
    expect(
      again.every(({ rows: part, routes }) =>
        part.every(({ target }) => target.type === 'mailbox' && routes[target.address.domain]),
      ),
    ).toBe(true);
  });

  it('gives none out a third time: the attempt counts, and the schedule decides', () => {
    const crashes = ledger();
    const tried = { ...row(1, 'a'), attempts: 1 };
    const exhausted = { ...row(2, 'a'), attempts: 2 };
    crashes.judge([sliceOf(tried, exhausted)]);

    const { again, given } = crashes.judge([sliceOf(tried, exhausted, row(3, 'a'))]);

    expect(rowsOf(again)).toEqual([3]);
    expect(given).toMatchObject([
      {
        id: 1,
        status: 'deferred',
        reason: 'worker-crashed',
        attempt: 2,
        retryInSeconds: 900,
        answered: false,
      },
      { id: 2, status: 'unknown', reason: 'worker-crashed', attempt: 3, retryInSeconds: undefined },
    ]);
  });

  it('forgets a row that has a result since', () => {
    const crashes = ledger();
    const slice = sliceOf(row(1, 'a'));
    crashes.judge([slice]);
    const isSuspectBefore = crashes.suspects(slice);

    crashes.forget([resultFor(row(1, 'a'))]);

    expect([isSuspectBefore, crashes.suspects(slice)]).toEqual([true, false]);
    expect(rowsOf(crashes.judge([slice]).again)).toEqual([1]);
  });
});
