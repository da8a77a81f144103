// Reads what servers noted about themselves and their minutes (server-notes.ts writes it). Along the primary keys.

import type { PacePart, ServerFigures, ServerState } from '../domain/figures.ts';
import type { Driver } from './driver.ts';

/** Names that servers ever had; one that changes its name each day would fill a screen otherwise. */
const MAX_SERVERS = 100;
/** Two servers that work for a thousand users each, by the minute, for an hour, are more than anybody reads. */
const MAX_PARTS = 50_000;

export async function readServers(driver: Driver): Promise<readonly ServerFigures[]> {
  const rows = await driver.query<{
    server: string;
    cycle_id: string;
    state: ServerState;
    began_at: number;
    seen_at: number;
    pool_size: number;
    workers: number;
    rows_in_hand: number;
  }>(
    `SELECT server, cycle_id, state, began_at, seen_at, pool_size, workers, rows_in_hand FROM svc_server
     ORDER BY seen_at DESC, server LIMIT ${MAX_SERVERS}`,
  );
  return rows.map((row) => ({
    server: row.server,
    cycleId: row.cycle_id,
    state: row.state,
    beganAt: row.began_at,
    seenAt: row.seen_at,
    poolSize: row.pool_size,
    workers: row.workers,
    rowsInHand: row.rows_in_hand,
  }));
}

/** Which stretch of time is read, and in how long parts. */
export interface PaceRange {
  /** Seconds since 1970. */
  readonly since: number;
  /** A multiple of 60. */
  readonly partSeconds: number;
}

/** What was done since then, by server and user, in parts of equal length. */
export async function readPace(
  driver: Driver,
  { since, partSeconds }: PaceRange,
): Promise<readonly PacePart[]> {
  const rows = await driver.query<Record<(typeof SUMS)[number], number> & PaceRow>(
    `SELECT minute - minute % ? AS starts_at, server, user_id, MAX(share) AS share, MAX(workers) AS workers,
       MAX(rows_in_hand) AS rows_in_hand, ${SUMS.map((column) => `SUM(${column}) AS ${column}`).join(', ')}
     FROM svc_pace WHERE minute >= ? GROUP BY minute - minute % ?, server, user_id
     ORDER BY starts_at, server, user_id LIMIT ${MAX_PARTS}`,
    [partSeconds, since, partSeconds],
  );
  return rows.map((row) => ({
    startsAt: row.starts_at,
    server: row.server,
    userId: row.user_id,
    share: row.share,
    workers: row.workers,
    rowsInHand: row.rows_in_hand,
    counts: {
      valid: Number(row.valid),
      invalid: Number(row.invalid),
      'catch-all': Number(row.catch_all),
      disposable: Number(row.disposable),
      unknown: Number(row.unknown),
      deferred: Number(row.deferred),
    },
  }));
}

const SUMS = ['valid', 'invalid', 'catch_all', 'disposable', 'unknown', 'deferred'] as const;

interface PaceRow {
  readonly starts_at: number;
  readonly server: string;
  readonly user_id: number;
  readonly share: number;
  readonly workers: number;
  readonly rows_in_hand: number;
}
