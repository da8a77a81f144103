// Takes rows for this server: those that are due again first, then fresh ones, list after list.
// What makes a claim exclusive is the primary key of svc_row; the frontier only makes it cheap. A row is ours
// when it can be read back under our token. Statements commit one by one: another server waits for none of them
// longer than for one statement, and what a crash leaves between two of them the sweep finds.

import type { ClaimedRow } from '../domain/row.ts';
import { pieces, placeholders } from './driver.ts';
import { countFirstTouch } from './list-counts.ts';
import {
  type Database,
  NONE,
  type Queue,
  isPendingIn,
  moveFrontier,
  pendingQueues,
  queueKey,
  reachedIn,
  readProgress,
} from './queues.ts';
import { PENDING_INDEX } from './schema.ts';
import { CLAIM_SECONDS, type Claimant } from './store.ts';

/** A claim in the making. */
interface Claim {
  readonly userId: number;
  readonly token: string;
  readonly claimant: Claimant;
}

/** How often another server may be faster before we leave the rest to it. */
const MAX_LOST_RACES = 5;

export async function claimRows(db: Database, claim: Claim, limit: number): Promise<readonly ClaimedRow[]> {
  const due = await claimDue(db, claim, limit);
  if (due < limit) await claimFresh(db, claim, limit - due);
  const rows = await readBack(db, claim);
  await countFirstTouch(db.driver, [...new Set(rows.flatMap(({ listId }) => listId ?? []))]);
  return rows;
}

/** Takes rows that were touched before: retries, rows given back, and the claims of the dead. */
async function claimDue(db: Database, claim: Claim, limit: number): Promise<number> {
  const { driver, workerId } = db;
  const { now } = driver.dialect;
  const stillOurs = isStillPending(db);
  let taken = 0;
  for (let lostRaces = 0; taken < limit && lostRaces < MAX_LOST_RACES;) {
    const wanted = limit - taken;
    const rows = await driver.query<{ row_id: number; pending_id: number | null }>(
      `SELECT r.row_id, e.id AS pending_id FROM
         (SELECT row_id, user_id FROM svc_row WHERE user_id = ? AND due_at <= ${now}${workerId === undefined ? '' : ' AND worker_id = ?'}
          ORDER BY due_at LIMIT ?) r
       LEFT JOIN emails e ON e.id = r.row_id AND ${stillOurs.sql}`,
      [claim.userId, ...(workerId === undefined ? [] : [workerId]), wanted, ...stillOurs.values],
    );
    const ids = rows.filter((row) => row.pending_id !== null).map((row) => row.row_id);
    await forget(
      db,
      rows.filter((row) => row.pending_id === null).map((row) => row.row_id),
      `due_at <= ${now}`,
    );
    let matched = 0;
    for (const some of pieces(ids.toSorted((a, b) => a - b))) {
      matched += await driver.execute(
        `UPDATE svc_row SET due_at = ${now} + ${CLAIM_SECONDS}, token = ?, server = ?, cycle_id = ?
         WHERE row_id IN (${placeholders(some.length)}) AND due_at <= ${now}`,
        [claim.token, claim.claimant.server, claim.claimant.cycleId, ...some],
      );
    }
    taken += matched;
    if (rows.length < wanted) break;
    if (matched < ids.length) lostRaces++;
  }
  return taken;
}

/** Takes rows beyond the frontier of the user's queues, the oldest queue first. */
async function claimFresh(db: Database, claim: Claim, limit: number): Promise<void> {
  const queues = await pendingQueues(db, { ownerId: claim.userId });
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
      lostRaces++;
      frontier = (await readProgress(db, [queue])).get(queueKey(queue))?.frontier;
    }
  }
  return taken;
}

interface FreshRow {
  readonly id: number;
  readonly worker_id: number;
}

function readFresh(
  db: Database,
  queue: Queue,
  frontier: number,
  limit: number,
): Promise<readonly FreshRow[]> {
  const { sql, values } = isPendingIn(db, queue);
  return db.driver.query<FreshRow>(
    `SELECT id, worker_id FROM emails${db.driver.dialect.useIndex(PENDING_INDEX)}
     WHERE ${sql} AND id > ? ORDER BY id LIMIT ?`,
    [...values, frontier, limit],
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
  for (const some of pieces(rows)) {
    inserted += await db.driver.execute(
      `${insertIgnore} svc_row (row_id, user_id, list_id, worker_id, due_at, token, server, cycle_id) VALUES ${some
        .map(() => `(?, ?, ?, ?, ${now} + ${CLAIM_SECONDS}, ?, ?, ?)`)
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
  const stillOurs = isStillPending(db);
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

/** True of a row `e` of emails that is pending, in our partition, and still the user's of its svc_row `r`. */
function isStillPending({ workerId }: Database): {
  readonly sql: string;
  readonly values: readonly number[];
} {
  const sql = 'e.domain_processed = 0 AND (e.user_id = r.user_id OR e.user_id IS NULL)';
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
    await db.driver.execute(
      `DELETE FROM svc_row WHERE row_id IN (${placeholders(some.length)}) AND ${onlyIf}`,
      [...some, ...values],
    );
  }
}
