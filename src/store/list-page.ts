// Reads a list as it stands, a page at a time in the order of ids, for whoever hands it on. A page is one statement, so each
// row is read once, whatever becomes of it meanwhile, and its columns belong together.

import type { Verdict } from '../domain/verdict.ts';
import { DOMAIN_STATUS } from '../domain/verdict.ts';
import type { Driver } from './driver.ts';
import { BEFORE_ALL_ROWS } from './queues.ts';

/** `pending`: not decided yet. */
export type RowStatus = Verdict | 'pending';

/** A row with what is known of its verdict, where that is ours. */
export interface ListedRow {
  readonly id: number;
  readonly email: string;
  readonly userId: number | undefined;
  readonly status: string;
  readonly response: string | undefined;
  /** Why it has its verdict, or why it was put off. */
  readonly reason: string | undefined;
  readonly code: number | undefined;
  readonly enhanced: string | undefined;
  readonly mx: string | undefined;
  readonly attempt: number | undefined;
  /** Seconds since 1970; undefined of a row that was only put off. */
  readonly decidedAt: number | undefined;
}

export interface ListPage {
  readonly rows: readonly ListedRow[];
  /** Where the next page begins; undefined after the last. */
  readonly nextAfter: number | undefined;
}

const PAGE_ROWS = 2_000;

/** A page of the rows that have one of these statuses, behind the row `after`; all of them where none is named. */
export async function readListPage(
  driver: Driver,
  listId: number,
  statuses: readonly RowStatus[],
  after: number = BEFORE_ALL_ROWS,
): Promise<ListPage> {
  const { wholeText } = driver.dialect;
  const states = statesOf(statuses);
  // The index has the ids of a list in order only where processed and status are one: the page is the first of all of them.
  const ids = states
    .map(
      (_, place) =>
        `SELECT id FROM (SELECT id FROM emails WHERE csv_list_id = ? AND domain_processed = ? AND domain_status = ? AND id > ?
           ORDER BY id LIMIT ${PAGE_ROWS}) s${place}`,
    )
    .join(' UNION ALL ');
  const rows = await driver.query<{
    id: number;
    email: string;
    user_id: number | null;
    domain_processed: number;
    validation_status: string | null;
    response: string | null;
    v_status: string | null;
    reason: string | null;
    code: number | null;
    enhanced: string | null;
    mx: string | null;
    attempt: number | null;
    decided_at: number | null;
  }>(
    `SELECT e.id, ${wholeText('e.raw_emailid')} AS email, e.user_id, e.domain_processed,
       ${wholeText('e.validation_status')} AS validation_status, ${wholeText('e.validation_response')} AS response,
       v.status AS v_status, v.reason, v.code, v.enhanced, v.mx, v.attempt, v.decided_at
     FROM (SELECT id FROM (${ids}) u ORDER BY id LIMIT ${PAGE_ROWS}) p
       JOIN emails e ON e.id = p.id LEFT JOIN svc_verdict v ON v.row_id = p.id
     ORDER BY p.id`,
    states.flatMap(([processed, status]) => [listId, processed, status, after]),
  );
  const wanted = new Set<string>(statuses);
  return {
    rows: rows
      .map((row) => {
        const isDecided = row.domain_processed === 1;
        const status = isDecided ? (row.validation_status ?? 'unknown') : 'pending';
        // Evidence of another verdict than the CRM's would explain what is not there.
        const isOurs = row.v_status === (isDecided ? status : 'deferred');
        return {
          id: row.id,
          email: row.email,
          userId: row.user_id ?? undefined,
          status,
          response: row.response ?? undefined,
          reason: (isOurs ? row.reason : null) ?? undefined,
          code: (isOurs ? row.code : null) ?? undefined,
          enhanced: (isOurs ? row.enhanced : null) ?? undefined,
          mx: (isOurs ? row.mx : null) ?? undefined,
          attempt: (isOurs ? row.attempt : null) ?? undefined,
          decidedAt: (isOurs && isDecided ? row.decided_at : null) ?? undefined,
        };
      })
      .filter(({ status }) => wanted.size === 0 || wanted.has(status)),
    nextAfter: rows.length < PAGE_ROWS ? undefined : rows.at(-1)!.id,
  };
}

/** What a list says of itself; undefined when there is none. */
export async function findList(
  driver: Driver,
  listId: number,
): Promise<{ readonly name: string; readonly status: string } | undefined> {
  const { wholeText } = driver.dialect;
  const [list] = await driver.query<{ list_name: string | null; status: string }>(
    `SELECT ${wholeText('list_name')} AS list_name, status FROM csv_list WHERE id = ?`,
    [listId],
  );
  return list && { name: list.list_name ?? '', status: list.status };
}

/** The pairs of domain_processed and domain_status under which such rows stand. */
function statesOf(statuses: readonly RowStatus[]): readonly (readonly [number, number])[] {
  const all = [0, 1].flatMap((processed) => [0, 1, 2].map((status) => [processed, status] as const));
  if (statuses.length === 0) return all;
  const decided = new Set<number>(
    statuses.flatMap((status) => (status === 'pending' ? [] : DOMAIN_STATUS[status])),
  );
  return all.filter(([processed, status]) =>
    processed === 0 ? statuses.includes('pending') : decided.has(status),
  );
}
