// Writes what was found out: verdicts into emails, deferrals into svc_row, the evidence of both into svc_verdict, and
// the lists' counts, all in one transaction. The rows are locked and compared with their tokens first, so that exactly those are written, and
// counted, whose claim still holds. A shadow run writes the svc_* part of it alone, and locks no row of the CRM's.

import type { Result } from '../domain/result.ts';
import { DOMAIN_STATUS } from '../domain/verdict.ts';
import { type Driver, type Session, type SqlValue, pieces, placeholders } from './driver.ts';
import { ListChanges } from './list-counts.ts';
import type { Database } from './queues.ts';
import type { Recorded } from './store.ts';
import { writeEvidence } from './verdicts.ts';

/** A row that a result of this call is about, as it stands now. */
interface HeldRow {
  readonly row_id: number;
  readonly token: string | null;
  readonly server: string | null;
  readonly is_open: number | null;
  readonly csv_list_id: number | null;
}

export async function recordResults(db: Database, results: readonly Result[]): Promise<Recorded> {
  const { driver } = db;
  const isShadow = db.shadow !== undefined;
  if (results.length === 0) return { written: [], dropped: [] };
  const inOrder = results.toSorted((a, b) => a.id - b.id);
  return driver.transaction(async (session) => {
    const changes = new ListChanges();
    const written = new Set<Result>();
    for (const some of pieces(inOrder)) {
      const held = await (isShadow ? lockHeldAlone : lockHeld)(driver, session, some);
      const ours = some.filter((result) => held.get(result.id)?.token === result.token);
      const [writable, over] = splitBy(once(ours), ({ id }) => held.get(id)?.is_open === 1);
      const [waiting, decided] = splitBy(writable, ({ status }) => status === 'deferred');
      if (!isShadow) await writeVerdicts(driver, session, decided);
      await writeDeferrals(driver, session, waiting);
      await writeEvidence(
        driver,
        session,
        writable.map((result) => ({ result, server: held.get(result.id)?.server ?? null, isShadow })),
      );
      // What the CRM decided or deleted under our claim has no place in svc_row either.
      await forget(driver, session, [...decided, ...over]);
      for (const result of decided)
        changes.add(held.get(result.id)?.csv_list_id, { to: domainStatusOf(result) });
      for (const result of writable) written.add(result);
    }
    if (!isShadow) await changes.write(driver, session);
    const [kept, dropped] = splitBy(results, (result) => written.has(result));
    return { written: kept, dropped };
  });
}

async function lockHeld(
  { dialect }: Driver,
  session: Session,
  results: readonly Result[],
): Promise<ReadonlyMap<number, HeldRow>> {
  const rows = await session.query<HeldRow>(
    `SELECT r.row_id, r.token, ${dialect.wholeText('r.server')} AS server, e.csv_list_id, e.domain_processed = 0 AS is_open
     FROM svc_row r${dialect.byPrimaryKey} LEFT JOIN emails e ON e.id = r.row_id
     WHERE r.row_id IN (${placeholders(results.length)}) ORDER BY r.row_id${dialect.forUpdate}`,
    results.map(({ id }) => id),
  );
  return new Map(rows.map((row) => [row.row_id, row]));
}

/** The same without a lock on emails, where it is enough that the row is there. */
async function lockHeldAlone(
  { dialect }: Driver,
  session: Session,
  results: readonly Result[],
): Promise<ReadonlyMap<number, HeldRow>> {
  const rows = await session.query<HeldRow>(
    `SELECT r.row_id, r.token, ${dialect.wholeText('r.server')} AS server, NULL AS csv_list_id,
       (SELECT COUNT(*) FROM emails e WHERE e.id = r.row_id) AS is_open
     FROM svc_row r${dialect.byPrimaryKey}
     WHERE r.row_id IN (${placeholders(results.length)}) ORDER BY r.row_id${dialect.forUpdate}`,
    results.map(({ id }) => id),
  );
  return new Map(rows.map((row) => [row.row_id, row]));
}

async function writeVerdicts(
  { dialect }: Driver,
  session: Session,
  results: readonly Result[],
): Promise<void> {
  if (results.length === 0) return;
  await session.execute(
    dialect.updateRows({
      table: 'emails',
      key: 'id',
      set: [
        ['domain_processed', '1'],
        ['domain_status', 'n.v1'],
        ['domain_verified', 'n.v2'],
        ['validation_status', 'n.v3'],
        ['validation_response', 'n.v4'],
      ],
      width: 4,
      rows: results.length,
      where: 't.domain_processed = 0',
    }),
    results.flatMap((result): SqlValue[] => [
      result.id,
      domainStatusOf(result),
      result.answered ? 1 : 0,
      result.status,
      result.response,
    ]),
  );
}

async function writeDeferrals(
  { dialect }: Driver,
  session: Session,
  results: readonly Result[],
): Promise<void> {
  if (results.length === 0) return;
  await session.execute(
    dialect.updateRows({
      table: 'svc_row',
      key: 'row_id',
      set: [
        ['due_at', `${dialect.now} + n.v1`],
        ['token', 'NULL'],
        ['attempts', 'n.v2'],
        ['throttles', 'n.v3'],
        ['reason', 'n.v4'],
        ['response', 'n.v5'],
      ],
      width: 5,
      rows: results.length,
    }),
    results.flatMap((result): SqlValue[] => [
      result.id,
      Math.ceil(result.retryInSeconds ?? 0),
      result.attempt,
      result.throttles,
      result.reason,
      result.response,
    ]),
  );
}

async function forget({ dialect }: Driver, session: Session, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return;
  await session.execute(
    dialect.deleteRows('svc_row', 'row_id', results.length),
    results.map(({ id }) => id),
  );
}

function domainStatusOf({ status }: Result): 0 | 1 | 2 {
  return status === 'deferred' ? 2 : DOMAIN_STATUS[status];
}

/** A row that two results speak of (a journal read twice) is written by the first. */
function once(results: readonly Result[]): readonly Result[] {
  return [...new Map(results.toReversed().map((result) => [result.id, result])).values()].toReversed();
}

function splitBy<T>(
  items: readonly T[],
  isFirst: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter((item) => isFirst(item)), items.filter((item) => !isFirst(item))];
}
