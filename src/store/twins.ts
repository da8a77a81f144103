// What the database knows of the other rows of some addresses, in whatever list: who was decided lately, who was put
// off, whom another server holds. Looks only, along the index on raw_emailid, which compares as the CRM's collation
// does, and finds an address in the forms in which it is claimed and sent: two that only parsing shows to be the same
// may miss each other, which costs a probe and nothing else.

import { asSent } from '../domain/address.ts';
import type { Reason } from '../domain/reason.ts';
import type { Answer, Twin } from '../domain/twins.ts';
import { DOMAIN_STATUS, type Outcome } from '../domain/verdict.ts';
import { type Driver, type SqlValue, pieces, placeholders } from './driver.ts';
import type { FoundTwins, TwinSearch } from './store.ts';
import { type VerdictRow, verdictColumns, verdictOf } from './verdicts.ts';

const ADDRESSES_PER_STATEMENT = 500;

/** Some for each address; where there are more, the addresses are looked up in smaller pieces. */
const MAX_ROWS_PER_STATEMENT = 2_000;

/** A twin that is due again within this is no reason to wait: it is claimed before long, and joins. */
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
export async function findTwins(driver: Driver, search: TwinSearch): Promise<FoundTwins> {
  const rowOf = new Map(search.rows.map(({ id, email }) => [asSent(email), id]));
  const twins = new Map<number, Twin[]>();
  const emails = search.rows.map(({ email }) => email);
  for (const some of pieces(emails, ADDRESSES_PER_STATEMENT)) {
    for (const found of await readRows(driver, search, some)) {
      const rowId = rowOf.get(asSent(found.email)); // the collation takes more for the same than we do
      const twin = rowId === undefined ? undefined : twinOf(found);
      if (rowId === undefined || twin === undefined) continue;
      const known = twins.get(rowId);
      if (known === undefined) twins.set(rowId, [twin]);
      else known.push(twin);
    }
  }
  return { twins, askedAt: await readAskedAt(driver, [...twins.keys()]) };
}

/** Of one address in very many rows no more than a statement's: any of them will do. */
async function readRows(
  driver: Driver,
  search: TwinSearch,
  emails: readonly string[],
): Promise<readonly TwinRow[]> {
  const rows = await readSome(driver, search, emails);
  if (rows.length < MAX_ROWS_PER_STATEMENT || emails.length === 1) return rows;
  const half = Math.ceil(emails.length / 2);
  const [first, second] = [emails.slice(0, half), emails.slice(half)];
  return [...(await readRows(driver, search, first)), ...(await readRows(driver, search, second))];
}

function readSome(
  driver: Driver,
  { ownerId, claimant, reuse }: TwinSearch,
  emails: readonly string[],
): Promise<readonly TwinRow[]> {
  const { wholeText, now } = driver.dialect;
  const forms = [...new Set(emails.flatMap((email) => [email, asSent(email)]))];
  const ofOwner =
    ownerId === undefined ? '' : ' AND (e.user_id = ? OR (e.user_id IS NULL AND c.user_id = ?))';
  const values: readonly SqlValue[] = [
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
       e.domain_processed = 0 AND r.token IS NOT NULL AS is_held, r.due_at - ${now} AS seconds_left, r.throttles,
       ${wholeText('r.response')} AS response, ${verdictColumns(driver.dialect, false)}
     FROM emails e LEFT JOIN svc_row r ON r.row_id = e.id LEFT JOIN svc_verdict v ON v.row_id = e.id${
       ownerId === undefined ? '' : ' LEFT JOIN csv_list c ON c.id = e.csv_list_id'
     }
     WHERE e.raw_emailid IN (${placeholders(forms.length)})${ofOwner} AND (
       (e.domain_processed = 0 AND r.token IS NOT NULL AND r.due_at > ${now} AND NOT (r.server = ? AND r.cycle_id = ?))
       OR (e.domain_processed = 0 AND r.token IS NULL AND r.due_at > ${now} + ${WORTH_WAITING_SECONDS} AND v.status = 'deferred')
       OR (e.domain_processed = 1 AND v.taken_from IS NULL AND v.attempt > 0
         AND v.decided_at > ${now} - CASE v.status WHEN 'valid' THEN ? WHEN 'catch-all' THEN ? WHEN 'invalid' THEN ? ELSE 0 END))
     LIMIT ${MAX_ROWS_PER_STATEMENT}`,
    values,
  );
}

/** When these rows were asked about last, themselves or for a twin; absent where they were not. */
async function readAskedAt(driver: Driver, rowIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const askedAt = new Map<number, number>();
  for (const some of pieces(rowIds)) {
    const rows = await driver.query<{ row_id: number; asked_at: number }>(
      `SELECT row_id, COALESCE(obtained_at, decided_at) AS asked_at FROM svc_verdict WHERE row_id IN (${placeholders(some.length)})`,
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
  const { status, reason, decidedAt, revisedAt: _, server: __, ...evidence } = kept;
  const isDecided = row.domain_processed === 1;
  if (isDecided && (status !== row.validation_status || !Object.hasOwn(DOMAIN_STATUS, status)))
    return undefined;
  const answer: Answer = {
    ...evidence,
    id: row.id,
    listId: row.csv_list_id ?? undefined,
    email: row.email,
    status: status as Outcome,
    reason: reason as Reason, // a word of ours, written from the union and never by anybody else
    response: (isDecided ? row.validation_response : row.response) ?? '',
    answered: isDecided ? row.domain_verified === 1 : evidence.failure === undefined,
    throttles: row.throttles ?? 0,
    ms: 0,
    retryInSeconds: isDecided ? undefined : (row.seconds_left ?? 0),
  };
  return { type: isDecided ? 'decided' : 'waits', answer, obtainedAt: kept.takenFrom?.at ?? decidedAt };
}
