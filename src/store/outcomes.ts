// Reads what became of rows, for reports: all of them, a list's, a user's, those of some days. Walks along an index in
// bounded pieces, so that a list of ten million rows costs time and no memory, and keeps nobody waiting.

import type { OutcomeEvidence, RowOutcome } from '../domain/report.ts';
import type { Driver, SqlValue } from './driver.ts';
import { BEFORE_ALL_ROWS } from './queues.ts';
import { PENDING_INDEX } from './schema-names.ts';

/** Which rows a report is about; all of them where nothing is said. */
export interface OutcomeFilter {
  readonly listId?: number | undefined;
  /** Rows of this user, and rows without a user in its lists. */
  readonly userId?: number | undefined;
  /** Only what was decided or put off by us since: seconds since 1970. */
  readonly since?: number | undefined;
}

/** Whose rows they are. */
export interface ReportSubject {
  readonly list: { readonly name: string | undefined; readonly status: string } | undefined;
  /** The list's or the one that was asked for. */
  readonly userId: number | undefined;
  /** What `total_emails` of the lists promises; undefined where the rows are not those of lists. */
  readonly expectedRows: number | undefined;
  /** On the database's clock. */
  readonly readAt: number;
}

export interface OutcomePage {
  readonly rows: readonly RowOutcome[];
  /** Rows that were looked at for it. */
  readonly seen: number;
}

const PAGE_ROWS = 5_000;
/** Decided rows before pending ones: one that is decided meanwhile is missed and never counted twice. */
const PROCESSED = [1, 0] as const;
const LIST_STATUSES = "'pending', 'running', 'completed'";

/** Rows that stand together in an index: a table that has their ids, and what they have in common. */
interface Stretch {
  readonly from: string;
  readonly id: string;
  readonly conditions: readonly string[];
  readonly values: readonly SqlValue[];
  /** Where that table itself has the time of the verdict. */
  readonly time?: string;
}

interface FoundOutcome {
  readonly id: number;
  readonly email: string;
  readonly domain_processed: number;
  readonly validation_status: string | null;
  readonly status: string | null;
  readonly reason: string;
  readonly mx: string | null;
  readonly stage: string | null;
  readonly attempt: number;
  readonly decided_at: number;
  readonly took_ms: number | null;
  readonly is_taken: number;
  readonly is_control_spared: number;
}

export async function findSubject(
  driver: Driver,
  { listId, userId }: OutcomeFilter,
): Promise<ReportSubject | undefined> {
  const { now, wholeText } = driver.dialect;
  if (listId !== undefined) {
    const [list] = await driver.query<{
      name: string | null;
      status: string;
      user_id: number | null;
      total: number;
      read_at: number;
    }>(
      `SELECT ${wholeText('list_name')} AS name, status, user_id, total_emails AS total, ${now} AS read_at
       FROM csv_list WHERE id = ?`,
      [listId],
    );
    if (list === undefined) return undefined;
    return {
      list: { name: list.name ?? undefined, status: list.status },
      userId: list.user_id ?? undefined,
      expectedRows: list.total,
      readAt: list.read_at,
    };
  }
  const [found] = await driver.query<{ total: number | null; read_at: number }>(
    userId === undefined
      ? `SELECT NULL AS total, ${now} AS read_at`
      : `SELECT SUM(total_emails) AS total, ${now} AS read_at FROM csv_list
         WHERE status IN (${LIST_STATUSES}) AND user_id = ?`,
    userId === undefined ? [] : [userId],
  );
  return { list: undefined, userId, expectedRows: found?.total ?? undefined, readAt: found!.read_at };
}

export async function* readOutcomes(driver: Driver, filter: OutcomeFilter): AsyncGenerator<OutcomePage> {
  for (const stretch of await stretchesOf(driver, filter)) {
    for (let after = BEFORE_ALL_ROWS; ;) {
      const piece = await findPiece(driver, stretch, filter, after);
      if (piece === undefined) break;
      const { seen, wanted, last } = piece;
      const rows = wanted === 0 ? [] : await readPiece(driver, stretch, filter, { after, last });
      yield { rows: rows.map(outcomeOf), seen };
      if (seen < PAGE_ROWS) break;
      after = last;
    }
  }
}

interface Piece {
  readonly seen: number;
  /** Of them, those that the filter may want. */
  readonly wanted: number;
  readonly last: number;
}

// Nothing leads to what was decided lately but the evidence itself: an index on its time costs 7 % of what a verdict costs
// and a quarter of what a second one does. So it is gone through, and most of it read once only: what is old is counted and left.
async function findPiece(
  driver: Driver,
  { id, from, conditions, values, time }: Stretch,
  { since }: OutcomeFilter,
  after: number,
): Promise<Piece | undefined> {
  const isTimed = time !== undefined && since !== undefined;
  const [piece] = await driver.query<{ seen: number; wanted: number; last_id: number | null }>(
    `SELECT COUNT(*) AS seen, ${isTimed ? 'SUM(p.decided_at >= ?)' : 'COUNT(*)'} AS wanted, MAX(p.id) AS last_id FROM
       (SELECT ${id} AS id${isTimed ? `, ${time} AS decided_at` : ''} FROM ${from}
        WHERE ${[...conditions, `${id} > ?`].join(' AND ')} ORDER BY ${id} LIMIT ${PAGE_ROWS}) p`,
    [...(isTimed ? [since] : []), ...values, after],
  );
  if (piece === undefined || piece.last_id === null) return undefined;
  return { seen: piece.seen, wanted: Number(piece.wanted), last: piece.last_id };
}

function readPiece(
  driver: Driver,
  { id, conditions, values, from }: Stretch,
  { since }: OutcomeFilter,
  { after, last }: { readonly after: number; readonly last: number },
): Promise<readonly FoundOutcome[]> {
  const { wholeText, byPrimaryKey } = driver.dialect;
  const joined = from.startsWith('svc_verdict')
    ? `${from} JOIN emails e${byPrimaryKey} ON e.id = v.row_id`
    : `${from} LEFT JOIN svc_verdict v${byPrimaryKey} ON v.row_id = e.id`;
  const isWanted = since === undefined ? [] : ['v.decided_at >= ?'];
  return driver.query<FoundOutcome>(
    `SELECT e.id, ${wholeText('e.raw_emailid')} AS email, e.domain_processed, e.validation_status,
       v.status, v.reason, v.mx, v.stage, v.attempt, v.decided_at, v.took_ms, v.taken_from IS NOT NULL AS is_taken,
       v.known_catch_all IS NOT NULL AND v.control_code IS NULL AS is_control_spared
     FROM ${joined} WHERE ${[...conditions, `${id} > ?`, `${id} <= ?`, ...isWanted].join(' AND ')}`,
    [...values, after, last, ...(since === undefined ? [] : [since])],
  );
}

function outcomeOf(row: FoundOutcome): OutcomePage['rows'][number] {
  return {
    id: row.id,
    email: row.email,
    isProcessed: row.domain_processed === 1,
    validationStatus: row.validation_status ?? undefined,
    evidence: row.status === null ? undefined : evidenceOf(row, row.status),
  };
}

function evidenceOf(row: FoundOutcome, status: string): OutcomeEvidence {
  return {
    status,
    reason: row.reason,
    mx: row.mx ?? undefined,
    stage: row.stage ?? undefined,
    attempt: row.attempt,
    decidedAt: row.decided_at,
    tookMs: row.took_ms ?? undefined,
    isTaken: row.is_taken === 1,
    isControlSpared: row.is_control_spared === 1,
  };
}

/** Where the rows stand; no row stands in two of them. */
async function stretchesOf(driver: Driver, filter: OutcomeFilter): Promise<readonly Stretch[]> {
  const { listId, userId, since } = filter;
  if (listId !== undefined) return stretchesOfList(listId);
  if (userId !== undefined) return stretchesOfUser(driver, userId);
  return since === undefined
    ? [{ from: 'emails e', id: 'e.id', conditions: [], values: [] }]
    : [{ from: 'svc_verdict v', id: 'v.row_id', conditions: [], values: [], time: 'v.decided_at' }];
}

// Along idx_csv_list_processing, where ids are in order only within what has the first three columns in common.
function stretchesOfList(listId: number): readonly Stretch[] {
  return PROCESSED.flatMap((processed) =>
    [0, 1, 2].map((status) => ({
      from: 'emails e',
      id: 'e.id',
      conditions: ['e.csv_list_id = ?', 'e.domain_processed = ?', 'e.domain_status = ?'],
      values: [listId, processed, status],
    })),
  );
}

/** Along svc_pending: the user's own rows, list by list, and those of its lists that name no user themselves. */
async function stretchesOfUser(driver: Driver, userId: number): Promise<readonly Stretch[]> {
  const from = `emails e${driver.dialect.useIndex(PENDING_INDEX)}`;
  const stretches: Stretch[] = [];
  const lists = await driver.query<{ id: number }>(
    `SELECT id FROM csv_list WHERE status IN (${LIST_STATUSES}) AND user_id = ?`,
    [userId],
  );
  for (const processed of PROCESSED) {
    const own = await driver.query<{ list_id: number | null }>(
      `SELECT e.csv_list_id AS list_id FROM ${from} WHERE e.domain_processed = ? AND e.user_id = ?
       GROUP BY e.domain_processed, e.user_id, e.csv_list_id`,
      [processed, userId],
    );
    for (const { list_id } of own)
      stretches.push({
        from,
        id: 'e.id',
        conditions: [
          'e.domain_processed = ?',
          'e.user_id = ?',
          list_id === null ? 'e.csv_list_id IS NULL' : 'e.csv_list_id = ?',
        ],
        values: [processed, userId, ...(list_id === null ? [] : [list_id])],
      });
    for (const { id } of lists)
      stretches.push({
        from,
        id: 'e.id',
        conditions: ['e.domain_processed = ?', 'e.user_id IS NULL', 'e.csv_list_id = ?'],
        values: [processed, id],
      });
  }
  return stretches;
}
