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
const PLACES = 3; // MAX_CONCURRENT_USERS by default
/** What a user costs a survey beside the rows that are counted: the steps of the loose scan, a row that shows it has some. */
const READS_PER_USER = 20;
/** A row that is counted is read along the index, put into a derived table, and read there. */
const READS_PER_COUNTED_ROW = 3;

/** Measures and prints; gives a sentence for what reads more than it may. */
export async function measurePendingRows({ rows, connection, openStore }: Site): Promise<readonly string[]> {
  await using store = await openStore();
  let users: readonly number[] = [];
  const steps = [
    { what: 'sweep', act: () => store.sweep() },
    { what: 'reconcileLists', act: () => store.reconcileLists() },
    {
      what: 'survey as a cycle asks',
      act: async () => {
        const { demands } = await store.survey({ counted: (found) => found.slice(0, PLACES).map(idOf) });
        users = demands.map(idOf);
      },
    },
    { what: 'survey that counts all, as --dry-run', act: () => store.survey() },
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
  const survey = lines.find(({ what }) => what === 'survey as a cycle asks')!['rows read'];
  const most = users.length * READS_PER_USER + PLACES * PENDING_COUNT_CAP * READS_PER_COUNTED_ROW;
  return survey > most ? [`a survey reads ${survey} rows; at most ${most} are its business`] : [];
}

function idOf({ userId }: { readonly userId: number }): number {
  return userId;
}
