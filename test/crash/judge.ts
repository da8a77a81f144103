// Holds what is in the tables and what the MX hosts saw against what must be: each row decided once and rightly, lists
// counted by the contract's formulas, nobody asked twice but for what was in flight when something died, nothing left
// behind. Pure: it is handed all it looks at.

import { listProblems, rowProblem } from '../demo/verify.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import type { ExpectedAddress } from '../support/internet/world.ts';
import type { AskedRcpt, LoggedResult } from './rcpts.ts';

/** A row as it was imported, and what must become of it. */
export interface ImportedRow {
  readonly id: number;
  readonly listId: number;
  readonly expected: ExpectedAddress;
  /** The address as it stands in RCPT; undefined for a text that is no address. */
  readonly asked: string | undefined;
}

/** A change of a row in `emails`, as a trigger of the database saw it. */
export interface RowChange {
  readonly rowId: number;
  readonly was: number;
  readonly became: number;
}

/** A result in the log of a server's worker. */
export interface ServerResult extends LoggedResult {
  /** The server's address, as the witness has it. */
  readonly client: string;
}

export interface Blow {
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Findings {
  readonly imported: readonly ImportedRow[];
  readonly rows: readonly CrmRow[];
  readonly lists: readonly CrmList[];
  readonly changes: readonly RowChange[];
  readonly rcpts: readonly AskedRcpt[];
  readonly results: readonly ServerResult[];
  /** What was done to our servers' processes, and when. */
  readonly blows: readonly Blow[];
  /** How often the schedule probes an address whose host never settles it. */
  readonly maxAttempts: number;
  /** Things that should not be there any more, or must never happen, each in a sentence. */
  readonly remains: readonly string[];
}

/** Something that is not as it must be; `rowIds` are those whose history explains it. */
export interface Difference {
  readonly sentence: string;
  readonly rowIds: readonly number[];
}

export interface Judgement {
  readonly differences: readonly Difference[];
  /** RCPTs beyond what the schedule asks. */
  readonly doubles: number;
  /** RCPTs that led to no result, since their worker was hit before: so many may be asked again. */
  readonly inFlight: number;
}

export function judge(findings: Findings): Judgement {
  const { remains } = findings;
  const probes = judgeProbes(findings);
  return {
    differences: [
      ...judgeRows(findings),
      ...judgeDecisions(findings),
      ...judgeLists(findings),
      ...probes.differences,
      ...remains.map((sentence) => ({ sentence, rowIds: [] })),
    ],
    doubles: probes.doubles,
    inFlight: probes.inFlight,
  };
}

function judgeRows({ imported, rows }: Findings): Difference[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  const known = new Set(imported.map(({ id }) => id));
  const strangers = rows
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({ sentence: `row ${id} was never imported`, rowIds: [id] }));
  const wrong = imported.flatMap(({ id, listId, expected }): Difference[] => {
    const row = found.get(id);
    const name = `row ${id} (${JSON.stringify(expected.email)}, list ${listId})`;
    const problem =
      row === undefined
        ? 'is lost'
        : row.email !== expected.email
          ? `now reads ${JSON.stringify(row.email)}`
          : rowProblem(row, expected);
    return problem === undefined ? [] : [{ sentence: `${name} ${problem}`, rowIds: [id] }];
  });
  return [...strangers, ...wrong];
}

// A row is written once, from pending to decided, and never touched again.
function judgeDecisions({ imported, changes }: Findings): Difference[] {
  const byRow = groupBy(changes, ({ rowId }) => rowId);
  return imported.flatMap(({ id, expected }): Difference[] => {
    const story = (byRow.get(id) ?? []).map(({ was, became }) => `${was}→${became}`).join(', ');
    if (story === '0→1') return [];
    return [
      {
        sentence: `row ${id} (${JSON.stringify(expected.email)}) was not written once: ${story || 'never'}`,
        rowIds: [id],
      },
    ];
  });
}

function judgeLists({ lists, rows, imported }: Findings): Difference[] {
  const known = new Set(lists.map(({ id }) => id));
  const missing = [...new Set(imported.map(({ listId }) => listId))].filter((id) => !known.has(id));
  return [
    ...missing.map((id) => `list ${id} is lost`),
    ...lists.flatMap((list) => listProblems(list, rows)),
  ].map((sentence) => ({ sentence, rowIds: [] }));
}

/**
 * An address may be asked as often as its rows' schedule says, after each attempt that was put off, and after an attempt whose
 * worker was hit before it wrote a result down. No row gets a second verdict.
 */
function judgeProbes({ imported, rcpts, results, blows, maxAttempts }: Findings): {
  differences: Difference[];
  doubles: number;
  inFlight: number;
} {
  const differences: Difference[] = [];
  let [doubles, inFlight] = [0, 0];
  const rcptsOf = groupBy(rcpts, ({ address }) => address);
  const resultsOf = groupBy(results, ({ email }) => email);
  const asked = imported.filter((row) => row.asked !== undefined);
  for (const [address = '', rows] of groupBy(asked, (row) => row.asked)) {
    const own = rcptsOf.get(address) ?? [];
    const made = [...new Set(rows.map(({ expected }) => expected.email))].flatMap(
      (email) => resultsOf.get(email) ?? [],
    );
    const rowIds = rows.map(({ id }) => id);
    const verdicts = made.filter(({ isFinal }) => isFinal).length;
    if (verdicts > rows.length) {
      differences.push({
        sentence: `${address} got ${verdicts} verdicts in ${rows.length} row(s): one was lost, or probed for again`,
        rowIds,
      });
    }
    const bySchedule = rows.reduce((sum, { expected }) => sum + attemptsOf(expected, maxAttempts), 0);
    const due = Math.max(bySchedule, rows.length + made.length - verdicts);
    const excess = Math.max(0, own.length - due);
    const lost = withoutResult(own, made).filter(({ at }) => at < own.at(-1)!.at);
    const excused = lost.filter(({ client, at }) =>
      blows.some((blow) => blow.client === client && blow.at >= at && blow.at <= own.at(-1)!.at),
    );
    doubles += excess;
    inFlight += lost.length;
    if (excess > excused.length) {
      differences.push({
        sentence: `${address} was asked about ${own.length} times, ${due} by its schedule and ${excused.length} times in flight when its server was hit`,
        rowIds,
      });
    }
  }
  return { differences, doubles, inFlight };
}

/** The RCPTs that no result came of: each result is of the last one before it, by the same server. */
function withoutResult(rcpts: readonly AskedRcpt[], results: readonly ServerResult[]): AskedRcpt[] {
  const open = rcpts.toSorted((a, b) => a.at - b.at);
  for (const { client, at } of results.toSorted((a, b) => a.at - b.at)) {
    // The log says seconds.
    const place = open.findLastIndex((rcpt) => rcpt.client === client && rcpt.at < at + 1_000);
    if (place >= 0) open.splice(place, 1);
  }
  return open;
}

function attemptsOf({ verdict, kind }: ExpectedAddress, maxAttempts: number): number {
  if (verdict === 'unknown') return maxAttempts;
  return kind === 'greylisted' || kind === 'greylisting' ? 2 : 1;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
