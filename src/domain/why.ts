// Why a list is not finished, and what will happen next: as sentences, for whoever reads them in the middle of the night. Here is
// the order of it, and which rows are told of together; what is said of them is why-parts.ts, what comes next why-next.ts.
// Pure. Sentences hold words of hosts and people as they were kept: whoever prints them cleans them.

import { grouped, percent, type Exactness } from './amounts.ts';
import type { RowGroup } from './figures.ts';
import type { KeptRow } from './kept-row.ts';
import { type LeftAlone, leftAloneUntil, leftAloneWith } from './left-alone.ts';
import type { ShowTime } from './paragraph.ts';
import { haltOf, least, most, type Told, type WhyFacts } from './why-facts.ts';
import { nextOf } from './why-next.ts';
import { SENTENCES } from './why-parts.ts';

/** Rows of the list that are in the same state. */
export interface WhyPart {
  readonly state: RowGroup['state'];
  readonly rows: number;
  readonly exactness: Exactness;
  readonly reason: string | undefined;
  readonly server: string | undefined;
  readonly firstDue: number | undefined;
  readonly lastDue: number | undefined;
  /** One of the rows; undefined where nothing is to be learned from it. */
  readonly example: KeptRow | undefined;
  /** Destinations that they may wait for. */
  readonly leftAlone: readonly LeftAlone[];
  readonly sentences: readonly string[];
}

export interface Why {
  readonly isFinished: boolean;
  /** What the list is and how far it has come. */
  readonly headline: string;
  readonly parts: readonly WhyPart[];
  readonly next: readonly string[];
}

/** Tells why; of a finished list, that it is. */
export function whyUnfinished(facts: WhyFacts, showTime: ShowTime): Why {
  const { list } = facts.rows;
  const user = facts.overview.users.find(({ userId }) => userId === list.userId);
  const view = user?.lists.find((other) => other.list.listId === list.listId);
  const isFinished = list.pending === 0 && list.status === 'completed';
  const told = { ...facts, user, view, showTime };
  return {
    isFinished,
    headline: headlineOf(told),
    parts: list.pending === 0 ? [] : partsOf(told),
    next: isFinished ? [] : nextOf(told),
  };
}

function headlineOf(told: Told): string {
  const { list } = told.rows;
  const { total, pending, status, valid, invalid, unknown } = list;
  const name = list.name === undefined ? '' : ` “${list.name}”`;
  const owner = list.userId === undefined ? ', which names no user,' : ` of user ${list.userId}`;
  const which = `List ${list.listId}${name}${owner}`;
  const decided = Math.min(valid + invalid + unknown, total);
  const verdicts = `${grouped(valid)} valid, ${grouped(invalid)} invalid, ${grouped(unknown)} unknown`;
  if (pending === 0 && status === 'completed')
    return `${which} is finished: ${grouped(total)} rows, ${verdicts}.`;
  if (pending === 0 && decided === 0 && status === 'pending') return `${which} has no rows yet.`;
  if (pending === 0) return `Every row of ${which.replace(/^List/, 'list')} is decided: ${verdicts}.`;
  const { groups, isSample } = told.rows;
  // Nobody counted the rows of a list that was not worked at so far; here all of them were looked at.
  const amount =
    isSample || groups.length === 0
      ? grouped(pending, list.exactness)
      : grouped(groups.reduce((sum, { rows }) => sum + rows, 0));
  if (status === 'completed')
    return `${which} says that it is completed, but ${amount} of its rows are pending again.`;
  const halted =
    haltOf(told) === undefined
      ? ''
      : told.view?.halt === 'importing'
        ? ', and still being imported'
        : ', and paused';
  return `${which} is not finished${halted}: ${grouped(decided)} of ${grouped(total)} rows are decided (${percent(decided, total)}), ${amount} are not.`;
}

const ORDER: readonly RowGroup['state'][] = ['ownerless', 'held', 'due', 'fresh', 'put-off'];

function partsOf(told: Told): readonly WhyPart[] {
  const groups = told.rows.groups.toSorted(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.rows - a.rows,
  );
  const seen = groups.reduce((sum, { rows }) => sum + rows, 0);
  const { pending } = told.rows.list;
  return merged(groups).map((group): WhyPart => {
    // What was not looked at has not been taken yet, nearly all of it.
    const rows =
      told.rows.isSample && group.state === 'fresh' ? group.rows + Math.max(pending - seen, 0) : group.rows;
    const exactness = told.rows.isSample ? (group.state === 'fresh' ? 'about' : 'more') : 'exact';
    const example = group.state === 'put-off' ? told.examples.get(group.exampleId) : undefined;
    const leftAlone = leftAloneFor(group, example, told);
    const { state, reason, server, firstDue, lastDue } = group;
    return {
      state,
      reason,
      server,
      firstDue,
      lastDue,
      rows,
      exactness,
      example,
      leftAlone,
      sentences: SENTENCES[state](
        { group, amount: grouped(rows, exactness), isOne: rows === 1, example, leftAlone },
        told,
      ),
    };
  });
}

/** Rows that nobody was asked about may wait for whatever is over when they are due; others for the host that was asked last. */
function leftAloneFor(
  group: RowGroup,
  example: KeptRow | undefined,
  { overview }: Told,
): readonly LeftAlone[] {
  if (group.state !== 'put-off') return [];
  if (group.reason === undefined) return leftAloneUntil(overview, group);
  const mx = example?.verdict?.mx;
  return mx === undefined ? [] : leftAloneWith(overview, mx);
}

/** Only of rows that wait does it matter what they were put off for. */
function merged(groups: readonly RowGroup[]): readonly RowGroup[] {
  const parts = new Map<string, RowGroup>();
  for (const group of groups) {
    const { state, reason, server } = group;
    const key = [state, state === 'put-off' ? reason : '', state === 'held' ? server : ''].join(' ');
    const part = parts.get(key);
    parts.set(
      key,
      part === undefined
        ? group
        : {
            ...part,
            rows: part.rows + group.rows,
            firstDue: least(part.firstDue, group.firstDue),
            lastDue: most(part.lastDue, group.lastDue),
          },
    );
  }
  return [...parts.values()];
}
