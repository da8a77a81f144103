// What the database knows of the other rows of some addresses, in whatever list: who was decided lately, who was put
// off, whom another server holds. Looks only, along the index on raw_emailid, which compares as the CRM's collation
// does, and finds an address in the forms in which it is claimed and sent: two that only parsing shows to be the same
// may miss each other, which costs a probe and nothing else.

import { asSent } from '../domain/address.ts';
import type { KeptVerdict } from '../domain/kept-row.ts';
import type { Reason } from '../domain/reason.ts';
import type { Answer, Twin } from '../domain/twins.ts';
import { wordsOf } from '../domain/kept-words.ts';
import { DOMAIN_STATUS, type Outcome } from '../domain/verdict.ts';
import { type Driver, type SqlValue, pieces, placeholders } from './driver.ts';
import type { Database } from './queues.ts';
import type { FoundTwins, TwinSearch } from './store.ts';
import { type VerdictRow, verdictColumns, verdictOf } from './verdicts.ts';

const ADDRESSES_PER_STATEMENT = 500;

/** Some for each address; where there are more, the addresses are looked up in smaller pieces. */
const MAX_ROWS_PER_STATEMENT = 2_000;

/**
 * A twin that is due again within this is no reason to wait: it is claimed before long, and joins. Longer than a row is put off for
 * whose twin another server holds: of two such rows each would else wait for the other, in turns.
 */
const WORTH_WAITING_SECONDS = 60;

interface TwinRow extends VerdictRow {
  readonly id: number;
  readonly email: string;
  readonly csv_list_id: number | null;
  readonly domain_processed: number;
  readonly domain_verified: number;
  readonly validation_status: string | null;
  readonly validation_response: string | null;
  readonly is_held: number;
  readonly seconds_left: number | null;
  readonly throttles: number | null;
  readonly response: string | null;
}

/** Gives what matters now of the twins of these rows, by address. */
export async function findTwins(db: Database, search: TwinSearch): Promise<FoundTwins> {
  const rowOf = new Map(search.rows.map(({ id, email }) => [asSent(email), id]));
  const twins = new Map<number, Twin[]>();
  const emails = search.rows.map(({ email }) => email);
  for (const some of pieces(emails, ADDRESSES_PER_STATEMENT)) {
    for (const found of await readRows(db, search, some)) {
      const rowId = rowOf.get(asSent(found.email)); // the collation takes more for the same than we do
      const twin = rowId === undefined ? undefined : twinOf(found);
      if (rowId === undefined || twin === undefined) continue;
      const known = twins.get(rowId);
      if (known === undefined) twins.set(rowId, [twin]);
      else known.push(twin);
    }
  }
  return { twins, askedAt: await readAskedAt(db.driver, [...twins.keys()]) };
}

/** Of one address in very many rows no more than a statement's: any of them will do. */
async function readRows(
  db: Database,
  search: TwinSearch,
  emails: readonly string[],
): Promise<readonly TwinRow[]> {
  const rows = await readSome(db, search, emails);
  if (rows.length < MAX_ROWS_PER_STATEMENT || emails.length === 1) return rows;
  const half = Math.ceil(emails.length / 2);
  const [first, second] = [emails.slice(0, half), emails.slice(half)];
  return [...(await readRows(db, search, first)), ...(await readRows(db, search, second))];
}

function readSome(
  { driver, shadow }: Database,
  { ownerId, claimant, reuse }: TwinSearch,
  emails: readonly string[],
): Promise<readonly TwinRow[]> {
  const { wholeText, now } = driver.dialect;
  // To a shadow run, whoever decided the row has nothing to do with it. What it came to counts for a real one, its own row included.
  const isOpen = shadow === undefined ? 'e.domain_processed = 0 AND ' : '';
  const isHeld = `${isOpen}r.token IS NOT NULL AND r.due_at > ${now} AND NOT (r.server = ? AND r.cycle_id = ?)`;
  const forms = [...new Set(emails.flatMap((email) => [email, asSent(email)]))];
  const ofOwner =
    ownerId === undefined ? '' : ' AND (e.user_id = ? OR (e.user_id IS NULL AND c.user_id = ?))';
  const values: readonly SqlValue[] = [
    claimant.server,
    claimant.cycleId,
    ...forms,
    ...(ownerId === undefined ? [] : [ownerId, ownerId]),
    claimant.server,
    claimant.cycleId,
    reuse.validSeconds,
    reuse.validSeconds,
    reuse.invalidSeconds,
  ];
  return driver.query<TwinRow>(
    `SELECT e.id, ${wholeText('e.raw_emailid')} AS email, e.csv_list_id, e.domain_processed, e.domain_verified,
       ${wholeText('e.validation_status')} AS validation_status,
       ${wholeText('e.validation_response')} AS validation_response,
       CASE WHEN ${isHeld} THEN 1 ELSE 0 END AS is_held, r.due_at - ${now} AS seconds_left, r.throttles,
       ${wholeText('r.response')} AS response, ${verdictColumns(driver.dialect, false)}
     FROM emails e LEFT JOIN svc_row r ON r.row_id = e.id LEFT JOIN svc_verdict v ON v.row_id = e.id${
       ownerId === undefined ? '' : ' LEFT JOIN csv_list c ON c.id = e.csv_list_id'
     }
     WHERE e.raw_emailid IN (${placeholders(forms.length)})${ofOwner} AND (
       (${isHeld})
       OR (${isOpen}r.token IS NULL AND r.due_at > ${now} + ${WORTH_WAITING_SECONDS} AND v.status = 'deferred')
       OR ((e.domain_processed = 1 OR v.shadow = 1) AND v.taken_from IS NULL AND v.attempt > 0
         AND v.decided_at > ${now} - CASE v.status WHEN 'valid' THEN ? WHEN 'catch-all' THEN ? WHEN 'invalid' THEN ? ELSE 0 END))
     LIMIT ${MAX_ROWS_PER_STATEMENT}`,
    values,
  );
}

/**
 * When these rows were asked about last, themselves or for a twin; absent where they were not. That a shadow run came to a
 * verdict does not count: nobody has taken it over so far.
 */
async function readAskedAt(driver: Driver, rowIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const askedAt = new Map<number, number>();
  for (const some of pieces(rowIds)) {
    const rows = await driver.query<{ row_id: number; asked_at: number }>(
      `SELECT row_id, COALESCE(obtained_at, decided_at) AS asked_at FROM svc_verdict
       WHERE row_id IN (${placeholders(some.length)}) AND (shadow IS NULL OR status = 'deferred')`,
      some,
    );
    for (const { row_id, asked_at } of rows) askedAt.set(row_id, asked_at);
  }
  return askedAt;
}

/** Undefined where the CRM shows another verdict than we came to. */
function twinOf(row: TwinRow): Twin | undefined {
  if (row.is_held === 1) return { type: 'held' };
  const kept = verdictOf(row);
  if (kept === undefined) return undefined;
  const { status, reason, decidedAt, revisedAt: _, server: __, isShadow: ___, ...evidence } = kept;
  const isDecided = Object.hasOwn(DOMAIN_STATUS, status);
  const words = isDecided
    ? wordsToPassOn(row, kept)
    : { response: row.response ?? '', answered: evidence.failure === undefined };
  if (words === undefined) return undefined;
  const answer: Answer = {
    ...evidence,
    id: row.id,
    listId: row.csv_list_id ?? undefined,
    email: row.email,
    status: status as Outcome,
    reason: reason as Reason, // a word of ours, written from the union and never by anybody else
    ...words,
    throttles: row.throttles ?? 0,
    ms: 0,
    retryInSeconds: isDecided ? undefined : (row.seconds_left ?? 0),
  };
  return { type: isDecided ? 'decided' : 'waits', answer, obtainedAt: kept.takenFrom?.at ?? decidedAt };
}

/** What a decided twin's answer says in emails, or would say had no shadow run come to it. */
function wordsToPassOn(row: TwinRow, kept: KeptVerdict): Pick<Answer, 'response' | 'answered'> | undefined {
  if (kept.isShadow) return wordsOf(kept);
  if (kept.status !== row.validation_status) return undefined;
  return { response: row.validation_response ?? '', answered: row.domain_verified === 1 };
}
