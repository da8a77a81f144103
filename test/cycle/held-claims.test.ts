import { describe, expect, it } from 'vitest';
import { HeldClaims } from '../../src/cycle/held-claims.ts';
import type { ProbeRow } from '../../src/domain/row.ts';

function row(id: number, token: string): ProbeRow {
  return { id, token, listId: 1, email: '', attempts: 0, throttles: 0, target: {} } as unknown as ProbeRow;
}

describe('HeldClaims', () => {
  it('gives back what was returned, a call for each claim, and renews a claim no longer that is given back', async () => {
    const claims = new HeldClaims();
    const released: unknown[] = [];
    const store = {
      releaseRows: async (token: string, ids: readonly number[]) => void released.push([token, ids]),
    };
    claims.take('a', 2);
    claims.take('b', 2);

    claims.return([row(1, 'a'), row(3, 'b'), row(2, 'a')]);
    await claims.giveBack(store);
    await claims.giveBack(store);

    expect(released).toEqual([
      ['a', [1, 2]],
      ['b', [3]],
    ]);
    expect([claims.tokens, claims.returnedRows]).toEqual([['b'], 0]);
  });

  it('waits for what is being given back already', async () => {
    const claims = new HeldClaims();
    const order: string[] = [];
    const store = {
      releaseRows: async (token: string) => {
        await Promise.resolve();
        order.push(token);
      },
    };
    claims.return([row(1, 'a')]);
    void claims.giveBack(store);

    await claims.giveBack(store);

    expect(order).toEqual(['a']);
  });
});
