// The command `why`: why a list is not finished, and what will happen next. Gathers the facts and lays the sentences out; what
// they say is domain/why.ts. Reads the database and nothing else. Everything is cleaned: it holds words of hosts and people.

import { cleanLine } from '../domain/clean-text.ts';
import type { ListRows } from '../domain/figures.ts';
import type { KeptRow } from '../domain/kept-row.ts';
import { overviewOf, type Overview } from '../domain/overview.ts';
import { type Why, type WhyPart, whyUnfinished } from '../domain/why.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { Store } from '../store/store.ts';
import { widthOf, wrap } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { timeWords } from './outlook-words.ts';
import { jsonText, printLine, say } from './output.ts';
import { type Paint, paintFor } from './paint.ts';

/** Reasons for which one of the rows is looked up. */
const MAX_EXAMPLES = 12;

/** Tells why; exits 1 when there is no such list. */
export async function whyCommand(listId: number, isJson: boolean): Promise<number> {
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const why = await gatherWhy(store, listId);
  if (why === undefined) {
    if (isJson) await printLine(jsonText({ list_id: listId, found: false }));
    say(`why: there is no list ${listId} in csv_list; it may have been deleted`);
    return EXIT.incomplete;
  }
  if (isJson) await printLine(jsonText(whyDocument(listId, why)));
  else
    for (const line of whyLines(why, widthOf(process.stdout), paintFor(process.stdout)))
      await printLine(line);
  return EXIT.done;
}

/** Everything that is known of why the list is not finished; undefined when there is no such list. */
async function gatherWhy(
  store: Pick<Store, 'readFigures' | 'readListRows' | 'findRows'>,
  listId: number,
): Promise<Why | undefined> {
  const rows = await store.readListRows(listId);
  return rows && whyOf(store, rows, overviewOf(await store.readFigures()));
}

/** The same of rows and figures that were read already. */
export async function whyOf(
  store: Pick<Store, 'findRows'>,
  rows: ListRows,
  overview: Overview,
): Promise<Why> {
  const examples = new Map<number, KeptRow>();
  const waiting = rows.groups
    .filter(({ state, reason }) => state === 'put-off' && reason !== undefined)
    .toSorted((a, b) => b.rows - a.rows);
  for (const { exampleId } of waiting.slice(0, MAX_EXAMPLES)) {
    const [row] = await store.findRows({ id: exampleId }, 1);
    if (row !== undefined) examples.set(exampleId, row);
  }
  return whyUnfinished({ rows, overview, examples }, (at) => timeWords(at, overview.readAt));
}

/** The sentences, none of the lines wider than `width`. */
function whyLines({ headline, parts, next }: Why, width: number, paint: Paint): string[] {
  const hanging = (text: string, front: string): string[] =>
    wrap(cleanLine(text, 2_000), width - front.length).map((line, index) =>
      index === 0 ? front + line : ' '.repeat(front.length) + line,
    );
  const ofPart = ({ sentences: [first = '', ...more] }: WhyPart): string[] => [
    ...hanging(first, '  • '),
    ...more.flatMap((sentence) => hanging(sentence, '    ').map((line) => paint('quiet', line))),
  ];
  return [
    ...hanging(headline, '').map((line) => paint('heading', line)),
    ...(parts.length === 0 ? [] : ['', ...parts.flatMap(ofPart)]),
    ...(next.length === 0
      ? []
      : ['', paint('heading', 'What happens next'), ...next.flatMap((text) => hanging(text, '  '))]),
  ];
}

function whyDocument(listId: number, { isFinished, headline, parts, next }: Why): object {
  const told = (sentences: readonly string[]): string[] => sentences.map((text) => cleanLine(text, 2_000));
  return {
    list_id: listId,
    found: true,
    finished: isFinished,
    headline: cleanLine(headline, 2_000),
    parts: parts.map((part) => ({
      state: part.state,
      emails: part.rows,
      exactness: part.exactness,
      reason: part.reason ?? null,
      server: part.server ?? null,
      first_due_at: part.firstDue ?? null,
      last_due_at: part.lastDue ?? null,
      example: part.example === undefined ? null : exampleDocument(part.example),
      left_alone: part.leftAlone.map(({ destination, why: cause, server, since, until, said, by }) => ({
        destination,
        why: cause,
        server: server ?? null,
        since,
        until: until ?? null,
        said: said === undefined ? null : cleanLine(said, 300),
        paused_by: by === undefined ? null : cleanLine(by, 300),
      })),
      sentences: told(part.sentences),
    })),
    next: told(next),
  };
}

function exampleDocument({ id, email, verdict }: KeptRow): object {
  return {
    id,
    email,
    mx: verdict?.mx ?? null,
    code: verdict?.code ?? null,
    enhanced: verdict?.enhanced ?? null,
    reply: verdict?.text ?? null,
    failure: verdict?.failure ?? null,
    attempt: verdict?.attempt ?? null,
  };
}
