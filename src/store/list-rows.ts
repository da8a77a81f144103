// In which states the pending rows of one list are. Looks at them in the order of their ids, along svc_pending, and at
// what svc_row says of each: as many as can be looked up in a moment. Rows that were taken have the lowest ids, so where there
// are more, those left out are nearly all fresh.

import type { ListRows, RowGroup } from '../domain/figures.ts';
import { readList } from './lists.ts';
import { type Queue, isInQueue } from './queue-rows.ts';
import { type Database, pendingQueues } from './queues.ts';
import { PENDING_INDEX } from './schema-names.ts';

const MAX_ROWS = 20_000;

export async function readListRows(partition: Database, listId: number): Promise<ListRows | undefined> {
  const db: Database = { ...partition, workerId: undefined };
  const queues = (await pendingQueues(db)).filter((queue) => queue.listId === listId);
  const list = await readList(db.driver, listId, queues);
  if (list === undefined) return undefined;
  const groups: RowGroup[] = [];
  for (const queue of queues) groups.push(...(await readGroups(db, queue)));
  const seen = groups.reduce((sum, { rows }) => sum + rows, 0);
  return { list, groups, isSample: seen >= MAX_ROWS };
}

async function readGroups(db: Database, queue: Queue): Promise<readonly RowGroup[]> {
  const { dialect } = db.driver;
  const { now } = dialect;
  const { sql, values } = isInQueue(queue, 0);
  const states = `CASE WHEN r.row_id IS NULL THEN 'fresh' WHEN r.due_at <= ${now} THEN 'due'
    WHEN r.token IS NULL THEN 'put-off' ELSE 'held' END`;
  const rows = await db.driver.query<{
    state: RowGroup['state'];
    reason: string | null;
    held_by: string | null;
    row_count: number;
    first_due: number | null;
    last_due: number | null;
    example_id: number;
  }>(
    `SELECT ${states} AS state, r.reason, CASE WHEN r.token IS NULL THEN NULL ELSE r.server END AS held_by,
       COUNT(*) AS row_count, MIN(r.due_at) AS first_due, MAX(r.due_at) AS last_due, MIN(p.id) AS example_id
     FROM (SELECT id FROM emails${dialect.useIndex(PENDING_INDEX)} WHERE ${sql} ORDER BY id LIMIT ${MAX_ROWS}) p
     LEFT JOIN svc_row r${dialect.byPrimaryKey} ON r.row_id = p.id
     GROUP BY ${states}, r.reason, CASE WHEN r.token IS NULL THEN NULL ELSE r.server END`,
    values,
  );
  return rows.map((row) => ({
    state: queue.ownerId === undefined ? 'ownerless' : row.state,
    reason: row.reason ?? undefined,
    server: row.held_by ?? undefined,
    rows: row.row_count,
    firstDue: row.first_due ?? undefined,
    lastDue: row.last_due ?? undefined,
    exampleId: row.example_id,
  }));
}
