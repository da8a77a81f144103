import { describe, expect, it } from 'vitest';
import { ListKeeper } from '../../src/cycle/list-keeper.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';
import type { ReconciledList, Store } from '../../src/store/store.ts';
import { waitFor } from '../support/wait-for.ts';

const completed: ReconciledList = {
  listId: 7,
  userId: 5,
  status: 'completed',
  valid: 2,
  invalid: 1,
  total: 3,
  justCompleted: true,
};

function keeperOver(rounds: (() => Promise<readonly ReconciledList[]>)[]) {
  const told: string[] = [];
  let calls = 0;
  let announced = 0;
  const keeper = new ListKeeper({
    store: { reconcileLists: () => (rounds[calls++] ?? (async () => []))() } as unknown as Store,
    story: {
      failure: undefined,
      cron: (text) => void told.push(text),
      user: (userId, text) => void told.push(`${userId}: ${text}`),
    },
    announce: async () => void announced++,
    everyMs: 5,
  });
  return { keeper, told, calls: () => calls, announced: () => announced };
}

describe('ListKeeper', () => {
  it('tells of lists that are completed, and has them announced', async () => {
    const { keeper, told, announced } = keeperOver([
      async () => [completed, { ...completed, listId: 8, status: 'running', justCompleted: false }],
    ]);

    await keeper.reconcile();
    await keeper.announced();

    expect(told).toEqual([
      'List 7 completed: 3 emails, valid 2, invalid 1',
      '5: [User 5] List 7 completed: 3 emails, valid 2, invalid 1',
    ]);
    expect(keeper.completed).toEqual([7]);
    expect(announced()).toBe(1);
  });

  it('looks again and again while there is work, and not afterwards', async () => {
    const { keeper, calls, told } = keeperOver([async () => [], async () => [], async () => [completed]]);

    keeper.begin();
    await waitFor(() => told.length > 0, 'the list is told of');
    await keeper.rest();
    const after = calls();
    await new Promise((resolve) => setTimeout(resolve, 30));

    expect(calls()).toBe(after);
    expect(keeper.completed).toEqual([7]);
  });

  it('leaves a database that is away to the work', async () => {
    const { keeper, calls } = keeperOver([
      () => Promise.reject(new OperationalError('DATABASE_UNREACHABLE', 'away')),
    ]);

    keeper.begin();
    await waitFor(() => calls() > 1, 'it looks again');

    await expect(keeper.rest()).resolves.toBeUndefined();
  });

  it('ends with a bug that it met', async () => {
    const { keeper, calls } = keeperOver([() => Promise.reject(new Error('a bug'))]);

    keeper.begin();
    await waitFor(() => calls() > 0, 'it looks');

    await expect(keeper.rest()).rejects.toThrow('a bug');
  });
});
