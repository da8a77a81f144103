// Some addresses of a user's pending rows, for whoever wants to know what a list is like without reading it. Bounded:
// the first of each list along svc_pending.

import type { Driver } from './driver.ts';
import { PENDING_INDEX } from './schema-names.ts';

const MAX_LISTS = 20;

/** Gives at most `limit` addresses, as many of each list; rows without a user count as their list's owner's. */
export async function sampleAddresses(
  driver: Driver,
  userId: number,
  listIds: readonly number[],
  limit: number,
): Promise<readonly string[]> {
  const lists = listIds.slice(0, MAX_LISTS);
  const each = Math.ceil(limit / Math.max(lists.length, 1));
  const sample: string[] = [];
  for (const listId of lists) {
    const ofList = await ofQueue(driver, 'user_id = ?', [userId, listId], each);
    const left = each - ofList.length;
    sample.push(...ofList, ...(left > 0 ? await ofQueue(driver, 'user_id IS NULL', [listId], left) : []));
  }
  return sample.slice(0, limit);
}

async function ofQueue(
  driver: Driver,
  whose: string,
  values: readonly number[],
  limit: number,
): Promise<readonly string[]> {
  const { dialect } = driver;
  const rows = await driver.query<{ email: string }>(
    `SELECT ${dialect.wholeText('raw_emailid')} AS email FROM emails${dialect.useIndex(PENDING_INDEX)}
     WHERE domain_processed = 0 AND ${whose} AND csv_list_id = ? ORDER BY id LIMIT ${limit}`,
    values,
  );
  return rows.map(({ email }) => email);
}
