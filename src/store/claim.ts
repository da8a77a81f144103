// Takes rows for this server: those that are due again first, then fresh ones, list after list.
// What makes a claim exclusive is the primary key of svc_row; the frontier only makes it cheap. A row is ours
// when it can be read back under our token. Statements commit one by one: another server waits for none of them
// longer than for one statement, and what a crash leaves between two of them the sweep finds. Who loses a race
// goes on elsewhere, so that ten servers at one user spread out instead of queueing for the same rows.

import type { Held } from '../domain/pause.ts';
import type { ClaimedRow } from '../domain/row.ts';
import { pause } from '../platform/clock.ts';
import { pieces } from './driver.ts';
import { countFirstTouch } from './list-counts.ts';
import { andNotHeld, readHeld } from './pauses.ts';
import { type Queue, rowsOf } from './queue-rows.ts';
import {
  type Database,
  NONE,
  findQueues,
  moveFrontier,
  queueKey,
  reachedIn,
  readProgress,
} from './queues.ts';
import type { Claimant } from './store.ts';

/** A claim in the making. */
interface Claim {
  readonly userId: number;
  readonly token: string;
  readonly claimant: Claimant;
}

/** One with what may not be claimed at this moment. */
interface Attempt extends Claim {
  readonly held: Held;
}

/** How often others may be faster, having taken rows each time, before we leave the rest to them: of ten equals one wins. */
const MAX_LOST_RACES = 100;
/** Who loses twice would meet the same rivals again. */
const REST_AFTER_RACE_MS = 5;
const MAX_REST_MS = 50;

export async function claimRows(db: Database, claim: Claim, limit: number): Promise<readonly ClaimedRow[]> {
  const held = await readHeld(db.driver);
  if (held.users.has(claim.userId)) return [];
  const due = await claimDue(db, { ...claim, held }, limit);
  if (due < limit) await claimFresh(db, { ...claim, held }, limit - due);
  const rows = await readBack(db, claim);
  if (db.shadow === undefined)
    await countFirstTouch(db.driver, [...new Set(rows.flatMap(({ listId }) => listId ?? []))]);
  return rows;
}

/** Takes rows that were touched before: retries, rows given back, and the claims of the dead. */
async function claimDue(db: Database, claim: Attempt, limit: number): Promise<number> {
  let taken = 0;
  // After lost races one of so many pages of due rows is tried, since the others are likely after the first.
  let pages = 1;
  for (let lostRaces = 0; taken < limit && lostRaces < MAX_LOST_RACES;) {
    const wanted = limit - taken;
    const page = Math.floor(Math.random() * pages);
    const { seen, ids } = await readDue(db, claim, wanted, page);
    const { matched, isLost } = await takeDue(db, claim, ids, lostRaces > 0);
    taken += matched;
    const isEnd = seen < wanted && !isLost;
    if (isEnd && page === 0) break;
    if (isLost || isEnd) lostRaces++;
    if (isLost) await rest(lostRaces);
    pages = isEnd ? page : isLost ? pages + 1 : pages;
  }
  return taken;
}

/** A page of due rows; those that were decided, deleted or moved away meanwhile are let go. */
async function readDue(
  db: Database,
  { userId, held }: Attempt,
  limit: number,
  page: number,
): Promise<{ readonly seen: number; readonly ids: readonly number[] }> {
  const { driver, workerId } = db;
  const { now } = driver.dialect;
  const stillOurs = isStillOpen(db);
  const free = andNotHeld(held);
  const rows = await driver.query<{ row_id: number; open_id: number | null }>(
    `SELECT r.row_id, e.id AS open_id FROM
       (SELECT row_id, user_id FROM svc_row WHERE user_id = ? AND due_at <= ${now}${workerId === undefined ? '' : ' AND worker_id = ?'}${free.sql}
        ORDER BY due_at LIMIT ? OFFSET ?) r
     LEFT JOIN emails e ON e.id = r.row_id AND ${stillOurs.sql}`,
    [
      userId,
      ...(workerId === undefined ? [] : [workerId]),
      ...free.values,
      limit,
      limit * page,
      ...stillOurs.values,
    ],
  );
  await forget(
    db,
    rows.filter((row) => row.open_id === null).map((row) => row.row_id),
    `due_at <= ${now}`,
  );
  return {
    seen: rows.length,
    ids: rows.filter((row) => row.open_id !== null).map((row) => row.row_id),
  };
}

/** Takes what of these rows is still due, as long as nobody else is at them; from the middle where `isContested`. */
async function takeDue(
  { driver, claimSeconds }: Database,
  claim: Claim,
  ids: readonly number[],
  isContested: boolean,
): Promise<{ readonly matched: number; readonly isLost: boolean }> {
  const { now } = driver.dialect;
  const parts = pieces(ids.toSorted((a, b) => a - b));
  const first = isContested ? Math.floor(Math.random() * parts.length) : 0;
  let matched = 0;
  for (const some of [...parts.slice(first), ...parts.slice(0, first)]) {
    const took = await driver.execute(
      driver.dialect.updateRows({
        table: 'svc_row',
        key: 'row_id',
        set: [
          ['due_at', `${now} + ${claimSeconds}`],
          ['token', 'n.v1'],
          ['server', 'n.v2'],
          ['cycle_id', 'n.v3'],
        ],
        width: 3,
        rows: some.length,
        where: `t.due_at <= ${now}`,
      }),
      some.flatMap((id) => [id, claim.token, claim.claimant.server, claim.claimant.cycleId]),
    );
    matched += took;
    if (took < some.length) return { matched, isLost: true };
  }
  return { matched, isLost: false };
}

/** Takes rows beyond the frontier of the user's queues, the oldest queue first. */
async function claimFresh(db: Database, claim: Attempt, limit: number): Promise<void> {
  const all = await findQueues(db, { ownerId: claim.userId });
  const queues = all.filter(({ listId }) => listId === null || !claim.held.lists.has(listId));
  const progress = await readProgress(db, queues);
  let wanted = limit;
  for (const queue of queues) {
    if (wanted <= 0) return;
    wanted -= await claimFromQueue(db, claim, queue, progress.get(queueKey(queue))?.frontier, wanted);
  }
}

async function claimFromQueue(
  db: Database,
  claim: Claim,
  queue: Queue,
  knownFrontier: number | undefined,
  limit: number,
): Promise<number> {
  let taken = 0;
  let frontier = knownFrontier;
  for (let lostRaces = 0; taken < limit && lostRaces < MAX_LOST_RACES;) {
    const reached = reachedIn(queue, frontier);
    if (reached >= queue.maxId) break;
    const wanted = limit - taken;
    const fresh = await readFresh(db, queue, reached, wanted);
    const lastId = fresh.at(-1)?.id ?? queue.maxId;
    const next = fresh.length < wanted ? Math.max(lastId, queue.maxId) : lastId;
    if (await moveFrontier(db, queue, frontier, next)) {
      taken += await insertClaimed(db, claim, queue, fresh);
      frontier = next;
    } else {
      await rest(++lostRaces);
      frontier = (await readProgress(db, [queue])).get(queueKey(queue))?.frontier;
    }
  }
  return taken;
}

interface FreshRow {
  readonly id: number;
  readonly worker_id: number;
  /** 1 where a shadow run needs not ask any more. */
  readonly is_known: number;
}

function readFresh(
  db: Database,
  queue: Queue,
  frontier: number,
  limit: number,
): Promise<readonly FreshRow[]> {
  const { sql, values } = rowsOf(db, queue, { columns: 'id, worker_id', after: frontier, limit });
  return db.driver.query<FreshRow>(
    db.shadow === undefined
      ? `SELECT p.id, p.worker_id, 0 AS is_known FROM (${sql}) p ORDER BY p.id`
      : `SELECT p.id, p.worker_id, v.row_id IS NOT NULL AS is_known
         FROM (${sql}) p LEFT JOIN svc_verdict v ON v.row_id = p.id ORDER BY p.id`,
    values,
  );
}

async function insertClaimed(
  db: Database,
  claim: Claim,
  queue: Queue,
  rows: readonly FreshRow[],
): Promise<number> {
  const { now, insertIgnore } = db.driver.dialect;
  let inserted = 0;
  for (const some of pieces(rows.filter(({ is_known }) => is_known === 0))) {
    inserted += await db.driver.execute(
      `${insertIgnore} svc_row (row_id, user_id, list_id, worker_id, due_at, token, server, cycle_id) VALUES ${some
        .map(() => `(?, ?, ?, ?, ${now} + ${db.claimSeconds}, ?, ?, ?)`)
        .join(', ')}`,
      some.flatMap(({ id, worker_id }) => [
        id,
        claim.userId,
        queue.listId ?? NONE,
        worker_id,
        claim.token,
        claim.claimant.server,
        claim.claimant.cycleId,
      ]),
    );
  }
  return inserted;
}

/** The rows that are really ours; those decided, deleted or moved away meanwhile are let go. */
async function readBack(db: Database, { token }: Claim): Promise<readonly ClaimedRow[]> {
  const stillOurs = isStillOpen(db);
  const rows = await db.driver.query<{
    row_id: number;
    attempts: number;
    throttles: number;
    id: number | null;
    csv_list_id: number | null;
    raw_emailid: string;
  }>(
    `SELECT r.row_id, r.attempts, r.throttles, e.id, e.csv_list_id, ${db.driver.dialect.wholeText('e.raw_emailid')} AS raw_emailid
     FROM svc_row r
     LEFT JOIN emails e ON e.id = r.row_id AND ${stillOurs.sql}
     WHERE r.token = ? ORDER BY r.row_id`,
    [...stillOurs.values, token],
  );
  await forget(
    db,
    rows.filter((row) => row.id === null).map((row) => row.row_id),
    'token = ?',
    token,
  );
  return rows
    .filter((row) => row.id !== null)
    .map((row) => ({
      id: row.row_id,
      listId: row.csv_list_id ?? undefined,
      email: row.raw_emailid,
      attempts: row.attempts,
      throttles: row.throttles,
      token,
    }));
}

async function rest(lostRaces: number): Promise<void> {
  if (lostRaces < 2) return;
  const ms = Math.random() * Math.min(REST_AFTER_RACE_MS * lostRaces, MAX_REST_MS);
  await pause(ms);
}

/** True of a row `e` of emails that is to be decided, in our partition, and still the user's of its svc_row `r`. */
function isStillOpen({ workerId, shadow }: Database): {
  readonly sql: string;
  readonly values: readonly number[];
} {
  // A row that the CRM's system decides meanwhile is what a shadow run is for.
  const sql = `${shadow === undefined ? 'e.domain_processed = 0 AND ' : ''}(e.user_id = r.user_id OR e.user_id IS NULL)`;
  return workerId === undefined
    ? { sql, values: [] }
    : { sql: `${sql} AND e.worker_id = ?`, values: [workerId] };
}

async function forget(
  db: Database,
  ids: readonly number[],
  onlyIf: string,
  ...values: string[]
): Promise<void> {
  for (const some of pieces(ids)) {
    await db.driver.execute(db.driver.dialect.deleteRows('svc_row', 'row_id', some.length, onlyIf), [
      ...some,
      ...values,
    ]);
  }
}
