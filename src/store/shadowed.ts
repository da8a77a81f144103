// Reads what shadow runs came to, beside what the CRM's own verifier wrote, for "compare". Looks only.

import type { ComparedRow } from '../domain/comparison.ts';
import type { Driver } from './driver.ts';
import { conditionOf, type EvidenceFilter, nextPiece } from './evidence-pages.ts';

export interface ShadowedPage {
  /** Rows that a shadow run has evidence of. */
  readonly rows: readonly ComparedRow[];
  /** Rows of this piece that a real run decided. */
  readonly real: number;
  /** Where the next page begins; undefined after the last. */
  readonly nextAfter: number | undefined;
}

interface FoundRow {
  readonly id: number;
  readonly email: string;
  readonly status: string;
  readonly reason: string;
  readonly shadow: number | null;
  readonly domain_processed: number;
  readonly domain_status: number;
  readonly validation_status: string | null;
  readonly validation_response: string | null;
}

/** Gives the next piece behind row id `after`: rows whose evidence is a shadow run's, and how many it has that we decided for real. */
export async function readShadowed(
  driver: Driver,
  filter: EvidenceFilter,
  after?: number,
): Promise<ShadowedPage> {
  const piece = await nextPiece(driver, filter.listId, after);
  if (piece === undefined) return { rows: [], real: 0, nextAfter: undefined };
  const { wholeText } = driver.dialect;
  const ofFilter = conditionOf(filter, piece);
  const found = await driver.query<FoundRow>(
    `SELECT e.id, ${wholeText('e.raw_emailid')} AS email, v.status, v.reason, v.shadow, e.domain_processed, e.domain_status,
       ${wholeText('e.validation_status')} AS validation_status,
       ${wholeText('e.validation_response')} AS validation_response
     FROM svc_verdict v JOIN emails e ON e.id = v.row_id
     WHERE ${ofFilter.sql} ORDER BY v.row_id`,
    ofFilter.values,
  );
  const rows = found.filter(({ shadow }) => shadow === 1);
  // What a real run put off is in the evidence as well.
  const real = found.filter(
    (row) => row.shadow !== 1 && row.domain_processed === 1 && row.status !== 'deferred',
  );
  return { rows: rows.map(comparedRow), real: real.length, nextAfter: piece.nextAfter };
}

function comparedRow(row: FoundRow): ComparedRow {
  const { id, email, status, reason } = row;
  const theirs = {
    status: row.validation_status ?? undefined,
    domainStatus: row.domain_status,
    response: row.validation_response ?? undefined,
  };
  return { id, email, ours: { status, reason }, theirs: row.domain_processed === 1 ? theirs : undefined };
}
