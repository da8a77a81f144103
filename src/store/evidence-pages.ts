// A walk through kept evidence in bounded pieces, along its primary key; of a list, only where its rows lie.

import type { Driver, SqlValue } from './driver.ts';
import { BEFORE_ALL_ROWS } from './queues.ts';

const PAGE_ROWS = 1_000;

/** Which evidence is read again. */
export interface EvidenceFilter {
  readonly listId?: number | undefined;
  /** Only what was decided since: seconds since 1970. */
  readonly since?: number | undefined;
}

/** Row ids above `first`, up to `last`; undefined when there is no evidence left. */
interface EvidencePiece {
  readonly first: number;
  readonly last: number;
  /** Where the next piece begins; undefined after the last. */
  readonly nextAfter: number | undefined;
}

/** The next piece behind row id `after`, whether or not any of it is wanted. */
export async function nextPiece(
  driver: Driver,
  listId: number | undefined,
  after = BEFORE_ALL_ROWS,
): Promise<EvidencePiece | undefined> {
  // The rows of a list lie close together: its first and last id bound what is read of the evidence.
  const { first, last } = await boundsOf(driver, listId, after);
  const [piece] = await driver.query<{ seen: number; last_id: number | null }>(
    `SELECT COUNT(*) AS seen, MAX(p.row_id) AS last_id FROM
       (SELECT row_id FROM svc_verdict WHERE row_id > ? AND row_id <= ? ORDER BY row_id LIMIT ${PAGE_ROWS}) p`,
    [first, last],
  );
  if (piece === undefined || piece.last_id === null) return undefined;
  return { first, last: piece.last_id, nextAfter: piece.seen < PAGE_ROWS ? undefined : piece.last_id };
}

/** What holds of the wanted rows of a piece, where `v` is the evidence and `e` its row in emails. */
export function conditionOf(
  { listId, since }: EvidenceFilter,
  { first, last }: EvidencePiece,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const conditions: readonly (readonly [string, SqlValue | undefined])[] = [
    ['v.row_id > ?', first],
    ['v.row_id <= ?', last],
    ['e.csv_list_id = ?', listId],
    ['v.decided_at >= ?', since],
  ];
  const wanted = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  return { sql: wanted.map(({ sql }) => sql).join(' AND '), values: wanted.map(({ value }) => value) };
}

// In idx_csv_list_processing id follows behind processed and status: MIN(id) of a list would read its whole range, and
// that for every piece.
const STATES = [0, 1].flatMap((processed) => [0, 1, 2].map((status) => [processed, status] as const));

async function boundsOf(
  driver: Driver,
  listId: number | undefined,
  after: number,
): Promise<{ readonly first: number; readonly last: number }> {
  if (listId === undefined) return { first: after, last: Number.MAX_SAFE_INTEGER };
  const ends = STATES.flatMap((state) => (['ASC', 'DESC'] as const).map((order) => ({ state, order })));
  const rows = await driver.query<{ id: number }>(
    ends
      .map(
        ({ order }, place) =>
          `SELECT id FROM (SELECT id FROM emails WHERE csv_list_id = ? AND domain_processed = ? AND domain_status = ?
             ORDER BY id ${order} LIMIT 1) p${place}`,
      )
      .join(' UNION ALL '),
    ends.flatMap(({ state }) => [listId, ...state]),
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return { first: after, last: after };
  return { first: Math.max(after, Math.min(...ids) - 1), last: Math.max(...ids) };
}
