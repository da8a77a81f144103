// Puts decided rows of a list back as the import left them: pending, with no attempt counted. Works along the index
// of a list's rows, a page and a transaction at a time, so that a long list keeps nobody waiting.

import { DOMAIN_STATUS, type Verdict } from '../domain/verdict.ts';
import { type Driver, type Session, type SqlValue, pieces, placeholders } from './driver.ts';
import { ListChanges, lockList } from './list-counts.ts';
import { BEFORE_ALL_ROWS, NONE } from './queues.ts';

/** Which decided rows of a list are queued again. */
export interface RequeueFilter {
  readonly statuses: readonly Verdict[];
  /** Empty for any. A row that was decided without evidence has none. */
  readonly reasons: readonly string[];
}

export interface Requeued {
  /** Rows that are pending again, or would be. */
  readonly queued: number;
  /** Rows that somebody holds a claim on, or that belong to no user: left alone. */
  readonly left: number;
}

const PAGE_ROWS = 1_000;

interface Decided {
  readonly id: number;
  readonly user_id: number | null;
  readonly worker_id: number;
  readonly domain_status: 0 | 1 | 2;
  readonly validation_status: string | null;
  readonly reason: string | null;
  readonly is_claimed: number;
}

/** How far the queues of a list were touched, by `user_id` as it stands in `emails`. */
type Frontiers = ReadonlyMap<number, number>;

export async function requeueRows(
  driver: Driver,
  listId: number,
  filter: RequeueFilter,
  isDryRun: boolean,
): Promise<Requeued | undefined> {
  const [list] = await driver.query<{ user_id: number | null }>('SELECT user_id FROM csv_list WHERE id = ?', [
    listId,
  ]);
  if (list === undefined) return undefined;

  const isWanted = wantedBy(filter);
  const canBeAsked = (row: Decided) => row.is_claimed === 0 && (row.user_id ?? list.user_id) !== null;
  let queued = 0;
  let left = 0;
  for (const domainStatus of new Set(filter.statuses.map((status) => DOMAIN_STATUS[status]))) {
    let after = BEFORE_ALL_ROWS;
    for (;;) {
      const page = await readPage(driver, listId, domainStatus, after);
      const wanted = page.filter((row) => isWanted(row));
      const free = wanted.filter((row) => canBeAsked(row));
      const done = isDryRun ? free.length : await requeue(driver, listId, list.user_id, free);
      queued += done;
      left += wanted.length - done;
      if (page.length < PAGE_ROWS) break;
      after = page.at(-1)!.id;
    }
  }
  return { queued, left };
}

function wantedBy({ statuses, reasons }: RequeueFilter): (row: Decided) => boolean {
  const isStatus = new Set<string | null>(statuses);
  const isReason = new Set<string | null>(reasons);
  return (row) => isStatus.has(row.validation_status) && (reasons.length === 0 || isReason.has(row.reason));
}

function readPage(
  driver: Driver,
  listId: number,
  domainStatus: number,
  after: number,
): Promise<readonly Decided[]> {
  return driver.query<Decided>(
    `SELECT e.id, e.user_id, e.worker_id, e.domain_status, e.validation_status, v.reason,
       (r.token IS NOT NULL AND r.due_at > ${driver.dialect.now}) AS is_claimed
     FROM emails e LEFT JOIN svc_verdict v ON v.row_id = e.id LEFT JOIN svc_row r ON r.row_id = e.id
     WHERE e.csv_list_id = ? AND e.domain_processed = 1 AND e.domain_status = ? AND e.id > ?
     ORDER BY e.id LIMIT ${PAGE_ROWS}`,
    [listId, domainStatus, after],
  );
}

/** Sets rows back that are still as they were read; returns how many. */
async function requeue(
  driver: Driver,
  listId: number,
  listUserId: number | null,
  rows: readonly Decided[],
): Promise<number> {
  if (rows.length === 0) return 0;
  return driver.transaction(async (session) => {
    const changes = new ListChanges();
    const frontiers = await readFrontiers(session, listId);
    let queued = 0;
    for (const some of pieces(rows)) {
      const still = await lockDecided(driver, session, some);
      if (still.length === 0) continue;
      const ids = still.map(({ id }) => id);
      await session.execute(
        `UPDATE emails${driver.dialect.byPrimaryKey} SET domain_processed = 0, domain_status = 0, domain_verified = 0, validation_status = 'pending',
           validation_response = NULL WHERE id IN (${placeholders(ids.length)}) AND domain_processed = 1`,
        ids,
      );
      // What a claim would find beyond the frontier needs no more; the rest is due now, as if it had been touched.
      await session.execute(driver.dialect.deleteRows('svc_row', 'row_id', ids.length), ids);
      await makeDue(
        driver,
        session,
        { listId, listUserId },
        still.filter(({ id, user_id }) => id <= (frontiers.get(user_id ?? NONE) ?? BEFORE_ALL_ROWS)),
      );
      for (const { domain_status } of still) changes.add(listId, { from: domain_status });
      queued += still.length;
    }
    if (queued > 0) await runAgain(driver, session, listId);
    await changes.write(driver, session);
    return queued;
  });
}

/** Of real runs; what a shadow run has passed, a real one still comes to. */
async function readFrontiers(session: Session, listId: number): Promise<Frontiers> {
  const rows = await session.query<{ user_id: number; frontier: number }>(
    'SELECT user_id, MAX(frontier) AS frontier FROM svc_queue WHERE list_id = ? AND worker_id >= ? GROUP BY user_id',
    [listId, NONE],
  );
  return new Map(rows.map(({ user_id, frontier }) => [user_id, frontier]));
}

async function lockDecided(
  { dialect }: Driver,
  session: Session,
  rows: readonly Decided[],
): Promise<readonly Decided[]> {
  const found = await session.query<{ id: number; domain_status: number; is_claimed: number }>(
    `SELECT e.id, e.domain_status, (r.token IS NOT NULL AND r.due_at > ${dialect.now}) AS is_claimed
     FROM emails e${dialect.byPrimaryKey} LEFT JOIN svc_row r ON r.row_id = e.id
     WHERE e.id IN (${placeholders(rows.length)}) AND e.domain_processed = 1 ORDER BY e.id${dialect.forUpdate}`,
    rows.map(({ id }) => id),
  );
  const now = new Map(found.map((row) => [row.id, row]));
  return rows.filter((row) => {
    const same = now.get(row.id);
    return same !== undefined && same.is_claimed === 0 && same.domain_status === row.domain_status;
  });
}

async function makeDue(
  { dialect }: Driver,
  session: Session,
  { listId, listUserId }: { readonly listId: number; readonly listUserId: number | null },
  rows: readonly Decided[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.execute(
    `${dialect.insertIgnore} svc_row (row_id, user_id, list_id, worker_id, due_at) VALUES ${rows
      .map(() => `(?, ?, ?, ?, ${dialect.now})`)
      .join(', ')}`,
    rows.flatMap(({ id, user_id, worker_id }): SqlValue[] => [id, user_id ?? listUserId, listId, worker_id]),
  );
}

/** The list runs again as of now: its badge must not say completed while rows of it wait. */
async function runAgain(driver: Driver, session: Session, listId: number): Promise<void> {
  const list = await lockList(driver, session, listId);
  if (list === undefined || list.status === 'running') return;
  await session.execute("UPDATE csv_list SET status = 'running' WHERE id = ?", [listId]);
}
