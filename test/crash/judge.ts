// Holds what is in the tables and what the MX hosts saw against what must be: each row decided once and rightly, lists
// counted by the contract's formulas, nobody asked twice but for what was in flight when something died, nothing left
// behind. Pure: it is handed all it looks at.

import { listProblems, rowProblem } from '../demo/verify.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import type { ExpectedAddress } from '../support/internet/world.ts';
import type { AskedRcpt } from './sessions.ts';

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

export interface Findings {
  readonly imported: readonly ImportedRow[];
  readonly rows: readonly CrmRow[];
  readonly lists: readonly CrmList[];
  readonly changes: readonly RowChange[];
  readonly rcpts: readonly AskedRcpt[];
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
  /** RCPTs that were in flight when their session was cut: so many may be asked again. */
  readonly inFlight: number;
}

export function judge(findings: Findings): Judgement {
  const { rcpts, remains } = findings;
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
    inFlight: rcpts.filter(({ wasInFlight }) => wasInFlight).length,
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

/** An address may be asked as often as its rows' schedule says, and once more for each time it was in flight at a cut. */
function judgeProbes({ imported, rcpts, maxAttempts }: Findings): {
  doubles: number;
  differences: Difference[];
} {
  const rowsOf = groupBy(
    imported.filter(({ asked }) => asked !== undefined),
    ({ asked }) => asked,
  );
  const differences: Difference[] = [];
  let doubles = 0;
  for (const [address, own] of groupBy(rcpts, (rcpt) => rcpt.address)) {
    const rows = rowsOf.get(address) ?? [];
    const due = rows.reduce((sum, { expected }) => sum + attemptsOf(expected, maxAttempts), 0);
    const excess = Math.max(0, own.length - due);
    const cut = own.filter(({ wasInFlight }) => wasInFlight).length;
    doubles += excess;
    if (rows.length === 0 || excess > cut) {
      differences.push({
        sentence: `${address} was asked about ${own.length} times, ${due} by its schedule and ${cut} times in flight when its session was cut`,
        rowIds: rows.map(({ id }) => id),
      });
    }
  }
  return { doubles, differences };
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
