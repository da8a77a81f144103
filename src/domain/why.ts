// Why a list is not finished, and what will happen next: as sentences, for whoever reads them in the middle of the night. Each
// part of what is left is told with its number, its cause, an example where a host said something, and what to do where there is
// something to do. Pure. Sentences hold words of hosts and people as they were kept: whoever prints them cleans them.

import { counted, grouped, lengthOf, percent, roughly, type Exactness } from './amounts.ts';
import { meaningOf, isReason, saidSentence, whoWasAsked } from './explain-evidence.ts';
import { isBlocking } from './eta.ts';
import type { ListRows, RowGroup } from './figures.ts';
import type { KeptRow } from './kept-row.ts';
import type { Overview } from './overview.ts';
import { whoComes } from './missed-cycles.ts';
import type { ShowTime } from './paragraph.ts';
import { REASONS } from './reasons-explained.ts';
import type { ListView, UserView } from './user-view.ts';

export interface WhyFacts {
  readonly rows: ListRows;
  readonly overview: Overview;
  /** Of groups of rows that wait, one of each, by its id. */
  readonly examples: ReadonlyMap<number, KeptRow>;
}

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
    headline: headlineOf(facts.rows),
    parts: list.pending === 0 ? [] : partsOf(told),
    next: isFinished ? [] : nextOf(told),
  };
}

function headlineOf({ list }: ListRows): string {
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
  const amount = grouped(pending, list.exactness);
  if (status === 'completed')
    return `${which} says that it is completed, but ${amount} of its rows are pending again.`;
  return `${which} is not finished: ${grouped(decided)} of ${grouped(total)} rows are decided (${percent(decided, total)}), ${amount} are not.`;
}

interface Told extends WhyFacts {
  readonly user: UserView | undefined;
  readonly view: ListView | undefined;
  readonly showTime: ShowTime;
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
      sentences: SENTENCES[state](
        { group, amount: grouped(rows, exactness), isOne: rows === 1, example },
        told,
      ),
    };
  });
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

interface Part {
  readonly group: RowGroup;
  readonly amount: string;
  readonly isOne: boolean;
  readonly example: KeptRow | undefined;
}

type Sentences = (part: Part, told: Told) => readonly string[];

const SENTENCES: Readonly<Record<RowGroup['state'], Sentences>> = {
  ownerless: ({ amount, isOne }) => [
    `${amount} ${isOne ? 'belongs' : 'belong'} to nobody: neither the row nor its list names a user, so nobody’s turn ever reaches ${isOne ? 'it' : 'them'}. Set user_id of the list in csv_list, and the next cycle takes ${isOne ? 'it' : 'them'}.`,
  ],
  held: heldSentences,
  due: ({ amount, isOne }, told) => [
    `${amount} ${isOne ? 'is' : 'are'} due again${haltClause(told) ?? ` and ${isOne ? 'is' : 'are'} taken first${waitOf(told)}`}.`,
  ],
  fresh: ({ amount, isOne }, told) => [
    `${amount} ${isOne ? 'was' : 'were'} not taken yet${haltClause(told) ?? waitOf(told)}.`,
  ],
  'put-off': putOffSentences,
};

function heldSentences({ group, amount, isOne }: Part, { overview, showTime }: Told): readonly string[] {
  const name = group.server ?? 'a server that gave no name';
  const server = overview.servers.find((other) => other.server === group.server);
  const held = `${amount} ${isOne ? 'is' : 'are'} in the hands of server ${name}`;
  const until = `its claims run out by ${showTime(group.lastDue ?? overview.readAt)}, and then any server takes them`;
  if (server === undefined)
    return [`${held}, which says nothing of itself; ${until}, unless it renews them.`];
  const age = lengthOf(overview.readAt - server.seenAt);
  if (!server.isAlive) return [`${held}, which was not heard of for ${age}; ${until}.`];
  return [
    `${held}, at work since ${showTime(server.beganAt)} with ${counted(server.workers, 'worker')} and heard of ${age} ago; they are being asked about, or wait there for their host’s turn.`,
  ];
}

function putOffSentences({ group, amount, isOne, example }: Part, told: Told): readonly string[] {
  const { reason } = group;
  const waits = isOne ? 'waits' : 'wait';
  const span = spanOf(group, told);
  if (reason === undefined) {
    return [
      `${amount} ${waits} without having been asked about, ${span}: another server had a row of the same address in hand, or the provider is paused or resting.`,
    ];
  }
  const advice = isReason(reason) ? REASONS[reason].advice : undefined;
  return [
    `${amount} ${waits} as ${reason}, ${span}. ${meaningOf(reason)}`,
    ...(example === undefined ? [] : exampleSentences(example)),
    ...(isBlocking(reason) && advice !== undefined ? [`To do: ${advice}`] : []),
  ];
}

function exampleSentences({ id, email, verdict }: KeptRow): readonly string[] {
  if (verdict === undefined) return [];
  const said = saidSentence(verdict) ?? 'nothing is kept of what was said';
  const who = whoWasAsked(email, verdict);
  const link = verdict.code === undefined ? ': ' : `${who.includes(', ') ? ',' : ''} said `;
  return [`For example ${email} (id:${id}): ${who}${link}${said}`];
}

function spanOf({ firstDue, lastDue }: RowGroup, { overview, showTime }: Told): string {
  const last = showTime(lastDue ?? overview.readAt);
  const first = showTime(firstDue ?? overview.readAt);
  return first === last ? `until ${last}` : `the first until ${first}, the last until ${last}`;
}

function haltClause(told: Told): string | undefined {
  const halt = haltOf(told);
  return halt === undefined ? undefined : `: ${halt}`;
}

/** Why nothing of the list is claimed; undefined where it is. */
function haltOf({ view, user, overview, rows, showTime }: Told): string | undefined {
  if (view?.halt === 'importing')
    return 'the list is still being imported, and nothing is taken before it is whole';
  const pause = overview.pauses.find(
    ({ kind, name }) =>
      (kind === 'list' && name === String(rows.list.listId)) ||
      (kind === 'user' && name === String(user?.userId)),
  );
  if (pause === undefined) return undefined;
  const end = pause.until === undefined ? 'until somebody resumes it' : `until ${showTime(pause.until)}`;
  const why = pause.reason === undefined ? '' : ` (“${pause.reason}”)`;
  return `${pause.kind} ${pause.name} is paused ${end}, by ${pause.by} since ${showTime(pause.since)}${why}`;
}

/** What rows that could be claimed wait for. */
function waitOf({ user, view, overview }: Told): string {
  if (!overview.isAtWork) return ': no server is at work';
  if (user === undefined) return '';
  if (user.workers === 0) {
    const since =
      user.waitedSeconds === undefined
        ? ''
        : `; a server last worked for it ${lengthOf(user.waitedSeconds)} ago`;
    return `: user ${user.userId} waits for its turn${since}`;
  }
  const before = user.lists.slice(0, view === undefined ? 0 : user.lists.indexOf(view));
  const ahead = before.reduce((sum, { main }) => sum + main, 0);
  return ahead === 0 ? '' : `: ${grouped(ahead)} of the user’s older lists come first`;
}

function nextOf(told: Told): readonly string[] {
  const { rows, overview, view, user, showTime } = told;
  const { list } = rows;
  if (list.pending === 0) {
    return list.status === 'pending' && list.valid + list.invalid + list.unknown === 0
      ? [
          'It is probably being imported. A list that stays without rows for ten minutes is marked completed by the next cycle.',
        ]
      : ['The next cycle marks it completed; cron starts one each minute.'];
  }
  const next: string[] = [];
  const halt = haltOf(told);
  if (halt !== undefined)
    next.push(
      `Nothing more of it is asked about before ${isHaltTold(rows) ? 'that is over' : `this is over: ${halt}`}.`,
    );
  else if (!overview.isAtWork) next.push(whoComes(overview));
  else if (view !== undefined && view.main > 0 && view.mainSeconds !== undefined)
    next.push(
      `At the speed of the last five minutes all that is not put off has been asked about in ${roughly(view.mainSeconds)}${view.isBound ? ' at the latest' : ''}.`,
    );
  else if (view !== undefined && view.main > 0)
    next.push('The work has only begun: it is too early to say how long it takes.');
  const waiting = rows.groups.filter(({ state }) => state === 'put-off');
  const first = waiting.reduce<number | undefined>((due, group) => least(due, group.firstDue), undefined);
  const last = waiting.reduce<number | undefined>((due, group) => most(due, group.lastDue), undefined);
  if (first !== undefined && last !== undefined) {
    next.push(
      halt !== undefined
        ? 'What waits is asked about again when it is due, but not before that either.'
        : first === last
          ? `What waits is asked about again at ${showTime(first)}; a host may put it off once more, for three days at most in all.`
          : `What waits is asked about again between ${showTime(first)} and ${showTime(last)}; a host may put rows off once more, for three days at most in all. So the list is completed at ${showTime(last)} at the earliest.`,
    );
  }
  if (
    user !== undefined &&
    rows.groups.some(({ state, reason }) => state === 'put-off' && isBlocking(reason))
  )
    next.push(
      'What hosts refuse us for does not settle by itself: those rows end as unknown unless it is mended.',
    );
  return next;
}

/** The parts of what could be claimed say what is in the way. */
function isHaltTold({ groups }: ListRows): boolean {
  return groups.some(({ state }) => state === 'due' || state === 'fresh');
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
