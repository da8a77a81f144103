// Holds the database against the world: is each verdict what the MX hosts were scripted to mean, are the lists
// complete and counted right. Pure.

import { DOMAIN_STATUS, type Verdict } from '../../src/domain/verdict.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import { allAddresses, type ExpectedAddress, type World } from '../support/internet/world.ts';

export interface Verification {
  readonly total: number;
  readonly agreeing: number;
  /** A sentence for each thing that is not as it must be. */
  readonly differences: readonly string[];
}

export function verifyDatabase(
  world: Pick<World, 'lists'>,
  rows: readonly CrmRow[],
  lists: readonly CrmList[],
): Verification {
  const expected = new Map(allAddresses(world).map((address) => [address.email, address]));
  const wrongRows = rows.flatMap((row) => {
    const problem = rowProblem(row, expected.get(row.email));
    return problem === undefined ? [] : [`${JSON.stringify(row.email)}: ${problem}`];
  });
  const missing = expected.size - rows.length;
  return {
    total: expected.size,
    agreeing: rows.length - wrongRows.length,
    differences: [
      ...(missing === 0 ? [] : [`${missing} rows more were imported than there are`]),
      ...wrongRows,
      ...lists.flatMap((list) => listProblems(list, rows)),
    ],
  };
}

/** What is wrong with a row, undefined where nothing is. */
export function rowProblem(row: CrmRow, expected: ExpectedAddress | undefined): string | undefined {
  if (expected === undefined) return 'is in no list';
  const { verdict, reason, kind, ip } = expected;
  const evidence = `(${kind}; response ${JSON.stringify(row.response)})`;
  if (!row.isProcessed) return `is not decided; expected ${verdict} ${evidence}`;
  if (row.verdict !== verdict) return `is ${row.verdict}, expected ${verdict} by ${reason} ${evidence}`;
  if (row.domainStatus !== DOMAIN_STATUS[verdict]) return `has domain_status ${row.domainStatus} ${evidence}`;
  if (ip !== undefined && row.response !== ip) return `was accepted by ${ip} ${evidence}`;
  return undefined;
}

/** What is wrong with a list's state and counts, by the contract's formulas. */
export function listProblems(list: CrmList, rows: readonly CrmRow[]): string[] {
  const own = rows.filter(({ listId }) => listId === list.id);
  const withStatus = (status: number) =>
    own.filter(({ isProcessed, domainStatus }) => isProcessed && domainStatus === status).length;
  const valid = withStatus(1);
  const invalid = list.total - own.length + withStatus(0);
  return [
    ...(list.status === 'completed' ? [] : [`list ${list.id} is ${list.status}, expected completed`]),
    ...(list.valid === valid ? [] : [`list ${list.id} counts ${list.valid} valid, its rows say ${valid}`]),
    ...(list.invalid === invalid
      ? []
      : [`list ${list.id} counts ${list.invalid} invalid, its rows say ${invalid}`]),
  ];
}

const VERDICTS = ['valid', 'invalid', 'catch-all', 'disposable', 'unknown'] as const satisfies Verdict[];

/** The lists as lines of a table: state, the CRM's two counts, and how many rows got each verdict. */
export function listTable(lists: readonly CrmList[], rows: readonly CrmRow[]): string[] {
  const head = ['List', 'User', 'Status', 'Emails', 'valid_count', 'invalid_count', ...VERDICTS];
  const body = lists.map((list) => {
    const own = rows.filter(({ listId, isProcessed }) => listId === list.id && isProcessed);
    const counts = VERDICTS.map((verdict) => own.filter((row) => row.verdict === verdict).length);
    return [list.id, list.userId, list.status, list.total, list.valid, list.invalid, ...counts].map(String);
  });
  const table = [head, ...body];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  return table.map((line) =>
    line
      .map((cell, column) => (column === 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}
