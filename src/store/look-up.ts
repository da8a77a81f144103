// All that the database knows of single rows, for whoever asks about them. Looks only, along the primary key or the
// index on raw_emailid.

import { asSent, parseAddress } from '../domain/address.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import type { KeptFact, KeptRow, Waiting } from '../domain/kept-row.ts';
import { type Driver, placeholders } from './driver.ts';
import type { Sought } from './store.ts';
import { type VerdictRow, verdictColumns, verdictOf } from './verdicts.ts';

interface FoundRow extends VerdictRow {
  readonly id: number;
  readonly email: string;
  readonly csv_list_id: number | null;
  readonly list_status: string | null;
  readonly user_id: number | null;
  readonly list_user_id: number | null;
  readonly domain_processed: number;
  readonly domain_status: number;
  readonly domain_verified: number;
  readonly validation_status: string | null;
  readonly validation_response: string | null;
  readonly due_at: number | null;
  readonly is_claimed: number | null;
  readonly w_server: string | null;
  readonly cycle_id: string | null;
  readonly attempts: number;
  readonly w_reason: string | null;
  readonly read_at: number;
}

/** Gives at most `limit` rows, the newest first. An address is sought as given, in lower case, and as it goes over the wire. */
export async function findRows(driver: Driver, sought: Sought, limit: number): Promise<readonly KeptRow[]> {
  const { wholeText, now } = driver.dialect;
  const wanted = 'id' in sought ? [sought.id] : formsOf(sought.email);
  const rows = await driver.query<FoundRow>(
    `SELECT e.id, ${wholeText('e.raw_emailid')} AS email, e.csv_list_id, c.status AS list_status,
       e.user_id, c.user_id AS list_user_id, e.domain_processed, e.domain_status, e.domain_verified,
       ${wholeText('e.validation_status')} AS validation_status,
       ${wholeText('e.validation_response')} AS validation_response,
       r.due_at, r.token IS NOT NULL AND r.due_at > ${now} AS is_claimed, ${wholeText('r.server')} AS w_server,
       ${wholeText('r.cycle_id')} AS cycle_id, r.attempts, r.reason AS w_reason, ${now} AS read_at,
       ${verdictColumns(driver.dialect, true)}
     FROM emails e LEFT JOIN csv_list c ON c.id = e.csv_list_id
       LEFT JOIN svc_row r ON r.row_id = e.id LEFT JOIN svc_verdict v ON v.row_id = e.id
     WHERE ${'id' in sought ? 'e.id' : 'e.raw_emailid'} IN (${placeholders(wanted.length)})
     ORDER BY e.id + 0 DESC LIMIT ?`, // + 0: in the order of the primary key, an old server would read the whole table
    [...wanted, limit],
  );
  const facts = await findFacts(
    driver,
    rows.flatMap(({ email }) => domainOf(email) ?? []),
  );
  return rows.map((row) => keptRow(row, facts.get(domainOf(row.email) ?? '')));
}

function keptRow(row: FoundRow, fact: KeptFact | undefined): KeptRow {
  return {
    id: row.id,
    email: row.email,
    listId: row.csv_list_id ?? undefined,
    listStatus: row.list_status ?? undefined,
    userId: row.user_id ?? row.list_user_id ?? undefined,
    isProcessed: row.domain_processed === 1,
    domainStatus: row.domain_status,
    domainVerified: row.domain_verified,
    validationStatus: row.validation_status ?? undefined,
    validationResponse: row.validation_response ?? undefined,
    verdict: verdictOf(row),
    waiting: row.due_at === null ? undefined : waitingOf(row, row.due_at),
    fact,
    readAt: row.read_at,
  };
}

function waitingOf(row: FoundRow, dueAt: number): Waiting {
  return {
    dueAt,
    isClaimed: row.is_claimed === 1,
    server: row.w_server ?? undefined,
    cycleId: row.cycle_id ?? undefined,
    attempts: row.attempts,
    reason: row.w_reason ?? undefined,
  };
}

/** Also facts that have expired: they may be what a verdict was drawn from. */
async function findFacts(driver: Driver, domains: readonly string[]): Promise<ReadonlyMap<string, KeptFact>> {
  const wanted = [...new Set(domains)];
  if (wanted.length === 0) return new Map();
  const rows = await driver.query<{
    domain: string;
    catch_all: CatchAll;
    decided_at: number;
    expires_at: number;
    mx_set: string;
    evidence: string | null;
    server: string | null;
  }>(
    `SELECT domain, catch_all, decided_at, expires_at, mx_set, evidence, server FROM svc_domain
     WHERE domain IN (${placeholders(wanted.length)})`,
    wanted,
  );
  return new Map(
    rows.map((row) => [
      row.domain,
      {
        domain: row.domain,
        catchAll: row.catch_all,
        decidedAt: row.decided_at,
        expiresAt: row.expires_at,
        mxSet: row.mx_set,
        evidence: row.evidence ?? '',
        server: row.server ?? '',
      },
    ]),
  );
}

function formsOf(email: string): readonly string[] {
  return [...new Set([email, email.toLowerCase()].flatMap((form) => [form, asSent(form)]))];
}

function domainOf(email: string): string | undefined {
  const address = parseAddress(email);
  return 'problem' in address ? undefined : address.domain;
}
