// Each user and its lists: what is done, what is left, and when that will be. Lists of a user are taken one after the
// other, users beside each other. Pure; the whole of it is overview.ts.

import { addSplits, secondsFor, splitBacklog, type Split, type WaitingReason } from './eta.ts';
import type { Figures, ListFigures, PacePart, WaitingPart } from './figures.ts';
import { groupBy } from './group-by.ts';
import { paceOf } from './pace.ts';
import { heldBy } from './pause.ts';

/** A user's own pace is that of so many seconds. */
const PACE_SECONDS = 300;

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
  /** Nothing of it is claimed, and why not. */
  readonly halt: 'paused' | 'importing' | undefined;
}

export interface UserView extends Outlook {
  readonly userId: number;
  /** Slots that servers at work owe it, and those that work for it now. */
  readonly share: number;
  readonly workers: number;
  readonly decidedPerMinute: number;
  /** Since some server last worked for it, or since it was first seen waiting. */
  readonly waitedSeconds: number | undefined;
  readonly isPaused: boolean;
  readonly lists: readonly ListView[];
  /** Its rows without a list. */
  readonly loose: Outlook | undefined;
}

/** A list, or rows without one, before it is known how fast it goes. */
interface Part {
  readonly userId: number;
  readonly list: ListFigures | undefined;
  readonly halt: ListView['halt'];
  readonly split: Split;
  readonly decided: number;
  readonly total: number;
}

/** Gives the users, those with most workers first, else by their oldest rows. `all`: answers a minute for all of them. */
export function userViews(figures: Figures, live: readonly PacePart[], all: number): readonly UserView[] {
  const parts = groupBy(partsOf(figures), ({ userId }) => userId);
  const main = [...parts.values()].flat().reduce((sum, { split }) => sum + split.main, 0);
  const paused = heldBy(figures.pauses).users;
  const views = [...parts].map(([userId, own]): UserView => {
    const pace = paceOf(figures, PACE_SECONDS, userId);
    const mine = live.filter((part) => part.userId === userId);
    // Without a pace of its own it is done when all are: no place stands idle before.
    const isBound = pace.answeredPerMinute === 0 || all === 0;
    const outlooks = inTurn(
      own,
      isBound ? { perMinute: all, all: main } : { perMinute: pace.answeredPerMinute },
    );
    return {
      userId,
      share: mine.reduce((sum, { share }) => sum + share, 0),
      workers: mine.reduce((sum, { workers }) => sum + workers, 0),
      decidedPerMinute: pace.decidedPerMinute,
      waitedSeconds: figures.waitedSeconds.get(userId),
      isPaused: paused.has(userId),
      lists: own.flatMap(({ list, halt }, index) =>
        list === undefined ? [] : [{ ...outlooks[index]!, list, halt }],
      ),
      loose: outlooks[own.findIndex(({ list }) => list === undefined)],
      ...sumOf(outlooks),
      isBound,
    };
  });
  return views.toSorted((a, b) => b.workers - a.workers);
}

function partsOf(figures: Figures): readonly Part[] {
  const { lists, loose, waiting, pauses, importing } = figures;
  const held = heldBy(pauses);
  const beingImported = new Set(importing);
  const known = new Set<number | undefined>(lists.map(({ listId }) => listId));
  const ofList = groupBy(waiting.parts, ({ listId, userId }) =>
    known.has(listId) ? `list ${listId}` : `user ${userId}`,
  );
  const haltOf = ({ listId, userId }: ListFigures): Part['halt'] =>
    beingImported.has(listId)
      ? 'importing'
      : held.lists.has(listId) || held.users.has(userId ?? -1)
        ? 'paused'
        : undefined;
  return [
    ...lists.flatMap((list): Part[] => {
      if (list.userId === undefined) return [];
      const halt = haltOf(list);
      const split = splitBacklog(list, byReason(ofList.get(`list ${list.listId}`) ?? []), halt !== undefined);
      const decided = Math.min(list.valid + list.invalid + list.unknown, list.total);
      return [{ userId: list.userId, list, halt, split, decided, total: list.total }];
    }),
    ...loose.map((rows): Part => {
      const split = splitBacklog(
        rows,
        byReason(ofList.get(`user ${rows.userId}`) ?? []),
        held.users.has(rows.userId),
      );
      return {
        userId: rows.userId,
        list: undefined,
        halt: undefined,
        split,
        decided: 0,
        total: rows.pending,
      };
    }),
  ];
}

/** In the order in which they are claimed, each waits for those before it; with `all` it is known only when all is done. */
function inTurn(
  parts: readonly Part[],
  { perMinute, all }: { readonly perMinute: number; readonly all?: number },
): readonly Outlook[] {
  let ahead = 0;
  return parts.map(({ split, decided, total }) => {
    ahead += split.main;
    const mainSeconds = secondsFor(split.main === 0 ? 0 : (all ?? ahead), perMinute);
    return { ...split, decided, total, mainSeconds, isBound: all !== undefined };
  });
}

/** Parts together; the main queue is through with the last of them. */
export function sumOf(parts: readonly Outlook[]): Outlook {
  const known = parts.map(({ mainSeconds }) => mainSeconds);
  return {
    ...addSplits(parts),
    decided: parts.reduce((sum, { decided }) => sum + decided, 0),
    total: parts.reduce((sum, { total }) => sum + total, 0),
    mainSeconds: known.every((seconds) => seconds !== undefined) ? Math.max(0, ...known) : undefined,
    isBound: false,
  };
}

/** Why rows wait, most rows first. */
export function byReason(parts: readonly WaitingPart[]): readonly WaitingReason[] {
  const reasons = new Map<string | undefined, WaitingReason>();
  for (const { reason, rows, firstDue, lastDue } of parts)
    reasons.set(reason, joined(reasons.get(reason), { reason, rows, firstDue, lastDue }));
  return [...reasons.values()].toSorted((a, b) => b.rows - a.rows);
}

/** Rows that wait for the same reason, together. */
export function joined(a: WaitingReason | undefined, b: WaitingReason): WaitingReason {
  if (a === undefined) return b;
  return {
    reason: a.reason,
    rows: a.rows + b.rows,
    firstDue: Math.min(a.firstDue, b.firstDue),
    lastDue: Math.max(a.lastDue, b.lastDue),
  };
}
