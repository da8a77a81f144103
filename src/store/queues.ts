// Queues: the pairs of user and list under which pending rows stand in `emails`, and how far each was touched.
// Everything here reads along the index svc_pending; a queue costs the same whether it holds ten rows or ten million.

import { type Driver, type Session, pieces, placeholders } from './driver.ts';
import type { Queue } from './queue-rows.ts';
import { PENDING_INDEX } from './schema-names.ts';
import { wholeQueues } from './whole-queues.ts';

/** The database as a store sees it: with `workerId`, only rows whose `emails.worker_id` is this exist for it. */
export interface Database {
  readonly driver: Driver;
  readonly workerId: number | undefined;
  /** How long its claims hold without renewal. */
  readonly claimSeconds: number;
  /** Where the counting of a queue's due rows stops. */
  readonly pendingCountCap: number;
  /** Completed lists are noted for WEBHOOK_URL. */
  readonly announcesLists?: boolean | undefined;
  /** Set where only svc_* tables may be written: verdicts are kept, and the CRM's rows stay as they are. */
  readonly shadow?: ShadowScope | undefined;
}

/** Which rows a shadow run takes, beside those that are pending. */
export interface ShadowScope {
  /** All rows of lists that were made since, whoever decided them: seconds since 1970. Undefined for none. */
  readonly since: number | undefined;
}

/** How far a queue was touched. */
export interface Progress {
  /** Every pending row up to this id has an `svc_row`, apart from those that the sweep finds. */
  readonly frontier: number;
  /** Up to where the sweep of the rows below the frontier has come. */
  readonly sweptTo: number;
}

/** What stands for NULL in the keys of `svc_queue` and `svc_row`, and for "all rows" as a partition. */
export const NONE = -1;

/** The partition of a shadow run over all rows; below it lie those over a `worker_id`. */
const SHADOW = -2;

/**
 * Below every id there can be. The CRM's ids are signed: a row that was put in by hand may have a negative one, and it
 * is as pending as any other.
 */
export const BEFORE_ALL_ROWS = Number.MIN_SAFE_INTEGER;

/** So many are counted in any case, however many share a bound. */
const LEAST_COUNT = 1_000;

/** Up to where a queue was touched; one that nobody touched yet, up to its first pending row. */
export function reachedIn({ minId }: Queue, frontier: number | undefined): number {
  return frontier ?? minId - 1;
}

/** The partition's key in `svc_queue`: servers with different ones never share a frontier, nor does a shadow run with a real one. */
export function partitionKey({ workerId, shadow }: Database): number {
  return shadow === undefined ? (workerId ?? NONE) : SHADOW - 1 - (workerId ?? NONE);
}

interface QueueSearch {
  readonly ownerId?: number | undefined;
  readonly isIndexed?: boolean;
}

/**
 * The queues that hold rows to take, the one with the oldest row first; with `ownerId` only those of that user.
 * `isIndexed: false` is for a database that was not migrated: it must not name an index that is not there.
 */
export async function findQueues(db: Database, search: QueueSearch = {}): Promise<readonly Queue[]> {
  const pending = await pendingQueues(db, search);
  const since = db.shadow?.since;
  if (since === undefined) return pending;
  const whole = new Map(pending.map((queue) => [queueKey(queue), queue]));
  for (const queue of await wholeQueues(db.driver, since, search.ownerId)) {
    const { minId, maxId } = whole.get(queueKey(queue)) ?? queue;
    whole.set(queueKey(queue), {
      ...queue,
      minId: Math.min(minId, queue.minId),
      maxId: Math.max(maxId, queue.maxId),
    });
  }
  return [...whole.values()].toSorted((a, b) => a.minId - b.minId);
}

/** The same, of pending rows alone. */
export async function pendingQueues(
  { driver }: Database,
  { ownerId, isIndexed = true }: QueueSearch = {},
): Promise<readonly Queue[]> {
  const rows = await driver.query<{
    user_id: number | null;
    list_id: number | null;
    min_id: number;
    max_id: number;
  }>(
    driver.dialect.findQueues(isIndexed ? PENDING_INDEX : undefined, ownerId !== undefined),
    ownerId === undefined ? [] : [ownerId],
  );
  const orphaned = rows.filter((row) => row.user_id === null && row.list_id !== null);
  const owners = await listOwners(
    driver,
    orphaned.map((row) => row.list_id!),
  );
  return rows
    .map((row) => ({
      ownerId: row.user_id ?? (row.list_id === null ? undefined : owners.get(row.list_id)),
      userId: row.user_id,
      listId: row.list_id,
      minId: row.min_id,
      maxId: row.max_id,
      isWhole: false,
    }))
    .filter((queue) => ownerId === undefined || queue.ownerId === ownerId)
    .toSorted((a, b) => a.minId - b.minId);
}

/** How far these queues were touched; one that is not known yet is absent. The key is queueKey's. */
export async function readProgress(
  db: Database,
  queues: readonly Queue[],
): Promise<ReadonlyMap<string, Progress>> {
  const progress = new Map<string, Progress>();
  const userIds = [...new Set(queues.map(({ userId }) => userId ?? NONE))];
  for (const some of pieces(userIds)) {
    const rows = await db.driver.query<{
      user_id: number;
      list_id: number;
      frontier: number;
      swept_to: number;
    }>(
      `SELECT user_id, list_id, frontier, swept_to FROM svc_queue
       WHERE user_id IN (${placeholders(some.length)}) AND worker_id = ?`,
      [...some, partitionKey(db)],
    );
    for (const row of rows) {
      progress.set(`${row.user_id}/${row.list_id}`, { frontier: row.frontier, sweptTo: row.swept_to });
    }
  }
  return progress;
}

/** Moves the frontier if it still stands where we saw it; false when another server was faster. */
export async function moveFrontier(
  db: Database,
  queue: Queue,
  from: number | undefined,
  to: number,
): Promise<boolean> {
  const key = [queue.userId ?? NONE, queue.listId ?? NONE, partitionKey(db)];
  const moved =
    from === undefined
      ? await db.driver.execute(
          `${db.driver.dialect.insertIgnore} svc_queue (user_id, list_id, worker_id, frontier) VALUES (?, ?, ?, ?)`,
          [...key, to],
        )
      : await db.driver.execute(
          'UPDATE svc_queue SET frontier = ? WHERE user_id = ? AND list_id = ? AND worker_id = ? AND frontier = ?',
          [to, ...key, from],
        );
  return moved === 1;
}

/** Where the counting of each of so many stops that share a bound: together they cost what two would. */
export function shareOfCap({ pendingCountCap }: Database, sharers: number): number {
  const least = Math.min(pendingCountCap, LEAST_COUNT);
  return Math.max(least, Math.min(pendingCountCap, Math.ceil((2 * pendingCountCap) / Math.max(sharers, 1))));
}

export function queueKey({ userId, listId }: Queue): string {
  return `${userId ?? NONE}/${listId ?? NONE}`;
}

async function listOwners(
  session: Session,
  listIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const owners = new Map<number, number>();
  for (const some of pieces([...new Set(listIds)])) {
    const rows = await session.query<{ id: number; user_id: number }>(
      `SELECT id, user_id FROM csv_list WHERE id IN (${placeholders(some.length)}) AND user_id IS NOT NULL`,
      some,
    );
    for (const row of rows) owners.set(row.id, row.user_id);
  }
  return owners;
}
