// How far a walk through a table that goes on in the next cycle has come, kept in svc_meta for all servers. A walk looks at a
// bounded piece each time, and begins again when it has come to the end.

import type { Driver } from './driver.ts';
import { BEFORE_ALL_ROWS } from './queues.ts';

/** The key behind which the walk goes on. */
export async function readBookmark(driver: Driver, name: string): Promise<number> {
  const [row] = await driver.query<{ value: string }>('SELECT value FROM svc_meta WHERE name = ?', [name]);
  return Number(row?.value ?? BEFORE_ALL_ROWS);
}

/** Where a walk goes on behind a piece of at most `limit` rows: at its last key, or, when the table ended in it, from the beginning. */
export function placeBehind(
  { seen, last_id }: { readonly seen: number; readonly last_id: number | null },
  limit: number,
): number {
  return seen < limit || last_id === null ? BEFORE_ALL_ROWS : last_id;
}

export async function moveBookmark(driver: Driver, name: string, from: number, to: number): Promise<void> {
  if (to === from) return;
  await driver.execute(`${driver.dialect.insertIgnore} svc_meta (name, value) VALUES (?, ?)`, [
    name,
    String(from),
  ]);
  await driver.execute('UPDATE svc_meta SET value = ? WHERE name = ?', [String(to), name]);
}
