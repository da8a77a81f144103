// Removes what nobody needs any more from our tables, a bounded piece at a time along the primary key, so that whoever
// works meanwhile waits for nothing. Walks whole tables, which is nothing for a cycle: the command `gc` asks for it.
//
// What is kept whatever its age: evidence of rows that are touched and not decided, since their next attempt, their twins and
// `explain` go by it.

import { type Driver, pieces } from './driver.ts';
import { BEFORE_ALL_ROWS } from './queues.ts';

const PIECE_ROWS = 1_000;
const DAY_SECONDS = 86_400;

/** What may grow stale in our tables. */
export type StaleKind = 'evidence' | 'domain facts' | 'turns' | 'minutes' | 'webhooks';

export interface StalePiece {
  readonly removed: number;
  /** Where the next piece begins; undefined after the last. */
  readonly next: string | number | undefined;
}

export interface StaleSearch {
  /** What is older than so many days is stale. */
  readonly days: number;
  /** Counts only. */
  readonly isDryRun: boolean;
  /** Where the piece before ended. */
  readonly after: string | number | undefined;
}

/** Removes the next piece of a kind. */
export function removeStale(driver: Driver, kind: StaleKind, search: StaleSearch): Promise<StalePiece> {
  return kind === 'evidence' ? removeEvidence(driver, search) : removeRange(driver, RANGES[kind], search);
}

interface Range {
  readonly table: string;
  readonly key: string;
  /** Before all keys. */
  readonly start: string | number;
  /** When a row was needed last. Where the key is that time, the walk ends with the first row that is not stale. */
  readonly time: string;
}

const RANGES: Readonly<Record<Exclude<StaleKind, 'evidence'>, Range>> = {
  'domain facts': { table: 'svc_domain', key: 'domain', start: '', time: 'expires_at' },
  turns: { table: 'svc_turn', key: 'user_id', start: BEFORE_ALL_ROWS, time: 'waits_since' },
  minutes: { table: 'svc_pace', key: 'minute', start: BEFORE_ALL_ROWS, time: 'minute' },
  webhooks: { table: 'svc_webhook', key: 'delivery_id', start: '', time: 'completed_at' },
};

async function removeRange(
  driver: Driver,
  { table, key, start, time }: Range,
  { days, isDryRun, after = start }: StaleSearch,
): Promise<StalePiece> {
  const isStale = `${time} < ${driver.dialect.now} - ${days * DAY_SECONDS}`;
  const inPiece = key === time ? `${key} > ? AND ${isStale}` : `${key} > ?`;
  const [piece] = await driver.query<{ seen: number; last_key: string | number | null }>(
    `SELECT COUNT(*) AS seen, MAX(p.k) AS last_key FROM
       (SELECT ${key} AS k FROM ${table} WHERE ${inPiece} ORDER BY ${key} LIMIT ${PIECE_ROWS}) p`,
    [after],
  );
  if (piece === undefined || piece.last_key === null) return { removed: 0, next: undefined };
  const stale = `FROM ${table} WHERE ${key} > ? AND ${key} <= ? AND ${isStale}`;
  const values = [after, piece.last_key];
  const [found] = await driver.query<{ n: number }>(`SELECT COUNT(*) AS n ${stale}`, values);
  const removed =
    isDryRun || found?.n === 0 ? (found?.n ?? 0) : await driver.execute(`DELETE ${stale}`, values);
  return { removed, next: piece.seen < PIECE_ROWS ? undefined : piece.last_key };
}

async function removeEvidence(
  driver: Driver,
  { days, isDryRun, after = BEFORE_ALL_ROWS }: StaleSearch,
): Promise<StalePiece> {
  const { now } = driver.dialect;
  const [piece] = await driver.query<{ seen: number; last_id: number | null }>(
    `SELECT COUNT(*) AS seen, MAX(p.row_id) AS last_id FROM
       (SELECT row_id FROM svc_verdict WHERE row_id > ? ORDER BY row_id LIMIT ${PIECE_ROWS}) p`,
    [after],
  );
  if (piece === undefined || piece.last_id === null) return { removed: 0, next: undefined };
  const next = piece.seen < PIECE_ROWS ? undefined : piece.last_id;
  // Of rows that the CRM deleted as well, however young: they name addresses that are to be forgotten.
  const stale = await driver.query<{ row_id: number; is_orphan: number }>(
    `SELECT v.row_id, e.id IS NULL AS is_orphan FROM svc_verdict v
       LEFT JOIN emails e ON e.id = v.row_id LEFT JOIN svc_row r ON r.row_id = v.row_id
     WHERE v.row_id > ? AND v.row_id <= ? AND r.row_id IS NULL AND (e.id IS NULL OR v.decided_at < ${now} - ?)
     ORDER BY v.row_id`,
    [after, piece.last_id, days * DAY_SECONDS],
  );
  if (isDryRun) return { removed: stale.length, next };

  const idsOf = (isOrphan: number): readonly number[] =>
    stale.filter(({ is_orphan }) => is_orphan === isOrphan).map(({ row_id }) => row_id);
  // What was asked about again since is not stale any more.
  const removed =
    (await removeRows(driver, idsOf(1))) +
    (await removeRows(driver, idsOf(0), `t.decided_at < ${now} - ${days * DAY_SECONDS}`));
  return { removed, next };
}

async function removeRows(driver: Driver, ids: readonly number[], where?: string): Promise<number> {
  let removed = 0;
  for (const some of pieces(ids))
    removed += await driver.execute(
      driver.dialect.deleteRows('svc_verdict', 'row_id', some.length, where),
      some,
    );
  return removed;
}
