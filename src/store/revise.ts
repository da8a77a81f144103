// Reads kept evidence again, a bounded piece at a time, and writes the verdicts that are drawn from it anew. What it
// means today is not decided here. A row is changed only where the CRM still shows the verdict that its evidence had.

import type { KeptVerdict } from '../domain/kept-row.ts';
import type { Reason } from '../domain/reason.ts';
import { DOMAIN_STATUS, type Verdict } from '../domain/verdict.ts';
import { type Driver, type Session, type SqlValue, pieces, placeholders } from './driver.ts';
import { conditionOf, type EvidenceFilter, nextPiece } from './evidence-pages.ts';
import { ListChanges } from './list-counts.ts';
import { type VerdictRow, verdictColumns, verdictOf } from './verdicts.ts';

/** A decided row whose evidence is kept and still is the evidence of what the CRM sees. */
interface EvidentRow {
  readonly id: number;
  readonly email: string;
  readonly listId: number | undefined;
  readonly verdict: KeptVerdict;
}

export interface EvidencePage {
  readonly rows: readonly EvidentRow[];
  /** Where the next page begins; undefined after the last. */
  readonly nextAfter: number | undefined;
}

/** Another verdict for a decided row. */
export interface Revision {
  readonly id: number;
  /** What the row must still have, in `emails` and in its evidence. */
  readonly from: Verdict;
  readonly to: Verdict;
  readonly reason: Reason;
  readonly rule: string;
  /** For `validation_response`; undefined where it stays. */
  readonly response: string | undefined;
}

/** Gives the next piece behind row id `after`, whether or not any of it is wanted. */
export async function readEvidence(
  driver: Driver,
  filter: EvidenceFilter,
  after?: number,
): Promise<EvidencePage> {
  const piece = await nextPiece(driver, filter.listId, after);
  if (piece === undefined) return { rows: [], nextAfter: undefined };
  const ofFilter = conditionOf(filter, piece);
  const rows = await driver.query<
    VerdictRow & { readonly id: number; readonly email: string; readonly csv_list_id: number | null }
  >(
    `SELECT e.id, ${driver.dialect.wholeText('e.raw_emailid')} AS email, e.csv_list_id,
       ${verdictColumns(driver.dialect, false)}
     FROM svc_verdict v JOIN emails e ON e.id = v.row_id
     WHERE ${ofFilter.sql} AND v.stage IS NOT NULL AND v.shadow IS NULL
       AND e.domain_processed = 1 AND e.validation_status = v.status ORDER BY v.row_id`,
    ofFilter.values,
  );
  return {
    rows: rows.map((row) => ({
      id: row.id,
      email: row.email,
      listId: row.csv_list_id ?? undefined,
      verdict: verdictOf(row)!,
    })),
    nextAfter: piece.nextAfter,
  };
}

/** Writes revisions, all in one transaction; returns how many rows still had what they replace. */
export async function reviseVerdicts(driver: Driver, revisions: readonly Revision[]): Promise<number> {
  const inOrder = revisions.toSorted((a, b) => a.id - b.id);
  return driver.transaction(async (session) => {
    const changes = new ListChanges();
    let revised = 0;
    for (const some of pieces(inOrder)) {
      const unchanged = await lockUnchanged(driver, session, some);
      const ours = some.filter(({ id, from }) => unchanged.get(id)?.status === from);
      if (ours.length === 0) continue;
      await writeRows(driver, session, ours);
      await writeEvidence(driver, session, ours);
      for (const { id, from, to } of ours) {
        changes.add(unchanged.get(id)?.csv_list_id, { from: DOMAIN_STATUS[from], to: DOMAIN_STATUS[to] });
      }
      revised += ours.length;
    }
    await changes.write(driver, session);
    return revised;
  });
}

async function lockUnchanged(
  { dialect }: Driver,
  session: Session,
  revisions: readonly Revision[],
): Promise<ReadonlyMap<number, { readonly status: string; readonly csv_list_id: number | null }>> {
  const rows = await session.query<{ row_id: number; status: string; csv_list_id: number | null }>(
    `SELECT v.row_id, v.status, e.csv_list_id FROM svc_verdict v${dialect.byPrimaryKey} JOIN emails e${dialect.byPrimaryKey} ON e.id = v.row_id
     WHERE v.row_id IN (${placeholders(revisions.length)}) AND e.domain_processed = 1 AND e.validation_status = v.status
     ORDER BY v.row_id${dialect.forUpdate}`,
    revisions.map(({ id }) => id),
  );
  return new Map(rows.map((row) => [row.row_id, row]));
}

async function writeRows(
  { dialect }: Driver,
  session: Session,
  revisions: readonly Revision[],
): Promise<void> {
  const groups = [
    { rows: revisions.filter(({ response }) => response === undefined), setsResponse: false },
    { rows: revisions.filter(({ response }) => response !== undefined), setsResponse: true },
  ];
  for (const { rows, setsResponse } of groups.filter((group) => group.rows.length > 0)) {
    await session.execute(
      dialect.updateRows({
        table: 'emails',
        key: 'id',
        set: [
          ['domain_status', 'n.v1'],
          ['validation_status', 'n.v2'],
          ...(setsResponse ? [['validation_response', 'n.v3'] as const] : []),
        ],
        width: 3,
        rows: rows.length,
        where: 't.domain_processed = 1',
      }),
      rows.flatMap(({ id, to, response }): SqlValue[] => [id, DOMAIN_STATUS[to], to, response ?? null]),
    );
  }
}

async function writeEvidence(
  { dialect }: Driver,
  session: Session,
  revisions: readonly Revision[],
): Promise<void> {
  await session.execute(
    dialect.updateRows({
      table: 'svc_verdict',
      key: 'row_id',
      set: [
        ['status', 'n.v1'],
        ['reason', 'n.v2'],
        ['rule_id', 'n.v3'],
        ['revised_at', dialect.now],
      ],
      width: 3,
      rows: revisions.length,
    }),
    revisions.flatMap(({ id, to, reason, rule }): SqlValue[] => [id, to, reason, rule]),
  );
}
