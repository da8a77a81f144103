import { describe, expect, it } from 'vitest';
import { Twins, type SharingPolicy } from '../../src/cycle/twins.ts';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import type { Result } from '../../src/domain/result.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { Twin } from '../../src/domain/twins.ts';
import type { TwinSearch } from '../../src/store/store.ts';
import { resultOf } from '../store/bench.ts';

const claimant = { server: 'alpha', cycleId: 'now' };
const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

function row(id: number, email = 'ann@example.com'): ProbeRow {
  const address = parseAddress(email) as Address;
  const target = { type: 'mailbox', address } as const;
  return { id, listId: 1, email, attempts: 0, throttles: 0, token: `t${id}`, target };
}

function setUp(sharing: Partial<SharingPolicy> = {}) {
  const known = new Map<number, readonly Twin[]>();
  const searches: TwinSearch[] = [];
  const takenUp: { readonly userId: number; readonly results: readonly Result[] }[] = [];
  const back: { readonly ids: readonly number[]; readonly dueInSeconds: number }[] = [];
  const database: { failure?: Error } = {};
  const twins = new Twins({
    store: {
      findTwins: async (search) => {
        searches.push(search);
        if (database.failure !== undefined) throw database.failure;
        return { twins: known, askedAt: new Map() };
      },
    },
    claimant,
    sharing: {
      isShared: true,
      reuse: { validSeconds: 60, invalidSeconds: 0 },
      retryDelaysSeconds: [300],
      ...sharing,
    },
    random: () => 0.5,
    takeUp: (userId, rows) => {
      const results = rows.map(({ target }) => (target.type === 'known' ? target.result : undefined));
      takenUp.push({ userId, results: results.filter((result) => result !== undefined) });
    },
    giveBack: (rows, dueInSeconds) => void back.push({ ids: idsOf(rows), dueInSeconds }),
  });
  return { twins, known, searches, takenUp, back, database };
}

describe('Twins', () => {
  it('lets one row of an address go on, whosever they are, and gives each its own result in the end', async () => {
    const { twins, takenUp, searches } = setUp();

    const first = await twins.admit(5, [row(1), row(2), row(3, 'ben@example.com')]);
    const later = await twins.admit(6, [row(4), row(5, 'Ann@example.com')]);
    expect([idsOf(first), idsOf(later), twins.waitingOf(5), twins.waitingOf(6)]).toEqual([[1, 3], [5], 1, 1]);

    twins.settle([resultOf({ id: 1, token: 't1' }, { status: 'invalid' })]);

    const taken = { status: 'invalid', takenFrom: { rowId: 1 } };
    expect(takenUp).toMatchObject([
      { userId: 5, results: [{ id: 2, token: 't2', ...taken }] },
      { userId: 6, results: [{ id: 4, token: 't4', ...taken }] },
    ]);
    expect([twins.waitingOf(5), twins.waitingOf(6)]).toEqual([0, 0]);
    expect(searches.map(({ rows }) => idsOf(rows))).toEqual([[1, 3], [5]]);
  });

  it('keeps users apart where it is told to, here and in the database', async () => {
    const { twins, searches } = setUp({ isShared: false });

    const goOn = [await twins.admit(5, [row(1), row(2)]), await twins.admit(6, [row(3)])];

    expect(goOn.map(idsOf)).toEqual([[1], [3]]);
    expect(searches.map(({ ownerId }) => ownerId)).toEqual([5, 6]);
  });

  it('asks nobody about what another row was told lately, and lets others follow the next time', async () => {
    const { twins, known } = setUp();
    known.set(1, [{ type: 'decided', answer: resultOf({ id: 99, token: '' }), obtainedAt: 7 }]);

    const [settled, ...others] = await twins.admit(5, [row(1)]);

    const takenFrom = { rowId: 99, at: 7 };
    expect(settled?.target).toMatchObject({ type: 'known', result: { id: 1, status: 'valid', takenFrom } });
    known.clear();
    expect([others, idsOf(await twins.admit(5, [row(2)]))]).toEqual([[], [2]]);
  });

  it('gives what was found to those that began to follow meanwhile', async () => {
    const { twins, known, takenUp } = setUp();
    known.set(1, [{ type: 'decided', answer: resultOf({ id: 99, token: '' }), obtainedAt: 7 }]);

    await Promise.all([twins.admit(5, [row(1)]), twins.admit(6, [row(2)])]);

    expect(takenUp).toMatchObject([{ userId: 6, results: [{ id: 2, takenFrom: { rowId: 99 } }] }]);
  });

  it('puts off what another server holds a row of, and what follows it', async () => {
    const { twins, known, back } = setUp();
    known.set(1, [{ type: 'held' }]);

    expect(idsOf(await twins.admit(5, [row(1), row(2), row(3, 'ben@example.com')]))).toEqual([3]);
    expect(back).toEqual([{ ids: [1, 2], dueInSeconds: 30 }]);
    expect(twins.waitingOf(5)).toBe(0);
  });

  it('withdraws followers with their lead, so that the next row of the address leads', async () => {
    const { twins } = setUp();
    const [lead] = await twins.admit(5, [row(1)]);
    await twins.admit(6, [row(2)]);

    expect(idsOf(twins.withdraw([lead!]))).toEqual([1, 2]);
    expect([twins.waitingOf(6), idsOf(await twins.admit(6, [row(2)]))]).toEqual([0, [2]]);
  });

  it('abandons the followers of one user, and leaves the others', async () => {
    const { twins, takenUp } = setUp();
    await twins.admit(5, [row(1)]);
    await twins.admit(6, [row(2)]);
    await twins.admit(7, [row(3)]);

    expect([idsOf(twins.abandon(6)), idsOf(twins.abandon(6))]).toEqual([[2], []]);
    twins.settle([resultOf({ id: 1, token: 't1' })]);

    expect(takenUp.map(({ userId }) => userId)).toEqual([7]);
  });

  it('passes on what is settled locally without a look', async () => {
    const { twins, searches } = setUp();
    const target = { type: 'decided', verdict: 'invalid', reason: 'syntax', response: '' } as const;

    const goOn = await twins.admit(5, [
      { ...row(1), target },
      { ...row(2), target },
    ]);

    expect([idsOf(goOn), searches]).toEqual([[1, 2], []]);
  });

  it('does not look where no verdict is ever good enough, but asks once all the same', async () => {
    const { twins, searches } = setUp({ reuse: { validSeconds: 0, invalidSeconds: 0 } });

    expect(idsOf(await twins.admit(5, [row(1), row(2)]))).toEqual([1]);
    expect(searches).toEqual([]);
  });

  it('gives all rows back when the database fails, and forgets them', async () => {
    const { twins, back, database } = setUp();
    database.failure = new Error('gone');

    await expect(twins.admit(5, [row(1), row(2)])).rejects.toThrow('gone');
    expect([back, twins.waitingOf(5)]).toEqual([[{ ids: [1, 2], dueInSeconds: 0 }], 0]);
  });

  it('holds nothing of addresses that were answered', async () => {
    const { twins } = setUp();
    const rows = Array.from({ length: 1000 }, (_, index) => row(index, `u${index}@example.com`));
    await twins.admit(5, rows);

    twins.settle(rows.map(({ id, token }) => resultOf({ id, token })));

    expect((await twins.admit(6, rows)).length).toBe(1000);
    expect(twins.waitingOf(6)).toBe(0);
  });
});
