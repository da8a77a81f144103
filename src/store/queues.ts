// Queues: the pairs of user and list under which pending rows stand in `emails`, and how far each was touched.
// Everything here reads along the index svc_pending; a queue costs the same whether it holds ten rows or ten million.

import { type Driver, type Session, type SqlValue, pieces, placeholders } from './driver.ts';
import { PENDING_INDEX } from './schema.ts';

/** The database as a store sees it: with `workerId`, only rows whose `emails.worker_id` is this exist for it. */
export interface Database {
  readonly driver: Driver;
  readonly workerId: number | undefined;
  /** How long its claims hold without renewal. */
  readonly claimSeconds: number;
  /** Where the counting of a queue's due rows stops. */
  readonly pendingCountCap: number;
}

export interface Queue {
  /** Whose rows these are: the row's user, else the list's; undefined when neither names one. */
  readonly ownerId: number | undefined;
  /** `user_id` and `csv_list_id` as they stand in `emails`. */
  readonly userId: number | null;
  readonly listId: number | null;
  /** Lowest and highest pending row, of all partitions. */
  readonly minId: number;
  readonly maxId: number;
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

/** The partition's key in `svc_queue`: servers with different ones never share a frontier. */
export function partitionKey({ workerId }: Database): number {
  return workerId ?? NONE;
}

/**
 * The queues that hold pending rows, the one with the oldest row first; with `ownerId` only those of that user.
 * `isIndexed: false` is for a database that was not migrated: it must not name an index that is not there.
 */
export async function pendingQueues(
  { driver }: Database,
  { ownerId, isIndexed = true }: { readonly ownerId?: number | undefined; readonly isIndexed?: boolean } = {},
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

/** A condition with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The pending rows of a queue, and of this partition, as a range of svc_pending. */
export function isPendingIn({ workerId }: Database, { userId, listId }: Queue): Condition {
  const parts: (readonly [string, number | null | undefined])[] = [
    ['user_id', userId],
    ['csv_list_id', listId],
  ];
  // A NULL is asked for by IS NULL: the oldest versions take `<=>` for no range.
  const conditions = parts.map(([column, value]) => (value === null ? `${column} IS NULL` : `${column} = ?`));
  const values = parts.flatMap(([, value]) => value ?? []);
  return {
    sql: ['domain_processed = 0', ...conditions, ...(workerId === undefined ? [] : ['worker_id = ?'])].join(
      ' AND ',
    ),
    values: workerId === undefined ? values : [...values, workerId],
  };
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
