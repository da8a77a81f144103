// The command `report`: reads what became of rows, piece by piece, and hands the sum on as text, JSON or a page. What is
// summed up is domain/report.ts.

import { cleanLine } from '../domain/clean-text.ts';
import { type ReasonCount, ReportTally } from '../domain/report.ts';
import { OutputFile } from '../files/output-file.ts';
import type { Example, ReportFacts } from '../pages/report-facts.ts';
import { reportPage } from '../pages/report-page.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { OutcomeFilter, ReportSubject } from '../store/outcomes.ts';
import type { Store } from '../store/store.ts';
import { widthOf } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';
import { openRowsProgress } from './rows-progress.ts';
import { reportDocument } from './report-document.ts';
import { reportLines } from './report-text.ts';
import { localOffsetSeconds, TIMES } from './report-times.ts';

export interface ReportOptions {
  readonly filter: OutcomeFilter;
  readonly htmlFile: string | undefined;
  readonly isJson: boolean;
}

/** One row of so many reasons is looked up, to say what its mail server said. */
const MAX_EXAMPLES = 15;

/** Prints or writes the report; exits 1 when there is no such list. */
export async function reportCommand({ filter, htmlFile, isJson }: ReportOptions): Promise<number> {
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const subject = await store.findSubject(filter);
  if (subject === undefined) {
    say(`report: there is no list ${filter.listId} in csv_list`);
    return EXIT.incomplete;
  }
  const facts = await gatherReport(store, filter, subject);
  if (htmlFile !== undefined) {
    await writePage(htmlFile, facts);
    say(`The report is in ${htmlFile}`);
  } else if (isJson) {
    await printLine(jsonText(reportDocument(facts, filter)));
  } else {
    for (const line of reportLines(facts, TIMES, widthOf(process.stdout))) await printLine(line);
  }
  return EXIT.done;
}

async function gatherReport(
  store: Store,
  filter: OutcomeFilter,
  { list, userId, expectedRows, readAt }: ReportSubject,
): Promise<ReportFacts> {
  const tally = new ReportTally(localOffsetSeconds(readAt));
  {
    using progress = openRowsProgress(process.stderr, expectedRows);
    for await (const { rows, seen } of store.readOutcomes(filter)) {
      for (const row of rows) tally.add(row);
      progress?.add(seen);
    }
  }
  const report = tally.finish();
  const examples: Example[] = [];
  for (const { reason, exampleId } of report.reasons.filter(isWorthAnExample).slice(0, MAX_EXAMPLES)) {
    const [row] = await store.findRows({ id: exampleId }, 1);
    const { code, text = '' } = row?.verdict ?? {};
    if (row !== undefined && code !== undefined)
      examples.push({ reason, email: row.email, said: `${code} ${text}` });
  }
  return {
    about: aboutOf(filter),
    name: list?.name === undefined || cleanLine(list.name) === '' ? undefined : list.name,
    status: list?.status,
    userId,
    since: filter.since,
    readAt,
    leftOut: leftOutOf(filter, list?.status, expectedRows, report.rows),
    report,
    examples,
  };
}

/** What a mail server says when it takes mail is always the same. */
function isWorthAnExample({ verdict }: ReasonCount): boolean {
  return verdict === 'invalid' || verdict === 'unknown';
}

/** Only a whole list tells, and only once it is whole: the claims of a cycle, which make it running, wait for that. */
function leftOutOf(
  { listId, since }: OutcomeFilter,
  status: string | undefined,
  expectedRows: number | undefined,
  rows: number,
): number {
  if (listId === undefined || since !== undefined || status === 'pending') return 0;
  return Math.max((expectedRows ?? rows) - rows, 0);
}

function aboutOf({ listId, userId }: OutcomeFilter): string {
  if (listId !== undefined) return `List ${listId}`;
  return userId === undefined ? 'All lists' : `User ${userId}`;
}

async function writePage(path: string, facts: ReportFacts): Promise<void> {
  await using file = await OutputFile.begin(path);
  await file.writeLine(reportPage(facts, TIMES));
  await file.commit();
}
