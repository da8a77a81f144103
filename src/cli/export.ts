// The command `export`: a list with its verdicts as CSV or JSON lines, page by page, so that memory does not grow with it. How
// a cell is made safe for spreadsheets is domain/spreadsheet-cell.ts.

import { setImmediate } from 'node:timers/promises';
import { counted } from '../domain/amounts.ts';
import { csvLine } from '../domain/spreadsheet-cell.ts';
import { OutputFile } from '../files/output-file.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import type { ListedRow, RowStatus } from '../store/list-page.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { isOutputLost, jsonText, printLine, say } from './output.ts';

export interface ExportOptions {
  readonly listId: number | undefined;
  /** Empty for any. */
  readonly statuses: readonly RowStatus[];
  readonly format: 'csv' | 'ndjson';
  /** Undefined for stdout. */
  readonly output: string | undefined;
}

/** The columns, in their order. Programs read them: more may be added at the end. */
const COLUMNS: readonly (readonly [name: string, value: (row: ListedRow) => string | number | undefined])[] =
  [
    ['email', (row) => row.email],
    ['status', (row) => row.status],
    ['reason', (row) => row.reason],
    ['response', (row) => row.response],
    ['code', (row) => row.code],
    ['enhanced', (row) => row.enhanced],
    ['mx', (row) => row.mx],
    ['attempt', (row) => row.attempt],
    ['decided_at', (row) => row.decidedAt && new Date(row.decidedAt * 1000).toISOString()],
    ['id', (row) => row.id],
  ];

/** Exports the list; exits 1 when there is none. Ends quietly when nobody reads on. */
export async function exportCommand({ listId, statuses, format, output }: ExportOptions): Promise<number> {
  if (listId === undefined) throw new OperationalError('USAGE', 'export: no list given; expected --list N');
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const list = await store.findList(listId);
  if (list === undefined) {
    say(`export: there is no list ${listId} in csv_list`);
    return EXIT.incomplete;
  }
  await using file = output === undefined ? undefined : await OutputFile.begin(output);
  const write = async (lines: readonly string[]): Promise<void> => {
    if (lines.length === 0) return;
    if (file === undefined) await printLine(lines.join('\n'));
    else for (const line of lines) await file.writeLine(line);
  };
  if (format === 'csv') await write([csvLine(COLUMNS.map(([name]) => name))]);
  let rows = 0;
  for (let after: number | undefined; !isOutputLost();) {
    const page = await store.readListPage(listId, statuses, after);
    await write(page.rows.map((row) => (format === 'csv' ? csvRow(row) : jsonRow(row))));
    rows += page.rows.length;
    await setImmediate(); // SQLite never waits, and then nobody would hear that our output is lost
    if (page.nextAfter === undefined) break;
    after = page.nextAfter;
  }
  if (file !== undefined) {
    await file.commit();
    say(`List ${listId}: ${counted(rows, 'row')} exported to ${file.path}`);
  }
  return Number(process.exitCode ?? EXIT.done); // output that was lost has set it
}

function csvRow(row: ListedRow): string {
  return csvLine(COLUMNS.map(([, value]) => value(row)));
}

function jsonRow(row: ListedRow): string {
  return jsonText(Object.fromEntries(COLUMNS.map(([name, value]) => [name, value(row) ?? null])));
}
