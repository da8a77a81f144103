// Rows that were touched and are not due: how many of each list somebody holds, how many wait for another attempt,
// until when, and why. Counts are taken along indexes of svc_row and stop at a bound that all users share; the
// reasons stand in the rows themselves, so where many wait those due first and last speak for all.

import type { Held, PutOff, Waiting, WaitingPart } from '../domain/figures.ts';
import { type Driver, pieces } from './driver.ts';
import { NONE, type Database, shareOfCap } from './queues.ts';
import { CLAIM_SECONDS } from './store.ts';

/** Of one server: each is looked up by its key, and there are seldom more than some ten thousand. */
const HELD_ROWS = 50_000;
/** Rows whose reasons are read, from each end of a user's line, and from all lines together. */
const SAMPLED_ROWS = 2_000;
const SAMPLED_ROWS_IN_ALL = 20_000;

const USERS_PER_STATEMENT = 20;

/** What waits of each list (undefined: of rows without one), with the users whose rows they are. */
export interface Touched {
  readonly userId: number;
  readonly listId: number | undefined;
  readonly held: readonly Held[];
  readonly putOff: PutOff;
}

/** Gives what is held and put off, list by list, of these users. */
export async function readTouched(
  db: Database,
  userIds: readonly number[],
  servers: readonly string[],
): Promise<readonly Touched[]> {
  const held = await readHeld(db.driver, servers);
  const notDue = await countNotDue(db, userIds);
  const keys = new Set([...held.keys(), ...notDue.keys()]);
  return [...keys].map((key) => {
    const [userId, listId] = key.split('/').map(Number) as [number, number];
    const holders = held.get(key) ?? [];
    return {
      userId,
      listId: listId === NONE ? undefined : listId,
      held: holders,
      putOff: withoutHeld(notDue.get(key), holders),
    };
  });
}

// A claim is a row that is not due, too: what is left when the claims are taken away waits for another attempt. The first
// to be due are the claims, of which none holds longer than some minutes.
function withoutHeld(notDue: PutOff | undefined, holders: readonly Held[]): PutOff {
  const rows = (notDue?.rows ?? 0) - holders.reduce((sum, { rows: some }) => sum + some, 0);
  if (notDue === undefined || rows <= 0)
    return { rows: 0, isCapped: false, firstDue: undefined, lastDue: undefined };
  return { ...notDue, rows };
}

async function readHeld(
  driver: Driver,
  servers: readonly string[],
): Promise<ReadonlyMap<string, readonly Held[]>> {
  const { now } = driver.dialect;
  const held = new Map<string, Held[]>();
  for (const server of servers) {
    const rows = await driver.query<{ user_id: number; list_id: number; row_count: number; until: number }>(
      `SELECT user_id, list_id, COUNT(*) AS row_count, MAX(due_at) AS until FROM
         (SELECT user_id, list_id, due_at FROM svc_row
          WHERE server = ? AND token IS NOT NULL AND due_at > ${now} LIMIT ${HELD_ROWS}) h
       GROUP BY user_id, list_id`,
      [server],
    );
    const isCapped = rows.reduce((sum, { row_count }) => sum + row_count, 0) >= HELD_ROWS;
    for (const { user_id, list_id, row_count, until } of rows) {
      const key = `${user_id}/${list_id}`;
      held.set(key, [...(held.get(key) ?? []), { server, rows: row_count, until, isCapped }]);
    }
  }
  return held;
}

async function countNotDue(db: Database, userIds: readonly number[]): Promise<ReadonlyMap<string, PutOff>> {
  const { driver } = db;
  const { now } = driver.dialect;
  const cap = shareOfCap(db, userIds.length);
  const notDue = new Map<string, PutOff>();
  for (const some of pieces(userIds, USERS_PER_STATEMENT)) {
    const rows = await driver.query<{
      user_id: number;
      list_id: number;
      row_count: number;
      first_due: number;
      last_due: number;
    }>(
      some
        .map(
          (_, place) =>
            `SELECT user_id, list_id, COUNT(*) AS row_count, MIN(due_at) AS first_due, MAX(due_at) AS last_due FROM
               (SELECT user_id, list_id, due_at FROM svc_row WHERE user_id = ? AND due_at > ${now}
                ORDER BY due_at LIMIT ${cap}) d${place} GROUP BY user_id, list_id`,
        )
        .join(' UNION ALL '),
      some,
    );
    const counted = new Map<number, number>();
    for (const { user_id, row_count } of rows) counted.set(user_id, (counted.get(user_id) ?? 0) + row_count);
    for (const { user_id, list_id, row_count, first_due, last_due } of rows) {
      const isCapped = counted.get(user_id)! >= cap;
      notDue.set(`${user_id}/${list_id}`, {
        rows: row_count,
        isCapped,
        firstDue: first_due,
        lastDue: last_due,
      });
    }
  }
  return notDue;
}

/** Gives why the rows of these users wait, by list, reason and the host that was asked last. */
export async function readWaiting(driver: Driver, userIds: readonly number[]): Promise<Waiting> {
  const limit = Math.min(SAMPLED_ROWS, Math.ceil(SAMPLED_ROWS_IN_ALL / Math.max(userIds.length, 1)));
  const { now } = driver.dialect;
  const parts: WaitingPart[] = [];
  let isSample = false;
  for (const userId of userIds) {
    const last = await readEnd(driver, userId, limit, [`due_at > ${now}`, 'DESC']);
    parts.push(...last.parts);
    if (last.seen < limit) continue;
    // More than were looked at. The other end begins where no claim reaches.
    const behindClaims = `due_at > ${now} + ${CLAIM_SECONDS} AND due_at < ${last.firstDue}`;
    parts.push(...(await readEnd(driver, userId, limit, [behindClaims, 'ASC'])).parts);
    isSample = true;
  }
  return { parts, isSample };
}

interface End {
  readonly parts: readonly WaitingPart[];
  /** Rows that were looked at, and the earliest time at which one of them is due. */
  readonly seen: number;
  readonly firstDue: number;
}

/** Reads one end of a user's line. */
async function readEnd(
  driver: Driver,
  userId: number,
  limit: number,
  [isInLine, order]: readonly [sql: string, order: 'ASC' | 'DESC'],
): Promise<End> {
  const rows = await driver.query<{
    list_id: number;
    reason: string | null;
    mx: string | null;
    is_free: number;
    row_count: number;
    first_due: number;
    last_due: number;
  }>(
    `SELECT r.list_id, r.reason, v.mx, r.token IS NULL AS is_free, COUNT(*) AS row_count,
       MIN(r.due_at) AS first_due, MAX(r.due_at) AS last_due
     FROM (SELECT row_id FROM svc_row WHERE user_id = ? AND ${isInLine} ORDER BY due_at ${order} LIMIT ${limit}) d
     JOIN svc_row r${driver.dialect.byPrimaryKey} ON r.row_id = d.row_id
     LEFT JOIN svc_verdict v${driver.dialect.byPrimaryKey} ON v.row_id = d.row_id
     GROUP BY r.list_id, r.reason, v.mx, r.token IS NULL`,
    [userId],
  );
  return {
    seen: rows.reduce((sum, { row_count }) => sum + row_count, 0),
    firstDue: Math.min(...rows.map(({ first_due }) => first_due)),
    parts: rows
      .filter(({ is_free }) => is_free === 1)
      .map((row) => ({
        userId,
        listId: row.list_id === NONE ? undefined : row.list_id,
        reason: row.reason ?? undefined,
        mx: row.mx ?? undefined,
        rows: row.row_count,
        firstDue: row.first_due,
        lastDue: row.last_due,
      })),
  };
}
