// What it costs to write results and keep the counts of a list, by the list's length: the same rows' worth of results
// for the list of all the rows and for lists of a thousand, by turns.

import { randomBytes } from 'node:crypto';
import type { Store } from '../../../src/store/store.ts';
import { resultOf } from '../../store/bench.ts';
import { costOf } from './cost.ts';
import type { Site } from './ground.ts';
import { printTable } from './print-table.ts';

const CLAIMANT = { server: 'size', cycleId: '20260101T000001-size' };
const LONG = 1; // the user of the list of all the rows
const FIRST_SHORT = 22; // behind those that pending-rows.ts claims of
const BATCHES = 40;
const ROWS_PER_BATCH = 200;
const MOST_TIMES = 1.5;

/** Measures and prints; gives a sentence where results cost more for the longer list. */
export async function measureRecording({ rows, connection, openStore }: Site): Promise<readonly string[]> {
  await using store = await openStore();
  const first = await costOf(connection, () => claim(store, LONG));
  console.log(
    `\nThe first claim of a list of ${(rows - (rows % 1_000)).toLocaleString('en')} rows counts it once: ` +
      `${(first.serverCpuMs / 1000).toFixed(1)} s of the server's CPU`,
  );
  const spent = { long: 0, short: 0 };
  const read = { long: 0, short: 0 };
  for (let batch = 0; batch < BATCHES; batch++) {
    const short = FIRST_SHORT + Math.floor((batch * ROWS_PER_BATCH) / 1_000);
    for (const [kind, userId] of [
      ['long', LONG],
      ['short', short],
    ] as const) {
      const claimed = await claim(store, userId);
      const results = claimed.map((row) => resultOf(row, { stage: 'rcpt', text: '2.1.5 Ok' }));
      const { serverCpuMs, reads } = await costOf(connection, () => store.recordResults(results));
      spent[kind] += serverCpuMs;
      read[kind] += reads;
    }
  }
  const total = BATCHES * ROWS_PER_BATCH;
  printTable(
    `Results written with evidence and counts, ${total.toLocaleString('en')} of each in batches of ${ROWS_PER_BATCH}`,
    (['short', 'long'] as const).map((kind) => ({
      list: kind === 'long' ? 'of all rows' : 'of 1,000 rows',
      'server CPU us a row': (spent[kind] * 1000) / total,
      'rows read a row': read[kind] / total,
    })),
  );
  await connection.query('ANALYZE TABLE svc_verdict');
  const [size] = await connection.query(
    `SELECT (DATA_LENGTH + INDEX_LENGTH) / TABLE_ROWS AS bytes FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'svc_verdict'`,
  );
  const [{ bytes }] = size as unknown as readonly [{ readonly bytes: number }];
  console.log(`Evidence without a transcript: ${Math.round(bytes)} bytes a row`);
  const ratio = read.long / read.short;
  console.log(
    `Times as much for the longer: CPU ${(spent.long / spent.short).toFixed(2)}, rows read ${ratio.toFixed(2)}`,
  );
  return ratio > MOST_TIMES ? [`a result reads ${ratio.toFixed(2)} times as much in the longer list`] : [];
}

function claim(store: Store, userId: number) {
  return store.claimRows(userId, ROWS_PER_BATCH, randomBytes(16).toString('hex'), CLAIMANT);
}
