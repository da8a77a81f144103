// A few decided rows of a list that show how it was decided: of each reason among the newest, one. Looks along the index of the
// list's rows, at so many that each reason that matters should be among them.

import type { KeptRow } from '../domain/kept-row.ts';
import type { Driver } from './driver.ts';
import { findRows } from './look-up.ts';

const LOOKED_AT = 300;
const PER_STATUS = 4;

/** Gives them by `domain_status`: not deliverable, unknown, deliverable. */
export async function readSamples(driver: Driver, listId: number): Promise<readonly KeptRow[]> {
  const samples: KeptRow[] = [];
  for (const status of [0, 2, 1]) {
    const newest = await driver.query<{ id: number; reason: string }>(
      `SELECT p.id, v.reason FROM
         (SELECT id FROM emails WHERE csv_list_id = ? AND domain_processed = 1 AND domain_status = ?
          ORDER BY id DESC LIMIT ${LOOKED_AT}) p
       JOIN svc_verdict v${driver.dialect.byPrimaryKey} ON v.row_id = p.id ORDER BY p.id DESC`,
      [listId, status],
    );
    const byReason = new Map(newest.toReversed().map(({ id, reason }) => [reason, id]));
    for (const id of [...byReason.values()].slice(0, PER_STATUS))
      samples.push(...(await findRows(driver, { id }, 1)));
  }
  return samples;
}
