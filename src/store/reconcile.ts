// Brings lists up to date at the end and the beginning of cycles: completes those without pending rows, counts
// those anew whose fingerprint changed. Looks at a list by a few probes of an index, however long it is.

import { moveBookmark, placeBehind, readBookmark } from './bookmark.ts';
import { type Driver, pieces, placeholders } from './driver.ts';
import {
  LIST_COLUMNS,
  type List,
  type ListRows,
  countRows,
  isChanged,
  lockList,
  writeCounts,
} from './list-counts.ts';
import type { Database } from './queues.ts';
import type { ReconciledList } from './store.ts';
import { type CompletedList, addWebhook } from './webhooks.ts';

/** An import may have made the list and not its first row yet: a list without rows is left alone this long. */
const EMPTY_LIST_REST_SECONDS = 600;

const LISTS_PER_STATEMENT = 50;
// Six probes each: old servers open the table once for every one of them.
const FINGERPRINTS_PER_STATEMENT = 10;

/** Of the lists that are completed: as many as are looked at in some hundredths of a second. */
export const LISTS_CHECKED_PER_CALL = 10_000;
const BOOKMARK = 'lists_checked_to';

interface OpenList extends List {
  readonly age: number | null;
  /** The fingerprint of its last count; null when it was never counted, or was forgotten by the sweep. */
  readonly counted_total: number | null;
  readonly counted_highest: number | null;
}

/** Conditions of the lists that are looked at: of a `csv_list c`, and with it of its `svc_list s`. */
export const LIST_TO_COMPLETE = "c.status IN ('pending', 'running')";
export const LIST_TO_COUNT_AGAIN =
  "(c.id IS NULL OR (c.status = 'completed' AND c.total_emails <> s.total_emails))";

/** The lists that this call changed. */
export async function reconcileLists(db: Database): Promise<readonly ReconciledList[]> {
  const { driver } = db;
  const open = await driver.query<OpenList>(
    `SELECT ${LIST_COLUMNS.replaceAll(/(\w+)/g, 'c.$1')}, ${driver.dialect.now} - ${driver.dialect.epochOf('c.created_at')} AS age,
       s.total_emails AS counted_total, s.highest_row_id AS counted_highest
     FROM csv_list c LEFT JOIN svc_list s ON s.list_id = c.id
     WHERE ${LIST_TO_COMPLETE} ORDER BY c.id`,
  );
  const busy = await findBusy(
    driver,
    open.map(({ id }) => id),
  );
  const stale = await findStale(
    driver,
    open.filter(({ id }) => busy.has(id)),
  );

  const changed: ReconciledList[] = [];
  for (const list of open) {
    if (busy.has(list.id) && !stale.has(list.id)) continue;
    changed.push(...(await settle(db, list.id, isOldEnough(list))));
  }
  for (const id of await checkCompleted(driver)) changed.push(...(await settle(db, id, true)));
  return changed;
}

/** Counts a list, and completes it when nothing of it is pending. */
async function settle(
  { driver, announcesLists }: Database,
  listId: number,
  mayBeEmpty: boolean,
): Promise<readonly ReconciledList[]> {
  return driver.transaction(async (session) => {
    const list = await lockList(driver, session, listId);
    if (list === undefined || !isStatus(list.status)) return [];
    const rows = await countRows(session, listId);
    if (rows.total === 0 && !mayBeEmpty) return [];

    const status = rows.pending > 0 ? list.status : 'completed';
    const counted = await writeCounts(session, list, rows, status);
    // Nothing of it is pending, so nothing of it is touched: should rows come back, they are fresh.
    if (rows.pending === 0) await session.execute('DELETE FROM svc_queue WHERE list_id = ?', [listId]);
    if (!isChanged(list, counted)) return [];
    const justCompleted = status === 'completed' && list.status !== 'completed';
    if (justCompleted && announcesLists === true) await addWebhook(driver, session, newsOf(counted, rows));
    return [
      {
        listId,
        userId: list.user_id ?? undefined,
        status,
        valid: counted.valid_count,
        invalid: counted.invalid_count,
        total: counted.total_emails,
        justCompleted,
      },
    ];
  });
}

function newsOf(list: List, rows: ListRows): CompletedList {
  const { total, valid, invalid } = rows;
  return {
    listId: list.id,
    userId: list.user_id ?? undefined,
    total: list.total_emails,
    valid,
    invalid,
    unknown: total - valid - invalid,
    missing: list.total_emails - total,
  };
}

function isStatus(status: string): status is ReconciledList['status'] {
  return status === 'pending' || status === 'running' || status === 'completed';
}

function isOldEnough({ age }: OpenList): boolean {
  return age === null || age >= EMPTY_LIST_REST_SECONDS;
}

/** The lists that have pending rows. */
async function findBusy(driver: Driver, listIds: readonly number[]): Promise<ReadonlySet<number>> {
  const busy = new Set<number>();
  for (const some of pieces(listIds, LISTS_PER_STATEMENT)) {
    const probe = 'SELECT csv_list_id FROM emails WHERE csv_list_id = ? AND domain_processed = 0 LIMIT 1';
    const rows = await driver.query<{ csv_list_id: number }>(
      some.map((_, place) => `SELECT csv_list_id FROM (${probe}) p${place}`).join(' UNION ALL '),
      some,
    );
    for (const row of rows) busy.add(row.csv_list_id);
  }
  return busy;
}

/**
 * Of lists with pending rows, those whose counts no longer hold: total_emails or the highest row id is another
 * than when they were counted. One that waits for its first claim is counted then.
 */
async function findStale(driver: Driver, lists: readonly OpenList[]): Promise<ReadonlySet<number>> {
  const stale = new Set(
    lists
      .filter(({ status, counted_total, total_emails }) =>
        counted_total === null ? status === 'running' : counted_total !== total_emails,
      )
      .map(({ id }) => id),
  );
  const rest = lists.filter(({ id, counted_total }) => counted_total !== null && !stale.has(id));
  for (const some of pieces(rest, FINGERPRINTS_PER_STATEMENT)) {
    const highest = await readHighest(
      driver,
      some.map(({ id }) => id),
    );
    for (const { id, counted_highest } of some) if (highest.get(id) !== counted_highest) stale.add(id);
  }
  return stale;
}

// MAX(id) of a list would read its whole range of the index: id follows only behind processed and status.
const STATES = [0, 1].flatMap((processed) => [0, 1, 2].map((status) => [processed, status] as const));

async function readHighest(driver: Driver, listIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const probes = listIds.flatMap((id) => STATES.map((state) => [id, ...state]));
  const probe = `SELECT csv_list_id, id FROM emails
    WHERE csv_list_id = ? AND domain_processed = ? AND domain_status = ? ORDER BY id DESC LIMIT 1`;
  const rows = await driver.query<{ csv_list_id: number; id: number }>(
    probes.map((_, place) => `SELECT csv_list_id, id FROM (${probe}) p${place}`).join(' UNION ALL '),
    probes.flat(),
  );
  const highest = new Map<number, number>();
  for (const row of rows)
    highest.set(row.csv_list_id, Math.max(row.id, highest.get(row.csv_list_id) ?? row.id));
  return highest;
}

/**
 * Completed lists whose total changed since we counted them; forgets lists that the CRM deleted. Looks at a bounded piece of
 * the lists that were ever counted, and goes on there the next time.
 */
async function checkCompleted(driver: Driver): Promise<readonly number[]> {
  const from = await readBookmark(driver, BOOKMARK);
  const piece = `SELECT list_id, total_emails FROM svc_list WHERE list_id > ? ORDER BY list_id LIMIT ${LISTS_CHECKED_PER_CALL}`;
  const [look] = await driver.query<{ seen: number; last_id: number | null }>(
    `SELECT COUNT(*) AS seen, MAX(list_id) AS last_id FROM (${piece}) p`,
    [from],
  );
  const rows = await driver.query<{ list_id: number; id: number | null }>(
    `SELECT s.list_id, c.id FROM (${piece}) s LEFT JOIN csv_list c ON c.id = s.list_id
     WHERE ${LIST_TO_COUNT_AGAIN} ORDER BY s.list_id`,
    [from],
  );
  for (const some of pieces(rows.filter(({ id }) => id === null).map(({ list_id }) => list_id))) {
    const gone = placeholders(some.length);
    await driver.execute(`DELETE FROM svc_list WHERE list_id IN (${gone})`, some);
    await driver.execute(`DELETE FROM svc_queue WHERE list_id IN (${gone})`, some);
  }
  if (look !== undefined)
    await moveBookmark(driver, BOOKMARK, from, placeBehind(look, LISTS_CHECKED_PER_CALL));
  return rows.flatMap(({ id }) => id ?? []);
}
