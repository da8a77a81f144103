// Finding and claiming work where millions of rows are pending: who has due rows, first in first out, and the first
// claims of some of them.

import { randomBytes } from 'node:crypto';
import { PENDING_COUNT_CAP } from '../../../src/store/store.ts';
import { costOf } from './cost.ts';
import type { Site } from './ground.ts';
import { printTable } from './print-table.ts';

const CLAIMANT = { server: 'size', cycleId: '20260101T000000-size' };
const CLAIMERS = 20;
const ROWS_PER_CLAIM = 200;
/** What a statement reads beside the rows it counts: the ends of ranges, derived tables read once more. */
const READS_PER_COUNTED_ROW = 3;

/** Measures and prints; gives a sentence for what reads more than it may. */
export async function measurePendingRows({ rows, connection, openStore }: Site): Promise<readonly string[]> {
  await using store = await openStore();
  let users: readonly number[] = [];
  const steps = [
    { what: 'sweep', act: () => store.sweep() },
    { what: 'reconcileLists', act: () => store.reconcileLists() },
    {
      what: 'survey of all users',
      act: async () => (users = (await store.survey()).demands.map(({ userId }) => userId)),
    },
    { what: 'survey again', act: () => store.survey() },
    {
      what: `${CLAIMERS} users' first claims of ${ROWS_PER_CLAIM}`,
      act: async () => {
        for (const userId of users.slice(1, 1 + CLAIMERS))
          await store.claimRows(userId, ROWS_PER_CLAIM, randomBytes(16).toString('hex'), CLAIMANT);
      },
    },
  ];
  const lines = [];
  for (const { what, act } of steps) {
    const { wallMs, serverCpuMs, statements, reads } = await costOf(connection, act);
    lines.push({
      what,
      'wall ms': Math.round(wallMs),
      'server CPU ms': serverCpuMs,
      statements,
      'rows read': reads,
    });
  }
  printTable(
    `${rows.toLocaleString('en')} pending rows of ${users.length.toLocaleString('en')} users`,
    lines,
  );
  const most = users.length * PENDING_COUNT_CAP * READS_PER_COUNTED_ROW;
  return lines.flatMap((line) =>
    line['rows read'] > most
      ? [`${line.what} read ${line['rows read']} rows; at most ${most} are its business`]
      : [],
  );
}
