// The table svc_destination: what each server knows of destinations. A server's rows are its own: it loads them once a
// cycle and replaces them as it learns; what nobody said anything of for a week is forgotten.

import { KEPT_SECONDS, type KnownDestination, type ServersDestination } from '../domain/known-destination.ts';
import { type Driver, pieces, type SqlValue } from './driver.ts';

/** As many as are kept in memory (pool/destinations.ts). */
const MAX_LOADED = 50_000;
/** What fits the column; any other name is none that the DNS gives out. */
const STORABLE = /^[\x21-\x7e]{1,255}$/;

interface Row {
  readonly server: string;
  readonly destination: string;
  readonly connections: number;
  readonly ceiling: number | null;
  readonly ceiling_until: number | null;
  readonly closed_by: 'block' | 'throttle' | null;
  readonly closed_since: number | null;
  readonly closed_until: number | null;
  readonly wait_seconds: number | null;
  readonly said: string | null;
  readonly seen_at: number;
  readonly now_seconds: number;
}

const COLUMNS =
  'server, destination, connections, ceiling, ceiling_until, closed_by, closed_since, closed_until, wait_seconds, said, seen_at';

/** Gives what a server knows, the latest first; of all servers where none is named. */
export async function loadDestinations(
  driver: Driver,
  server: string | undefined,
  limit = MAX_LOADED,
): Promise<readonly ServersDestination[]> {
  const { now } = driver.dialect;
  // From the first key on: so it is a range of the primary key, whose order is that of the rows.
  const whose = server === undefined ? "server > ''" : 'server = ?';
  const rows = await driver.query<Row>(
    `SELECT ${COLUMNS}, ${now} AS now_seconds FROM svc_destination
     WHERE ${whose} AND expires_at > ${now} ORDER BY server, destination LIMIT ${limit}`,
    server === undefined ? [] : [server],
  );
  return rows.map(knownOf);
}

/** Writes what a server knows, and forgets what it did not hear of for long. */
export async function recordDestinations(
  driver: Driver,
  server: string,
  known: readonly KnownDestination[],
): Promise<void> {
  const { now } = driver.dialect;
  const storable = known.filter(({ destination }) => STORABLE.test(destination));
  const from = (seconds: string): string => `${now} + ${seconds}`;
  for (const some of pieces(storable)) {
    await driver.execute(
      `REPLACE INTO svc_destination (${COLUMNS}, expires_at) VALUES ${some
        .map(
          () =>
            `(?, ?, ?, ?, ${from('?')}, ?, ${now} - ?, ${from('?')}, ?, ?, ${now} - ?, ${from(String(KEPT_SECONDS))} + ?)`,
        )
        .join(', ')}`,
      some.flatMap((one) => valuesOf(server, one)),
    );
  }
  await driver.execute(`DELETE FROM svc_destination WHERE server = ? AND expires_at <= ${now}`, [server]);
}

// Whole seconds, and never before 1970: the column of an unsigned clock could not hold it. NULL makes a sum NULL.
function valuesOf(server: string, one: KnownDestination): readonly SqlValue[] {
  const { destination, limit, ceiling, closure, seenSecondsAgo } = one;
  const left = closure === undefined ? 0 : Math.max(Math.round(closure.secondsLeft), 0);
  return [
    server,
    destination,
    limit,
    ceiling?.limit ?? null,
    ceiling === undefined ? null : Math.round(ceiling.secondsLeft),
    closure?.type ?? null,
    closure === undefined ? null : Math.round(closure.sinceSecondsAgo),
    closure === undefined ? null : Math.round(closure.secondsLeft),
    closure === undefined ? null : Math.round(closure.waitSeconds),
    closure?.said ?? null,
    Math.max(Math.round(seenSecondsAgo), 0),
    left,
  ];
}

// Subtracted here: the clock is unsigned.
function knownOf(row: Row): ServersDestination {
  const { now_seconds: now } = row;
  return {
    server: row.server,
    destination: row.destination,
    limit: row.connections,
    ceiling:
      row.ceiling === null
        ? undefined
        : { limit: row.ceiling, secondsLeft: (row.ceiling_until ?? now) - now },
    closure:
      row.closed_by === null
        ? undefined
        : {
            type: row.closed_by,
            said: row.said ?? '',
            waitSeconds: row.wait_seconds ?? 0,
            sinceSecondsAgo: Math.max(now - (row.closed_since ?? now), 0),
            secondsLeft: (row.closed_until ?? now) - now,
          },
    seenSecondsAgo: Math.max(now - row.seen_at, 0),
  };
}
