// What the figures come to for whoever looks: servers that live, how fast it goes, each user and list with what is done
// and when the rest will be, and which hosts give trouble. Pure; status, reports and the dashboard show it each in
// its own way.

import { addSplits, isBlocking, secondsFor, splitBacklog, type Split, type WaitingReason } from './eta.ts';
import type { Figures, ListFigures, PacePart, ServerFigures, WaitingPart } from './figures.ts';
import { type Pace, paceOf, startOfMinute } from './pace.ts';
import { destinationOf } from './providers.ts';

const FIVE_MINUTES = 300;
const HOUR = 3_600;
/** A server at work is heard of every five seconds, or when a write of its own took longer. */
const SILENT_AFTER_SECONDS = 30;

export interface ServerView extends ServerFigures {
  /** At work, and heard of lately. */
  readonly isAlive: boolean;
  /** Said that it is at work, and was not heard of since. */
  readonly isSilent: boolean;
}

/** What is left of something, and when it will be done. */
export interface Outlook extends Split {
  /** Rows that were decided, of how many in all. */
  readonly decided: number;
  readonly total: number;
  /** Seconds until the main queue is asked about; undefined while nobody works at it. */
  readonly mainSeconds: number | undefined;
  /** True where that is when everybody's is: its own pace is not known. */
  readonly isBound: boolean;
}

export interface ListView extends Outlook {
  readonly list: ListFigures;
}

export interface UserView extends Outlook {
  readonly userId: number;
  /** Slots that servers at work owe it, and those that work for it now. */
  readonly share: number;
  readonly workers: number;
  readonly decidedPerMinute: number;
  /** Since some server last worked for it, or since it was first seen waiting. */
  readonly waitedSeconds: number | undefined;
  readonly lists: readonly ListView[];
  /** Its rows without a list. */
  readonly loose: Outlook | undefined;
}

/** Hosts of one provider, or one host, that rows wait for. */
export interface Trouble extends WaitingReason {
  readonly destination: string;
  /** What most of the rows wait for. */
  readonly reason: string;
}

export interface Overview extends Outlook {
  readonly readAt: number;
  readonly servers: readonly ServerView[];
  /** True where a server at work was heard of lately. */
  readonly isAtWork: boolean;
  readonly workers: number;
  readonly lastFiveMinutes: Pace;
  readonly lastHour: Pace;
  readonly users: readonly UserView[];
  /** Why rows wait, most rows first. */
  readonly reasons: readonly WaitingReason[];
  readonly troubles: readonly Trouble[];
  /** True where reasons and troubles are of some of the rows that wait. */
  readonly isSample: boolean;
}

export function overviewOf(figures: Figures): Overview {
  const servers = figures.servers.map((server) => viewOf(server, figures.readAt));
  const lastFiveMinutes = paceOf(figures, FIVE_MINUTES);
  const lastHour = paceOf(figures, HOUR);
  const isAtWork = servers.some(({ isAlive }) => isAlive);
  const all = isAtWork ? lastFiveMinutes.answeredPerMinute || lastHour.answeredPerMinute : 0;
  const userIds = [...new Set([...figures.lists, ...figures.loose].flatMap(({ userId }) => userId ?? []))];
  const main = [...figures.lists, ...figures.loose].reduce(
    (sum, { pending, putOff }) => sum + pending - Math.min(putOff.rows, pending),
    0,
  );
  const users = userIds.map((userId) =>
    userView(userId, figures, livePace(figures.pace, servers), { all, main, isAtWork }),
  );
  return {
    readAt: figures.readAt,
    servers,
    isAtWork,
    workers: servers.reduce((sum, { isAlive, workers }) => sum + (isAlive ? workers : 0), 0),
    lastFiveMinutes,
    lastHour,
    users: users.toSorted((a, b) => b.workers - a.workers),
    reasons: byReason(figures.waiting.parts),
    troubles: troublesIn(figures.waiting.parts),
    isSample: figures.waiting.isSample,
    ...sumOf(users, secondsFor(main, all)),
  };
}

function viewOf(server: ServerFigures, readAt: number): ServerView {
  const isAtWork = server.state === 'working' || server.state === 'stopping';
  const isHeard = readAt - server.seenAt <= SILENT_AFTER_SECONDS;
  return { ...server, isAlive: isAtWork && isHeard, isSilent: isAtWork && !isHeard };
}

/** What servers that live said of users in the minute in which they were last heard of. */
function livePace(pace: readonly PacePart[], servers: readonly ServerView[]): readonly PacePart[] {
  const minutes = new Map(
    servers.filter(({ isAlive }) => isAlive).map(({ server, seenAt }) => [server, startOfMinute(seenAt)]),
  );
  return pace.filter(({ server, startsAt }) => minutes.get(server) === startsAt);
}

/** How fast all goes, and how much all have to do. */
interface Whole {
  readonly all: number;
  readonly main: number;
  readonly isAtWork: boolean;
}

function userView(
  userId: number,
  figures: Figures,
  live: readonly PacePart[],
  { all, main, isAtWork }: Whole,
): UserView {
  const own = paceOf(figures, FIVE_MINUTES, userId);
  const mine = live.filter((part) => part.userId === userId);
  // Without a pace of its own it is done when all are: no place stands idle before.
  const isBound = !isAtWork || own.answeredPerMinute === 0;
  const perMinute = isBound ? all : own.answeredPerMinute;
  let ahead = 0;
  const outlookOf = (split: Split, decided: number, total: number): Outlook => {
    ahead += split.main;
    const rows = split.main === 0 ? 0 : isBound ? main : ahead;
    return { ...split, decided, total, mainSeconds: secondsFor(rows, perMinute), isBound };
  };
  const parts = figures.waiting.parts.filter((part) => part.userId === userId);
  // In the order in which they are claimed: each list waits for those before it.
  const lists = figures.lists
    .filter((list) => list.userId === userId)
    .map((list): ListView => {
      const waiting = byReason(figures.waiting.parts.filter(({ listId }) => listId === list.listId));
      const { total, valid, invalid, unknown } = list;
      const decided = Math.min(valid + invalid + unknown, total);
      return { list, ...outlookOf(splitBacklog(list, waiting), decided, total) };
    });
  const found = figures.loose.find((rows) => rows.userId === userId);
  const known = new Set<number | undefined>(lists.map(({ list }) => list.listId));
  const waiting = byReason(parts.filter(({ listId }) => !known.has(listId)));
  const loose = found && outlookOf(splitBacklog(found, waiting), 0, found.pending);
  return {
    userId,
    share: mine.reduce((sum, { share }) => sum + share, 0),
    workers: mine.reduce((sum, { workers }) => sum + workers, 0),
    decidedPerMinute: own.decidedPerMinute,
    waitedSeconds: figures.waitedSeconds.get(userId),
    lists,
    loose,
    ...sumOf([...lists, ...(loose === undefined ? [] : [loose])], undefined),
    isBound,
  };
}

/** Parts together; the main queue is through with the last of them, unless that is known better. */
function sumOf(parts: readonly Outlook[], mainSeconds: number | undefined): Outlook {
  const split = addSplits(parts);
  const known = parts.map((part) => part.mainSeconds);
  const isKnown = known.every((seconds) => seconds !== undefined);
  const last = isKnown ? Math.max(0, ...known) : undefined;
  return {
    ...split,
    decided: parts.reduce((sum, { decided }) => sum + decided, 0),
    total: parts.reduce((sum, { total }) => sum + total, 0),
    mainSeconds: mainSeconds ?? last,
    isBound: false,
  };
}

function byReason(parts: readonly WaitingPart[]): readonly WaitingReason[] {
  const reasons = new Map<string | undefined, WaitingReason>();
  for (const { reason, rows, firstDue, lastDue } of parts)
    reasons.set(reason, joined(reasons.get(reason), { reason, rows, firstDue, lastDue }));
  return [...reasons.values()].toSorted((a, b) => b.rows - a.rows);
}

function joined(a: WaitingReason | undefined, b: WaitingReason): WaitingReason {
  if (a === undefined) return b;
  return {
    reason: a.reason,
    rows: a.rows + b.rows,
    firstDue: Math.min(a.firstDue, b.firstDue),
    lastDue: Math.max(a.lastDue, b.lastDue),
  };
}

// What a host says of one mailbox, or to whoever comes for the first time, is no trouble of the host's or ours.
const NO_TROUBLE: ReadonlySet<string | undefined> = new Set([
  undefined,
  'greylisted',
  'mailbox-full',
  'domain-not-served',
  'ambiguous-reply',
]);

function troublesIn(parts: readonly WaitingPart[]): readonly Trouble[] {
  const destinations = new Map<string, WaitingPart[]>();
  for (const part of parts) {
    if (part.mx === undefined || NO_TROUBLE.has(part.reason)) continue;
    const destination = destinationOf(part.mx);
    destinations.set(destination, [...(destinations.get(destination) ?? []), part]);
  }
  return [...destinations]
    .map(([destination, of]): Trouble => {
      const [most] = byReason(of);
      const all = of.map((part): WaitingReason => part).reduce(joined);
      return { ...all, destination, reason: most!.reason! };
    })
    .toSorted((a, b) => Number(isBlocking(b.reason)) - Number(isBlocking(a.reason)) || b.rows - a.rows);
}
