// Tells what came of an import, or would: for people, or as one JSON document.

import { counted, grouped } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { TableFormat } from '../domain/table-format.ts';
import type { Intake } from './import-intake.ts';
import type { Table } from './import-table.ts';
import { jsonText, printLine } from './output.ts';

export interface ImportReport {
  /** Undefined where nothing was imported. */
  readonly listId?: number | undefined;
  readonly request: { readonly userId: number | undefined; readonly listName: string };
  readonly table: Table;
  readonly intake: Pick<Intake, 'taken' | 'duplicates' | 'rejected' | 'reasons'>;
  /** The file of what was left out. */
  readonly leftOut?: string | undefined;
  readonly examples: readonly string[];
  readonly isDryRun: boolean;
}

const MAX_REASONS = 8;

export async function tellImport(report: ImportReport, isJson: boolean): Promise<void> {
  if (isJson) await printLine(jsonText(documentOf(report)));
  else for (const line of linesOf(report)) await printLine(line);
}

function documentOf(report: ImportReport): object {
  const { table, intake, request } = report;
  return {
    list_id: report.listId ?? null,
    list_name: request.listName,
    user_id: request.userId ?? null,
    dry_run: report.isDryRun,
    encoding: table.encoding.encoding,
    windows_1252_lines: table.encoding.windowsLines,
    format: table.format.type,
    delimiter: table.format.type === 'csv' ? table.format.delimiter : null,
    columns: table.columns,
    column: table.columns[table.column],
    header: table.hasHeader,
    imported: report.isDryRun ? 0 : intake.taken,
    addresses: intake.taken,
    duplicates: intake.duplicates,
    rejected: intake.rejected,
    rejected_for: Object.fromEntries(intake.reasons.map(({ why, count }) => [why, count])),
    left_out_file: report.leftOut ?? null,
    ...(report.isDryRun ? { first_addresses: report.examples } : {}),
  };
}

function linesOf(report: ImportReport): readonly string[] {
  const { table, intake, request, isDryRun } = report;
  const { taken, duplicates, rejected, reasons } = intake;
  const name = JSON.stringify(request.listName);
  // A line that said "and 1 more" is better used for that one.
  const shown = reasons.length === MAX_REASONS + 1 ? reasons.length : MAX_REASONS;
  const width = Math.max(0, ...reasons.map(({ count }) => grouped(count).length));
  const head = isDryRun
    ? `List ${name} would have ${counted(taken, 'address', 'addresses')}.`
    : report.listId === undefined
      ? `No address was found, so no list was made.`
      : `List ${report.listId} ${name} of user ${request.userId}: ${counted(taken, 'address', 'addresses')} imported.`;
  return [
    cleanLine(head),
    `  Read as    ${cleanLine(readAs(table))}`,
    ...(isDryRun && hasColumns(table) ? [`  Columns    ${cleanLine(table.columns.join(' | '), 200)}`] : []),
    ...report.examples.map(
      (email, index) => `  ${index === 0 ? 'First     ' : '          '} ${cleanLine(email)}`,
    ),
    `  Duplicates ${grouped(duplicates)}${duplicates === 0 ? '' : ', left out: an address is in a list once'}`,
    `  Rejected   ${grouped(rejected)}${rejected === 0 ? '' : ', left out: they count as invalid in the list’s totals'}`,
    ...reasons
      .slice(0, shown)
      .map(({ why, count }) => `             ${grouped(count).padStart(width)}  ${cleanLine(why)}`),
    ...(reasons.length > shown ? [`             and ${reasons.length - shown} more reasons`] : []),
    ...(report.leftOut === undefined
      ? []
      : [`  Left out   each with its line and reason in ${cleanLine(report.leftOut)}`]),
    ...nextSteps(report),
  ];
}

function nextSteps({ isDryRun, listId }: ImportReport): readonly string[] {
  if (isDryRun) return ['Dry run: nothing was written. Without --dry-run it is imported.'];
  if (listId === undefined)
    return ['Look at the column: --dry-run shows what is found, --column names another.'];
  return [
    `Next: the next cycle takes it. "smtp-validate-cron status" shows how far it is,`,
    `and "smtp-validate-cron export --list ${listId}" gives the verdicts.`,
  ];
}

/** False of plain lines: there is nothing to choose from. */
function hasColumns({ columns, hasHeader }: Table): boolean {
  return columns.length > 1 || hasHeader;
}

function readAs(table: Table): string {
  const { encoding, format, columns, column, hasHeader } = table;
  const windows =
    encoding.windowsLines === 0 ? '' : `, ${counted(encoding.windowsLines, 'line', 'lines')} in Windows-1252`;
  const where = hasColumns(table) ? `, column ${column + 1} ${JSON.stringify(columns[column])}` : '';
  return `${formatName(format)} in ${encoding.encoding}${windows}${where}${hasHeader ? ', with a header' : ''}`;
}

function formatName(format: TableFormat): string {
  if (format.type === 'ndjson') return 'JSON lines';
  if (format.type === 'lines') return 'plain lines';
  return `CSV with ${format.delimiter === '\t' ? 'tabs' : JSON.stringify(format.delimiter)}`;
}
