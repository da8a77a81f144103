// The command `explain`: why a row has the verdict that it has, or why it waits. Reads the database and nothing else;
// the story itself is domain/explain.ts. Everything is cleaned line by line: it holds words of remote servers.

import { cleanLine } from '../domain/clean-text.ts';
import { explain } from '../domain/explain.ts';
import type { KeptRow } from '../domain/kept-row.ts';
import { HEADINGS } from '../domain/paragraph.ts';
import { localStamp } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import type { Sought } from '../store/store.ts';
import { widthOf, wrap } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';

/** An address may stand in thousands of lists: the newest of its rows are told. */
const MAX_ROWS = 10;
const ROW = /^id:(-?\d{1,15})$/;

/** Prints the story of each row that is meant; exits 1 when there is none, 64 for what is neither an address nor `id:N`. */
export async function explainCommand(what: string, isJson: boolean): Promise<number> {
  const sought = parseSought(what);
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const found = await store.findRows(sought, MAX_ROWS + 1);
  const rows = found.slice(0, MAX_ROWS);
  const hasMore = found.length > MAX_ROWS;
  // In a pipe a paragraph stays a line, for grep.
  const width = process.stdout.isTTY ? widthOf(process.stdout) : Infinity;

  if (isJson) await printLine(jsonText({ query: what, rows: rows.map(rowDocument), more: hasMore }));
  else for (const line of rows.flatMap((row) => rowText(row, width))) await printLine(line);
  if (rows.length === 0)
    say(
      `explain: ${cleanLine(what, 320)} is not in emails: no row has this ${'id' in sought ? 'id' : 'address'}`,
    );
  else if (hasMore) say(`There are more rows with this address; these are the newest ${MAX_ROWS}.`);
  return rows.length === 0 ? EXIT.incomplete : EXIT.done;
}

/** A row's id, or whatever may stand in `raw_emailid`: it need not be a good address. */
function parseSought(what: string): Sought {
  const id = ROW.exec(what)?.[1];
  if (id !== undefined) return { id: Number(id) };
  if (!what.includes('@')) {
    throw new OperationalError(
      'USAGE',
      `explain: ${JSON.stringify(what)} is neither an address nor a row; expected john@example.com, or id:123`,
    );
  }
  return { email: what };
}

function rowText(row: KeptRow, width: number): string[] {
  const list = row.listId === undefined ? 'in no list' : `list ${row.listId}`;
  const user = row.userId === undefined ? 'of no user' : `user ${row.userId}`;
  const story = explain(row, showTime).flatMap(({ about, text }) =>
    wrap(cleanLine(text, 2000), width - INDENT).map(
      (line, index) => (index === 0 ? `  ${HEADINGS[about]}:` : '').padEnd(INDENT) + line,
    ),
  );
  const dialogue =
    row.verdict?.transcript
      ?.split('\n')
      .flatMap((line) =>
        wrap(cleanLine(line, 500), width - DIALOGUE_INDENT - 3).map(
          (part, index) => ' '.repeat(DIALOGUE_INDENT + (index === 0 ? 0 : 3)) + part,
        ),
      ) ?? [];
  return [
    `Row ${row.id}: ${cleanLine(row.email, 320)} (${list}, ${user})`,
    ...story,
    ...(dialogue.length > 0 ? ['  Dialogue:', ...dialogue] : []),
    '',
  ];
}

const INDENT = 15;
// Behind it stands who speaks, as in "S: ".
const DIALOGUE_INDENT = 4;

function rowDocument(row: KeptRow): object {
  return {
    id: row.id,
    email: row.email,
    list_id: row.listId ?? null,
    user_id: row.userId ?? null,
    columns: {
      domain_processed: row.isProcessed ? 1 : 0,
      domain_status: row.domainStatus,
      domain_verified: row.domainVerified,
      validation_status: row.validationStatus ?? null,
      validation_response: row.validationResponse ?? null,
    },
    evidence: row.verdict ?? null,
    waiting: row.waiting ?? null,
    domain: row.fact ?? null,
    story: explain(row, showTime).map(({ about, text }) => ({ about, text: cleanLine(text, 2000) })),
  };
}

function showTime(epochSeconds: number): string {
  return localStamp(epochSeconds * 1000);
}
