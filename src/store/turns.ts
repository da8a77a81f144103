// The table svc_turn: since when each user waits for a turn, on the database's clock, for all servers and later cycles.
// Whose turn it is follows in domain/turns.ts.

import { type Driver, pieces, placeholders } from './driver.ts';
import { type Database, partitionKey } from './queues.ts';
import type { TurnNotes } from './store.ts';

/** Gives how many seconds each user waited so far; one that was never noted is absent. */
export async function loadWaits(
  db: Database,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const waits = new Map<number, number>();
  for (const some of pieces(userIds)) {
    // Subtracted here: the clock is unsigned, and a database whose clock was set back would refuse.
    const rows = await db.driver.query<{ user_id: number; since: number; now_seconds: number }>(
      `SELECT user_id, waits_since AS since, ${db.driver.dialect.now} AS now_seconds FROM svc_turn
       WHERE user_id IN (${placeholders(some.length)}) AND worker_id = ?`,
      [...some, partitionKey(db)],
    );
    for (const { user_id, since, now_seconds } of rows) waits.set(user_id, Math.max(now_seconds - since, 0));
  }
  return waits;
}

/** Notes who is worked for now: its wait begins anew. Who is new has waited for its head start, and longer from now on. */
export async function noteTurns(
  db: Database,
  { served, newcomers, headStartSeconds }: TurnNotes,
): Promise<void> {
  const { driver } = db;
  const { now, insertIgnore } = driver.dialect;
  await write(driver, 'REPLACE INTO', `${now}`, served, partitionKey(db), []);
  await write(driver, insertIgnore, `${now} - ?`, newcomers, partitionKey(db), [headStartSeconds]);
}

async function write(
  driver: Driver,
  insert: string,
  since: string,
  userIds: readonly number[],
  partition: number,
  values: readonly number[],
): Promise<void> {
  // In one order on every server, so that two that write the same users do not wait for each other in a circle.
  for (const some of pieces(userIds.toSorted((a, b) => a - b))) {
    await driver.execute(
      `${insert} svc_turn (user_id, worker_id, waits_since) VALUES ${some.map(() => `(?, ?, ${since})`).join(', ')}`,
      some.flatMap((userId) => [userId, partition, ...values]),
    );
  }
}
