// Holds what is in the tables and what the MX hosts saw against what must be: each row decided once and rightly, lists
// counted by the contract's formulas, nothing left behind. Whether somebody was asked too often is judge-probes.ts.
// Pure: it is handed all it looks at.

import { groupBy } from '../../src/domain/group-by.ts';
import { listProblems, rowProblem } from '../demo/verify.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import { judgeProbes, type Difference, type ProbeFindings, type Judgement } from './judge-probes.ts';

/** A change of a row in `emails`, as a trigger of the database saw it. */
export interface RowChange {
  readonly rowId: number;
  readonly was: number;
  readonly became: number;
}

export interface Findings extends ProbeFindings {
  readonly rows: readonly CrmRow[];
  readonly lists: readonly CrmList[];
  readonly changes: readonly RowChange[];
  /** Things that should not be there any more, or must never happen, each in a sentence. */
  readonly remains: readonly string[];
}

/** Gives all that is not as it must be, and how many RCPTs were double. */
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
