// The counts of a list. While it runs they are kept by differences, in the transaction that decides the rows; they
// are counted anew when the list is first touched, when its fingerprint changed, and when it completes.
// A count locks the list's row in csv_list before it looks at emails: whoever decides rows changes the list's row
// last and waits, so no difference is lost or added twice.

import { type Driver, type Session, pieces, placeholders } from './driver.ts';
import { NONE } from './queues.ts';

/** A list as csv_list has it. */
export interface List {
  readonly id: number;
  readonly user_id: number | null;
  readonly status: string;
  readonly total_emails: number;
  readonly valid_count: number;
  readonly invalid_count: number;
}

/** What a count of its rows in emails gave. */
export interface ListRows {
  readonly total: number;
  readonly pending: number;
  readonly valid: number;
  readonly invalid: number;
  readonly highestId: number;
}

export const LIST_COLUMNS = 'id, user_id, status, total_emails, valid_count, invalid_count';

type DomainStatus = 0 | 1 | 2;

/** What one transaction changes in lists' counts. */
export class ListChanges {
  readonly #changes = new Map<number, { valid: number; invalid: number; unknown: number }>();

  /** Notes that a row of the list came to a `domain_status`, away from one that it had as decided, or both. */
  add(
    listId: number | null | undefined,
    moved: { readonly from?: DomainStatus | undefined; readonly to?: DomainStatus | undefined },
  ): void {
    if (listId === null || listId === undefined) return;
    const change = this.#changes.get(listId) ?? { valid: 0, invalid: 0, unknown: 0 };
    change.valid += countIf(moved.to === 1) - countIf(moved.from === 1);
    change.invalid += countIf(moved.to === 0) - countIf(moved.from === 0);
    change.unknown += countIf(moved.to === 2) - countIf(moved.from === 2);
    this.#changes.set(listId, change);
  }

  async write({ dialect }: Driver, session: Session): Promise<void> {
    const changed = [...this.#changes]
      .filter(([, { valid, invalid, unknown }]) => valid !== 0 || invalid !== 0 || unknown !== 0)
      .toSorted(([a], [b]) => a - b);
    // The CRM's row also where only our count changes: whoever counts anew holds its lock.
    for (const some of pieces(changed)) {
      await session.execute(
        dialect.updateRows({
          table: 'csv_list',
          key: 'id',
          set: [
            ['valid_count', 't.valid_count + n.v1'],
            ['invalid_count', 't.invalid_count + n.v2'],
          ],
          width: 2,
          rows: some.length,
        }),
        some.flatMap(([id, { valid, invalid }]) => [id, valid, invalid]),
      );
    }
    for (const some of pieces(changed.filter(([, { unknown }]) => unknown !== 0))) {
      await session.execute(
        dialect.updateRows({
          table: 'svc_list',
          key: 'list_id',
          set: [['unknown_count', 't.unknown_count + n.v1']],
          width: 1,
          rows: some.length,
        }),
        some.flatMap(([id, { unknown }]) => [id, unknown]),
      );
    }
  }
}

/** Sets lists `running` whose rows were claimed, and counts those that were at rest or never counted. */
export async function countFirstTouch(driver: Driver, listIds: readonly number[]): Promise<void> {
  for (const some of pieces(listIds)) {
    const untouched = await driver.query<{ id: number }>(
      `SELECT c.id FROM csv_list c LEFT JOIN svc_list s ON s.list_id = c.id
       WHERE c.id IN (${placeholders(some.length)}) AND (s.list_id IS NULL OR c.status IN ('pending', 'completed'))`,
      some,
    );
    for (const { id } of untouched) {
      await driver.transaction(async (session) => {
        const list = await lockList(driver, session, id);
        if (list === undefined) return;
        const status = list.status === 'pending' || list.status === 'completed' ? 'running' : list.status;
        await writeCounts(session, list, await countRows(session, id), status);
      });
    }
  }
}

export async function lockList({ dialect }: Driver, session: Session, id: number): Promise<List | undefined> {
  const [list] = await session.query<List>(
    `SELECT ${LIST_COLUMNS} FROM csv_list WHERE id = ?${dialect.forUpdate}`,
    [id],
  );
  return list;
}

/** Counts a list's rows along its index. Only with the list locked, and nothing read before in the transaction. */
export async function countRows(session: Session, listId: number): Promise<ListRows> {
  const [row] = await session.query<
    Record<'row_count' | 'pending' | 'valid' | 'invalid' | 'highest_id', number | null>
  >(
    `SELECT COUNT(*) AS row_count,
       SUM(domain_processed = 0) AS pending,
       SUM(domain_processed = 1 AND domain_status = 1) AS valid,
       SUM(domain_processed = 1 AND domain_status = 0) AS invalid,
       MAX(id) AS highest_id
     FROM emails WHERE csv_list_id = ?`,
    [listId],
  );
  return {
    total: row?.row_count ?? 0,
    pending: row?.pending ?? 0,
    valid: row?.valid ?? 0,
    invalid: row?.invalid ?? 0,
    highestId: row?.highest_id ?? NONE,
  };
}

/** Writes exact counts with the fingerprint under which they hold; returns the list as it is then. */
export async function writeCounts(
  session: Session,
  list: List,
  rows: ListRows,
  status: string,
): Promise<List> {
  const counted = {
    ...list,
    status,
    valid_count: rows.valid,
    // Rows that the import left out never become valid: they count as invalid (contract of the CRM).
    invalid_count: list.total_emails - rows.total + rows.invalid,
  };
  if (isChanged(list, counted)) {
    await session.execute('UPDATE csv_list SET status = ?, valid_count = ?, invalid_count = ? WHERE id = ?', [
      status,
      counted.valid_count,
      counted.invalid_count,
      list.id,
    ]);
  }
  await session.execute(
    'REPLACE INTO svc_list (list_id, total_emails, highest_row_id, unknown_count) VALUES (?, ?, ?, ?)',
    [list.id, list.total_emails, rows.highestId, rows.total - rows.pending - rows.valid - rows.invalid],
  );
  return counted;
}

export function isChanged(before: List, after: List): boolean {
  return (
    before.status !== after.status ||
    before.valid_count !== after.valid_count ||
    before.invalid_count !== after.invalid_count
  );
}

function countIf(condition: boolean): number {
  return condition ? 1 : 0;
}
