// What is told of rows in each of the states that a list's rows may be in: their number, their cause, an example where a host
// said something, and what to do where there is something to do. Pure; which rows make a part is why.ts.

import { counted, grouped, lengthOf } from './amounts.ts';
import { isBlocking } from './eta.ts';
import { isReason, meaningOf, saidSentence, whoWasAsked } from './explain-evidence.ts';
import type { RowGroup } from './figures.ts';
import type { KeptRow } from './kept-row.ts';
import { AFTERWARDS, type LeftAlone, leftAloneSentence } from './left-alone.ts';
import { REASONS } from './reasons-explained.ts';
import { haltOf, type Told } from './why-facts.ts';

/** A server at work says every five seconds that it is: three of these are missing. */
const LATE_SECONDS = 15;
const MAX_LEFT_ALONE = 4;

export interface Part {
  readonly group: RowGroup;
  readonly amount: string;
  readonly isOne: boolean;
  readonly example: KeptRow | undefined;
  /** Of rows that wait: destinations that they may wait for. */
  readonly leftAlone: readonly LeftAlone[];
}

/** Says it of one part. */
type Sentences = (part: Part, told: Told) => readonly string[];

export const SENTENCES: Readonly<Record<RowGroup['state'], Sentences>> = {
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
  const seconds = overview.readAt - server.seenAt;
  const age = lengthOf(seconds);
  if (!server.isAlive) return [`${held}, which was not heard of for ${age}; ${until}.`];
  if (seconds > LATE_SECONDS)
    return [
      `${held}, at work since ${showTime(server.beganAt)}; its last sign of life is ${age} old, and one is due every few seconds. Unless it goes on, ${until}.`,
    ];
  return [
    `${held}, at work since ${showTime(server.beganAt)} with ${counted(server.workers, 'worker')} and heard of ${age} ago; ${isOne ? 'it is being asked about, or waits there for its' : 'they are being asked about, or wait there for their'} host’s turn.`,
  ];
}

function putOffSentences(part: Part, told: Told): readonly string[] {
  const { group, amount, isOne, example, leftAlone } = part;
  const { reason } = group;
  const waits = isOne ? 'waits' : 'wait';
  const span = spanOf(group, told);
  if (reason === undefined) {
    const cause =
      leftAlone.length === 0
        ? 'another server had a row of the same address in hand, or the destination was paused or left alone at that time'
        : 'the destination is one of those below, or another server had a row of the same address in hand';
    return [
      `${amount} ${waits} without having been asked about, ${span}: ${cause}.`,
      ...leftAloneSentences(part, told),
    ];
  }
  const advice = isReason(reason) ? REASONS[reason].advice : undefined;
  return [
    `${amount} ${waits} as ${reason}, ${span}. ${meaningOf(reason)}`,
    ...(example === undefined ? [] : exampleSentences(example)),
    ...leftAloneSentences(part, told),
    ...(isBlocking(reason) && advice !== undefined ? [`To do: ${advice}`] : []),
  ];
}

function leftAloneSentences({ leftAlone }: Part, { showTime }: Told): readonly string[] {
  const told = leftAlone.slice(0, MAX_LEFT_ALONE);
  const left = leftAlone.length - told.length;
  return [
    ...told.map((one) => leftAloneSentence(one, showTime)),
    ...(left > 0
      ? [`Or it is ${left === 1 ? 'another' : `one of ${left} others`}: “providers” lists them all.`]
      : []),
    ...(told.some(({ why }) => why !== 'paused') ? [AFTERWARDS] : []),
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
