// Finds what the frontier passed. A row below it may be pending without an svc_row when a long import committed
// late, when the CRM set it back, or when a claim died between moving the frontier and writing down its rows.
// Each call looks at a bounded piece of every queue and goes on there the next time, round and round.

import { moveBookmark, placeBehind, readBookmark } from './bookmark.ts';
import { type SqlValue, pieces } from './driver.ts';
import { type Queue, rowsOf } from './queue-rows.ts';
import {
  BEFORE_ALL_ROWS,
  type Database,
  NONE,
  type Progress,
  findQueues,
  moveFrontier,
  partitionKey,
  queueKey,
  reachedIn,
  readProgress,
} from './queues.ts';

/** Index entries that one call looks at, in each queue and in svc_row. */
const SWEPT_PER_CALL = 10_000;

const PIECES_PER_STATEMENT = 20;

const BOOKMARK = 'rows_swept_to';

/** The part of a queue that this call looks at. */
interface Piece extends Progress {
  readonly queue: Queue;
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Makes lost rows due; returns how many. */
export async function sweep(db: Database): Promise<number> {
  await dropOrphans(db);
  const queues = (await findQueues(db)).filter(({ ownerId }) => ownerId !== undefined);
  await skipForeign(db, queues);
  const progress = await readProgress(db, queues);
  const parts = queues.flatMap((queue): Piece[] => {
    const reached = progress.get(queueKey(queue));
    return reached === undefined || queue.minId > reached.frontier ? [] : [pieceOf(db, queue, reached)];
  });

  let found = 0;
  for (const some of pieces(parts, PIECES_PER_STATEMENT)) {
    const looks = await db.driver.query<{
      place: number;
      seen: number;
      last_id: number | null;
      lost: number | null;
    }>(
      some
        .map(
          ({ sql }, place) =>
            `SELECT ${place} AS place, COUNT(*) AS seen, MAX(p.id) AS last_id, SUM(${isLost(db)}) AS lost
             FROM (${sql}) p ${withWhatIsKnown(db)}`,
        )
        .join(' UNION ALL '),
      some.flatMap(({ values }) => values),
    );
    for (const { place, lost, ...look } of looks) {
      const piece = some[place]!;
      if ((lost ?? 0) > 0) found += await recover(db, piece);
      await moveOn(db, piece, placeBehind(look, SWEPT_PER_CALL));
    }
  }
  return found;
}

function pieceOf(db: Database, queue: Queue, reached: Progress): Piece {
  return {
    ...reached,
    queue,
    ...rowsOf(db, queue, {
      columns: 'id, worker_id',
      after: reached.sweptTo,
      upTo: reached.frontier,
      limit: SWEPT_PER_CALL,
    }),
  };
}

// A row that a shadow run is done with stays as it is in emails: only its evidence tells.
function isLost({ shadow }: Database): string {
  return shadow === undefined
    ? 'r.row_id IS NULL'
    : "r.row_id IS NULL AND (v.row_id IS NULL OR v.status = 'deferred')";
}

function withWhatIsKnown({ shadow }: Database): string {
  return `LEFT JOIN svc_row r ON r.row_id = p.id${
    shadow === undefined ? '' : ' LEFT JOIN svc_verdict v ON v.row_id = p.id'
  }`;
}

async function recover(db: Database, { queue, sql, values }: Piece): Promise<number> {
  const { driver } = db;
  const { now, insertIgnore } = driver.dialect;
  const lost = await driver.query<{ id: number; worker_id: number }>(
    `SELECT p.id, p.worker_id FROM (${sql}) p ${withWhatIsKnown(db)} WHERE ${isLost(db)} ORDER BY p.id`,
    values,
  );
  let found = 0;
  for (const some of pieces(lost)) {
    found += await driver.execute(
      `${insertIgnore} svc_row (row_id, user_id, list_id, worker_id, due_at) VALUES ${some
        .map(() => `(?, ?, ?, ?, ${now})`)
        .join(', ')}`,
      some.flatMap(({ id, worker_id }) => [id, queue.ownerId ?? NONE, queue.listId ?? NONE, worker_id]),
    );
  }
  // Rows that came late or came back: the list's counts no longer hold, and its fingerprint does not tell.
  if (found > 0) await driver.execute('DELETE FROM svc_list WHERE list_id = ?', [queue.listId ?? NONE]);
  return found;
}

async function moveOn(db: Database, { queue, sweptTo }: Piece, to: number): Promise<void> {
  if (to === sweptTo) return;
  await db.driver.execute(
    'UPDATE svc_queue SET swept_to = ? WHERE user_id = ? AND list_id = ? AND worker_id = ? AND swept_to = ?',
    [to, queue.userId ?? NONE, queue.listId ?? NONE, partitionKey(db), sweptTo],
  );
}

/**
 * In a partition, moves the frontier of a queue to its first row of our own, so that rows of others are read over
 * once and not in every survey.
 */
async function skipForeign(db: Database, queues: readonly Queue[]): Promise<void> {
  if (db.workerId === undefined) return;
  const progress = await readProgress(db, queues);
  for (const queue of queues) {
    const known = progress.get(queueKey(queue))?.frontier;
    const frontier = reachedIn(queue, known);
    if (frontier >= queue.maxId) continue;
    const { sql, values } = rowsOf(db, queue, { columns: 'id', after: frontier, limit: 1 });
    const [own] = await db.driver.query<{ id: number }>(sql, values);
    const to = own === undefined ? queue.maxId : own.id - 1;
    if (to > frontier) await moveFrontier(db, queue, known, to);
  }
}

/**
 * Removes a piece of the svc_rows whose row was decided or deleted by others and that nobody claims any more. To a shadow run a
 * row that others decided is as good as any.
 */
async function dropOrphans({ driver, shadow }: Database): Promise<void> {
  const { now } = driver.dialect;
  const from = await readBookmark(driver, BOOKMARK);
  const piece = `SELECT row_id, token, due_at FROM svc_row WHERE row_id > ? ORDER BY row_id LIMIT ${SWEPT_PER_CALL}`;
  const [look] = await driver.query<{ seen: number; last_id: number | null }>(
    `SELECT COUNT(*) AS seen, MAX(row_id) AS last_id FROM (${piece}) p`,
    [from],
  );
  if (look === undefined || (look.seen === 0 && from === BEFORE_ALL_ROWS)) return;
  const orphans = await driver.query<{ row_id: number }>(
    `SELECT p.row_id FROM (${piece}) p LEFT JOIN emails e ON e.id = p.row_id${shadow === undefined ? ' AND e.domain_processed = 0' : ''}
     WHERE e.id IS NULL AND (p.token IS NULL OR p.due_at <= ${now})`,
    [from],
  );
  for (const some of pieces(orphans.map(({ row_id }) => row_id))) {
    await driver.execute(
      driver.dialect.deleteRows('svc_row', 'row_id', some.length, `(t.token IS NULL OR t.due_at <= ${now})`),
      some,
    );
  }
  await moveBookmark(driver, BOOKMARK, from, placeBehind(look, SWEPT_PER_CALL));
}
