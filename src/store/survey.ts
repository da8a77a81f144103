// Who has rows that may be taken now: fresh ones beyond the frontier of their queue, and touched ones that are
// due. Only reads, and reads along indexes; works on the CRM's own tables before anything of ours exists.

import { groupBy } from '../domain/group-by.ts';
import { type Held, NOTHING_HELD } from '../domain/pause.ts';
import { pieces } from './driver.ts';
import { andNotHeld, readHeld } from './pauses.ts';
import { type Queue, rowsOf } from './queue-rows.ts';
import { type Database, type Progress, findQueues, queueKey, reachedIn, readProgress } from './queues.ts';
import type { Demand, Survey, SurveyOptions } from './store.ts';
import { loadWaits } from './turns.ts';

/** What of the schema there is: none of it before the first `migrate`. */
export interface SurveyGround {
  readonly hasServiceTables: boolean;
  readonly hasPendingIndex: boolean;
}

/** Rows of one owner and list that may be taken now. */
interface Due {
  readonly ownerId: number | undefined;
  readonly listId: number | null;
  readonly rows: number;
  readonly firstId: number;
}

// Each is a derived table of its own; fewer a statement keep old servers' table caches out of trouble.
const COUNTS_PER_STATEMENT = 20;

/** Users with due rows, by the oldest row that is pending for them; counts stop at `pendingCountCap` a queue. */
export async function survey(
  db: Database,
  ground: SurveyGround,
  { userId, counted }: SurveyOptions,
): Promise<Survey> {
  const held = ground.hasServiceTables ? await readHeld(db.driver) : NOTHING_HELD;
  const found = await findQueues(db, { ownerId: userId, isIndexed: ground.hasPendingIndex });
  const queues = found.filter(({ listId }) => listId === null || !held.lists.has(listId));
  const owned = queues.filter(({ ownerId }) => ownerId !== undefined && !held.users.has(ownerId));
  const progress = ground.hasServiceTables ? await readProgress(db, owned) : new Map<string, Progress>();

  // What a shadow run put off of a queue that no real run has touched is counted with all that is fresh there.
  const touched = new Set(owned.filter((queue) => progress.has(queueKey(queue))).map(ownerAndList));
  const all = new Set(owned.map(ownerAndList));
  const isUntouched = (part: Pick<Due, 'ownerId' | 'listId'>): boolean =>
    all.has(ownerAndList(part)) && !touched.has(ownerAndList(part));

  const count = async (some: readonly Queue[], cap = db.pendingCountCap): Promise<readonly Due[]> => {
    const fresh = await countFresh(db, ground, some, progress, cap);
    const owners = [...new Set(some.flatMap(({ ownerId }) => ownerId ?? []))];
    const due = ground.hasServiceTables ? await countDue(db, held, owners, cap) : [];
    return [...fresh, ...due.filter((part) => !isUntouched(part))].filter(({ rows }) => rows > 0);
  };
  const ownerless = await countFresh(
    db,
    ground,
    queues.filter((queue) => queue.ownerId === undefined),
    new Map(),
    db.pendingCountCap,
  );
  const demandsIn = async (due: readonly Due[], isCounted?: (ownerId: number) => boolean) => {
    const owners = [...new Set(due.flatMap(({ ownerId }) => ownerId ?? []))];
    const waits = ground.hasServiceTables ? await loadWaits(db, owners) : new Map<number, number>();
    return demandsOf(db, owned, due, waits, isCounted);
  };
  return {
    demands:
      counted === undefined
        ? await demandsIn(await count(owned))
        : await countSome(owned, count, demandsIn, counted),
    ownerless: ownerless.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function ownerAndList({ ownerId, listId }: Pick<Due, 'ownerId' | 'listId'>): string {
  return `${ownerId}/${listId}`;
}

// Whoever waits for a place may have millions of rows, and so may a thousand others: of them one row is looked for.
async function countSome(
  owned: readonly Queue[],
  count: (queues: readonly Queue[], cap?: number) => Promise<readonly Due[]>,
  demandsIn: (due: readonly Due[], isCounted: (ownerId: number) => boolean) => Promise<readonly Demand[]>,
  counted: NonNullable<SurveyOptions['counted']>,
): Promise<readonly Demand[]> {
  const found = await count(owned, 1);
  const wanted = new Set<number | undefined>(counted(await demandsIn(found, () => false)));
  const inFull = await count(owned.filter(({ ownerId }) => wanted.has(ownerId)));
  const others = found.filter(({ ownerId }) => !wanted.has(ownerId));
  return demandsIn([...inFull, ...others], (ownerId) => wanted.has(ownerId));
}

function demandsOf(
  db: Database,
  queues: readonly Queue[],
  due: readonly Due[],
  waits: ReadonlyMap<number, number>,
  isCounted: (ownerId: number) => boolean = () => true,
): readonly Demand[] {
  // Rows that wait for a retry count for the turn as well. In a partition a queue's oldest row may be foreign.
  const oldest = new Map<number, number>();
  if (db.workerId === undefined) {
    for (const { ownerId, minId } of queues.toReversed())
      if (ownerId !== undefined) oldest.set(ownerId, minId);
  }
  const owned = due.filter(({ ownerId }) => ownerId !== undefined);
  return [...groupBy(owned, ({ ownerId }) => ownerId!)]
    .map(([userId, parts]) => {
      const inOrder = parts.toSorted((a, b) => a.firstId - b.firstId);
      return {
        userId,
        pending: parts.reduce((sum, { rows }) => sum + rows, 0),
        isCapped: !isCounted(userId) || parts.some(({ rows }) => rows >= db.pendingCountCap),
        oldestRowId: Math.min(inOrder[0]?.firstId ?? Infinity, oldest.get(userId) ?? Infinity),
        waitedSeconds: waits.get(userId),
        listIds: [...new Set(inOrder.flatMap(({ listId }) => listId ?? []))],
      };
    })
    .toSorted((a, b) => a.oldestRowId - b.oldestRowId);
}

async function countFresh(
  db: Database,
  ground: SurveyGround,
  queues: readonly Queue[],
  progress: ReadonlyMap<string, Progress>,
  cap: number,
): Promise<readonly Due[]> {
  const frontierOf = (queue: Queue) => reachedIn(queue, progress.get(queueKey(queue))?.frontier);
  const found: Due[] = [];
  for (const some of pieces(
    queues.filter((queue) => queue.maxId > frontierOf(queue)),
    COUNTS_PER_STATEMENT,
  )) {
    const counts = some.map((queue, place) => {
      const isIndexed = ground.hasPendingIndex;
      const { sql, values } = rowsOf(db, queue, {
        columns: 'id',
        after: frontierOf(queue),
        limit: cap,
        isIndexed,
      });
      return {
        sql: `SELECT ${place} AS place, COUNT(*) AS due_rows, MIN(id) AS first_id FROM (${sql}) f${place}`,
        values,
      };
    });
    const rows = await db.driver.query<{ place: number; due_rows: number; first_id: number | null }>(
      counts.map(({ sql }) => sql).join(' UNION ALL '),
      counts.flatMap(({ values }) => values),
    );
    for (const { place, due_rows, first_id } of rows) {
      const queue = some[place]!;
      found.push({ ownerId: queue.ownerId, listId: queue.listId, rows: due_rows, firstId: first_id ?? 0 });
    }
  }
  return found;
}

async function countDue(
  { driver, workerId }: Database,
  held: Held,
  ownerIds: readonly number[],
  cap: number,
): Promise<readonly Due[]> {
  const partition = workerId === undefined ? '' : ' AND worker_id = ?';
  const free = andNotHeld(held);
  const found: Due[] = [];
  for (const some of pieces(ownerIds, COUNTS_PER_STATEMENT)) {
    const rows = await driver.query<{ place: number; list_id: number; due_rows: number; first_id: number }>(
      some
        .map(
          (_, place) =>
            `SELECT ${place} AS place, list_id, COUNT(*) AS due_rows, MIN(row_id) AS first_id FROM` +
            ` (SELECT list_id, row_id FROM svc_row WHERE user_id = ? AND due_at <= ${driver.dialect.now}${partition}${free.sql}` +
            ` LIMIT ${cap}) d${place} GROUP BY list_id`,
        )
        .join(' UNION ALL '),
      some.flatMap((ownerId) => [ownerId, ...(workerId === undefined ? [] : [workerId]), ...free.values]),
    );
    for (const { place, list_id, due_rows, first_id } of rows) {
      found.push({
        ownerId: some[place]!,
        listId: list_id < 0 ? null : list_id,
        rows: due_rows,
        firstId: first_id,
      });
    }
  }
  return found;
}
