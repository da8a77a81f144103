// The lists that are at work, with their counts: those that are not completed, and those that have pending rows all
// the same. What is pending of a list follows from its counts, so that nothing is counted row by row; only what ended
// as unknown is, where a list was not counted since this program keeps that number.

import type { ListFigures } from '../domain/figures.ts';
import { groupBy } from '../domain/group-by.ts';
import { type Driver, pieces, placeholders } from './driver.ts';
import type { Queue } from './queue-rows.ts';

/** More than anybody looks at; what they cost is bounded by it. */
const MAX_LISTS = 2_000;
/** Where the counting of a list's unknown rows stops. */
const UNKNOWN_CAP = 50_000;
const COUNTS_PER_STATEMENT = 10;

/** A list without what waits of it. */
export type ListCounts = Omit<ListFigures, 'held' | 'putOff'>;

interface FoundList {
  readonly id: number;
  readonly user_id: number | null;
  readonly list_name: string | null;
  readonly status: string;
  readonly total_emails: number;
  readonly valid_count: number;
  readonly invalid_count: number;
  readonly counted_total: number | null;
  readonly unknown_count: number | null;
}

/** Gives the lists at work, the one with the oldest pending row first, those without one behind. */
export async function readLists(
  driver: Driver,
  queues: readonly Queue[],
): Promise<{ readonly lists: readonly ListCounts[]; readonly hasMore: boolean }> {
  const inLists = queues.filter(({ listId }) => listId !== null);
  const queuesOf = groupBy(inLists, ({ listId }) => listId!);
  const open = await query(driver, "c.status IN ('pending', 'running') ORDER BY c.id", [], MAX_LISTS + 1);
  const found = new Map(open.slice(0, MAX_LISTS).map((list) => [list.id, list]));
  const others = [...queuesOf.keys()].filter((id) => !found.has(id)).slice(0, MAX_LISTS);
  for (const some of pieces(others)) {
    const rows = await query(driver, `c.id IN (${placeholders(some.length)})`, some, some.length);
    for (const list of rows) found.set(list.id, list);
  }
  return { lists: await withCounts(driver, [...found.values()], queuesOf), hasMore: open.length > MAX_LISTS };
}

/** Gives one list, whatever its state. */
export async function readList(
  driver: Driver,
  listId: number,
  queues: readonly Queue[],
): Promise<ListCounts | undefined> {
  const found = await query(driver, 'c.id = ?', [listId], 1);
  const [list] = await withCounts(driver, found, new Map([[listId, queues]]));
  return list;
}

function query(
  driver: Driver,
  condition: string,
  values: readonly number[],
  limit: number,
): Promise<readonly FoundList[]> {
  return driver.query<FoundList>(
    `SELECT c.id, c.user_id, ${driver.dialect.wholeText('c.list_name')} AS list_name, c.status, c.total_emails,
       c.valid_count, c.invalid_count, s.total_emails AS counted_total, s.unknown_count
     FROM csv_list c LEFT JOIN svc_list s ON s.list_id = c.id WHERE ${condition} LIMIT ${limit}`,
    values,
  );
}

async function withCounts(
  driver: Driver,
  found: readonly FoundList[],
  queuesOf: ReadonlyMap<number, readonly Queue[]>,
): Promise<readonly ListCounts[]> {
  const uncounted = found.filter(
    ({ unknown_count, status }) => unknown_count === null && status !== 'pending',
  );
  const unknown = await countUnknown(
    driver,
    uncounted.map(({ id }) => id),
  );
  return found
    .map((list) => countsOf(list, queuesOf.get(list.id) ?? [], unknown.get(list.id) ?? 0))
    .toSorted((a, b) => (a.oldestRowId ?? Infinity) - (b.oldestRowId ?? Infinity) || a.listId - b.listId);
}

function countsOf(list: FoundList, queues: readonly Queue[], counted: number): ListCounts {
  const { total_emails: total, valid_count: valid, invalid_count: invalid } = list;
  const unknown = list.unknown_count ?? counted;
  // Rows that the import left out count as invalid once the list is counted; before, they look pending.
  const isCounted = list.counted_total === total && counted < UNKNOWN_CAP;
  const left = total - valid - invalid - unknown;
  return {
    listId: list.id,
    userId: list.user_id ?? queues.find(({ ownerId }) => ownerId !== undefined)?.ownerId,
    name: list.list_name ?? undefined,
    status: list.status,
    total,
    valid,
    invalid,
    unknown,
    pending: queues.length === 0 ? 0 : Math.max(left, 1),
    exactness: isCounted || queues.length === 0 ? 'exact' : 'about',
    oldestRowId: queues.length === 0 ? undefined : Math.min(...queues.map(({ minId }) => minId)),
  };
}

/** How many decided rows of each list are neither valid nor invalid. */
async function countUnknown(
  driver: Driver,
  listIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const unknown = new Map<number, number>();
  for (const some of pieces(listIds, COUNTS_PER_STATEMENT)) {
    const rows = await driver.query<{ place: number; row_count: number }>(
      some
        .map(
          (_, place) =>
            `SELECT ${place} AS place, COUNT(*) AS row_count FROM
               (SELECT id FROM emails WHERE csv_list_id = ? AND domain_processed = 1 AND domain_status = 2
                LIMIT ${UNKNOWN_CAP}) u${place}`,
        )
        .join(' UNION ALL '),
      some,
    );
    for (const { place, row_count } of rows) unknown.set(some[place]!, row_count);
  }
  return unknown;
}
