// Gathers what there is to see of the work as a whole. Only reads, along indexes, and as much whether tables hold
// thousands of rows or tens of millions: what would have to be counted row by row stops at a bound, and says so. The
// database's clock is the only one.

import type { Figures, LooseRows } from '../domain/figures.ts';
import { groupBy } from '../domain/group-by.ts';
import { type Driver, pieces } from './driver.ts';
import { loadClosed } from './destinations.ts';
import { readLists } from './lists.ts';
import { readPace, readServers } from './pace.ts';
import { readPauses } from './pauses.ts';
import { type Queue, isInQueue } from './queue-rows.ts';
import { type Database, pendingQueues, shareOfCap } from './queues.ts';
import { PENDING_INDEX } from './schema-names.ts';
import { loadWaits } from './turns.ts';
import { type Touched, readTouched, readWaiting } from './waiting.ts';

const HOUR = 3_600;
const MINUTE = 60;
const COUNTS_PER_STATEMENT = 20;
/** Users whose rows are asked why they wait, those with the most first. */
const MAX_USERS_ASKED = 20;
/** Destinations that are left alone: more than anybody reads. */
const MAX_CLOSED = 200;

export async function readFigures(partition: Database): Promise<Figures> {
  // Whoever looks on wants to see all rows, also where this server takes only those of its partition.
  const db: Database = { ...partition, workerId: undefined };
  const { driver } = db;
  const readAt = await readClock(driver);
  const queues = await pendingQueues(db);
  const servers = await readServers(driver);
  const { lists, hasMore } = await readLists(driver, queues);
  const listIds = new Set<number | null | undefined>(lists.map(({ listId }) => listId));
  const owners = [...queues.map(({ ownerId }) => ownerId), ...lists.map(({ userId }) => userId)];
  const userIds = [...new Set(owners.flatMap((ownerId) => ownerId ?? []))];
  const touched = await readTouched(
    db,
    userIds,
    servers.map(({ server }) => server),
  );
  const touchedOf = groupBy(touched, ({ listId }) => listId);
  return {
    readAt,
    servers,
    pace: await readPace(driver, { since: readAt - HOUR, partSeconds: MINUTE }),
    lists: lists.map((list) => ({ ...list, ...together(touchedOf.get(list.listId) ?? []) })),
    hasMoreLists: hasMore,
    loose: await readLoose(
      db,
      queues.filter(({ ownerId, listId }) => ownerId !== undefined && !listIds.has(listId)),
      touched.filter(({ listId }) => !listIds.has(listId)),
    ),
    ownerless: await countOwnerless(db, queues),
    waitedSeconds: await loadWaits(partition, userIds),
    waiting: await readWaiting(driver, usersWithMost(touched)),
    closed: await loadClosed(driver, MAX_CLOSED),
    pauses: await readPauses(driver),
    importing: await readImporting(driver),
  };
}

async function readClock(driver: Driver): Promise<number> {
  const [row] = await driver.query<{ read_at: number }>(`SELECT ${driver.dialect.now} AS read_at`);
  return row!.read_at;
}

async function readImporting(driver: Driver): Promise<readonly number[]> {
  const rows = await driver.query<{ list_id: number }>('SELECT list_id FROM svc_import ORDER BY begun_at');
  return rows.map(({ list_id }) => list_id);
}

/** What waits of rows that several users have in one list, or one user in several that are gone. */
export function together(parts: readonly Touched[]): Pick<Touched, 'held' | 'putOff'> {
  const due = parts.flatMap(({ putOff }) => [putOff.firstDue ?? [], putOff.lastDue ?? []].flat());
  return {
    held: parts.flatMap(({ held }) => held),
    putOff: {
      rows: parts.reduce((sum, { putOff }) => sum + putOff.rows, 0),
      isCapped: parts.some(({ putOff }) => putOff.isCapped),
      firstDue: due.length === 0 ? undefined : Math.min(...due),
      lastDue: due.length === 0 ? undefined : Math.max(...due),
    },
  };
}

async function readLoose(
  db: Database,
  queues: readonly Queue[],
  touched: readonly Touched[],
): Promise<readonly LooseRows[]> {
  const cap = shareOfCap(db, queues.length);
  const counts = await countPending(db, queues, cap);
  const userIds = [...new Set(queues.flatMap(({ ownerId }) => ownerId ?? []))];
  return userIds.map((userId) => {
    const own = queues.flatMap((queue, place) => (queue.ownerId === userId ? [counts[place]!] : []));
    return {
      userId,
      pending: own.reduce((sum, rows) => sum + rows, 0),
      exactness: own.some((rows) => rows >= cap) ? 'more' : 'exact',
      ...together(touched.filter((part) => part.userId === userId)),
    };
  });
}

async function countOwnerless(db: Database, queues: readonly Queue[]): Promise<Figures['ownerless']> {
  const ownerless = queues.filter(({ ownerId }) => ownerId === undefined);
  const cap = shareOfCap(db, ownerless.length);
  const counts = await countPending(db, ownerless, cap);
  return {
    rows: counts.reduce((sum, rows) => sum + rows, 0),
    isCapped: counts.some((rows) => rows >= cap),
  };
}

/** How many rows of each queue are pending, up to the cap. */
async function countPending(db: Database, queues: readonly Queue[], cap: number): Promise<readonly number[]> {
  const index = db.driver.dialect.useIndex(PENDING_INDEX);
  const counts: number[] = [];
  for (const some of pieces(queues, COUNTS_PER_STATEMENT)) {
    const conditions = some.map((queue) => isInQueue(queue, 0, db.workerId));
    const rows = await db.driver.query<{ place: number; row_count: number }>(
      conditions
        .map(
          ({ sql }, place) =>
            `SELECT ${place} AS place, COUNT(*) AS row_count FROM
               (SELECT id FROM emails${index} WHERE ${sql} LIMIT ${cap}) p${place}`,
        )
        .join(' UNION ALL '),
      conditions.flatMap(({ values }) => values),
    );
    const byPlace = new Map(rows.map(({ place, row_count }) => [place, row_count]));
    counts.push(...some.map((_, place) => byPlace.get(place) ?? 0));
  }
  return counts;
}

function usersWithMost(touched: readonly Touched[]): readonly number[] {
  const rows = new Map<number, number>();
  for (const { userId, putOff } of touched)
    if (putOff.rows > 0) rows.set(userId, (rows.get(userId) ?? 0) + putOff.rows);
  return [...rows]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MAX_USERS_ASKED)
    .map(([userId]) => userId);
}
