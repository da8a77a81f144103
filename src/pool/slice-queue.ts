// One user's slices that wait for a worker, in the order in which they came. Rows of a destination that is at its
// budget wait here and never in a worker: a slice that may start in part is cut, and only what may start
// leaves. Since the front is always served first, a destination's freed place goes to whoever waited longest.

import { cutSlices } from '../domain/cut-slices.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { SliceWork } from '../worker/messages.ts';

/** True when a destination has a place left. */
export type HasPlace = (destination: string) => boolean;

/** How many of the rows that a slice has for a destination may start, when so many wait for it in all. */
export type RowsFor = (destination: string, rows: number, waiting: () => number) => number;

/** True of a row that may not be asked about now. */
export type IsHeld = (userId: number, row: ProbeRow, destination: string | undefined) => boolean;

/** A slice that waits. */
export interface QueuedSlice {
  readonly slice: SliceWork;
  /** True for rows that were with a worker when it died: they get a slot for themselves. */
  readonly isSuspect: boolean;
}

/** So many go on together at most: a slice is a minute of work or so. */
const MAX_JOINED_ROWS = 200;

// Asked at each dispatch of every slice that waits, so what decides is kept beside it and not found row by row.
interface Waiting extends QueuedSlice {
  /** Rows by destination. */
  readonly destinations: ReadonlyMap<string, number>;
  /** True when it has rows that need no connection. */
  readonly hasUnbound: boolean;
  /** True when all its rows have come from better hosts of their domains. */
  readonly isOnward: boolean;
}

export class SliceQueue {
  #waiting: Waiting[] = [];

  get rows(): number {
    return this.#waiting.reduce((sum, { slice }) => sum + slice.rows.length, 0);
  }

  add(slices: readonly SliceWork[]): void {
    this.#waiting.push(...slices.map((slice) => waiting(slice, false)));
  }

  /** Puts back what was given out already. */
  addFirst(slices: readonly SliceWork[], isSuspect: boolean): void {
    this.#waiting.unshift(...slices.map((slice) => waiting(slice, isSuspect)));
  }

  /**
   * Puts in front what goes on to other destinations, together with what waits there for the same reason: so a host that is many
   * domains' second is asked about all of them over one connection.
   */
  join(slice: SliceWork): void {
    const place = this.#waiting.findIndex((entry) => mayJoin(entry, slice));
    const host = this.#waiting[place];
    if (host === undefined) this.addFirst([slice], false);
    else this.#waiting[place] = waiting(joined(host.slice, slice), false);
  }

  /** How many slices may start now, at least in part; counted no further than `limit`. */
  countStartable(hasPlace: HasPlace, limit: number): { readonly all: number; readonly unsuspected: number } {
    let [all, unsuspected] = [0, 0];
    for (const entry of this.#waiting) {
      if (unsuspected >= limit) break;
      if (!mayStartInPart(entry, hasPlace)) continue;
      all++;
      if (!entry.isSuspect) unsuspected++;
    }
    return { all, unsuspected };
  }

  /**
   * Takes the first slice that may start, or the part of it that may; undefined when nothing may. Of a destination no
   * more rows than `rowsFor` says.
   */
  take(
    hasPlace: HasPlace,
    mayBeSuspect: boolean,
    rowsFor: RowsFor = () => Infinity,
  ): QueuedSlice | undefined {
    for (const [index, entry] of this.#waiting.entries()) {
      const { slice, isSuspect, destinations } = entry;
      if ((isSuspect && !mayBeSuspect) || !mayStartInPart(entry, hasPlace)) continue;
      const left = new Map<string, number>();
      for (const [destination, rows] of destinations)
        if (hasPlace(destination))
          left.set(
            destination,
            rowsFor(destination, rows, () => this.#rowsAt(destination)),
          );
      const ready = slice.rows.filter((row) => {
        const destination = destinationOf(row, slice);
        if (destination === undefined) return true;
        const room = left.get(destination) ?? 0;
        left.set(destination, room - 1);
        return room > 0;
      });
      const chosen = new Set(ready);
      const rest = slice.rows.filter((row) => !chosen.has(row));
      this.#waiting.splice(index, 1, ...(rest.length > 0 ? [waiting(pickRows(slice, rest), isSuspect)] : []));
      return { slice: rest.length > 0 ? pickRows(slice, ready) : slice, isSuspect };
    }
    return undefined;
  }

  /** Notes what was learned about domains, so that their control recipients are not asked for again. */
  learn(catchAll: Readonly<Record<string, CatchAll>>): void {
    const learned = Object.entries(catchAll);
    if (learned.length === 0) return;
    this.#waiting = this.#waiting.map((entry) => {
      const { slice } = entry;
      const news = learned.filter(([domain]) => Object.hasOwn(slice.routes, domain));
      if (news.length === 0) return entry;
      return { ...entry, slice: { ...slice, catchAll: { ...slice.catchAll, ...Object.fromEntries(news) } } };
    });
  }

  /** True when it holds rows of such a destination. */
  goesTo(isMeant: (destination: string) => boolean): boolean {
    return this.#waiting.some(({ destinations }) => [...destinations.keys()].some(isMeant));
  }

  #rowsAt(destination: string): number {
    return this.#waiting.reduce((sum, { destinations }) => sum + (destinations.get(destination) ?? 0), 0);
  }

  /** Takes the rows that are chosen out of the slices. */
  takeOut(isChosen: (row: ProbeRow, destination: string | undefined) => boolean): readonly ProbeRow[] {
    const out: ProbeRow[] = [];
    this.#waiting = this.#waiting.flatMap((entry) => {
      const { slice, isSuspect } = entry;
      const chosen = new Set(slice.rows.filter((row) => isChosen(row, destinationOf(row, slice))));
      if (chosen.size === 0) return [entry];
      out.push(...chosen);
      const rest = slice.rows.filter((row) => !chosen.has(row));
      return rest.length === 0 ? [] : [waiting(pickRows(slice, rest), isSuspect)];
    });
    return out;
  }

  takeAll(): readonly SliceWork[] {
    const slices = this.#waiting.map(({ slice }) => slice);
    this.#waiting = [];
    return slices;
  }
}

/** The destination that a row's probe connects to; undefined for what needs no connection. */
export function destinationOf(row: ProbeRow, slice: SliceWork): string | undefined {
  if (row.target.type !== 'mailbox') return undefined;
  const route = slice.routes[row.target.address.domain];
  return route?.type === 'hosts' ? route.destination : undefined;
}

/** The destinations that a slice connects to. */
export function destinationsOf(slice: SliceWork): Set<string> {
  const destinations = slice.rows.map((row) => destinationOf(row, slice));
  return new Set(destinations.filter((destination) => destination !== undefined));
}

/** The slice with these of its rows alone, and no routes but theirs. */
export function pickRows<Work extends SliceWork>(slice: Work, rows: readonly ProbeRow[]): Work {
  const domains = new Set(rows.map(({ target }) => (target.type === 'mailbox' ? target.address.domain : '')));
  const ofDomains = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([domain]) => domains.has(domain)));
  return { ...slice, rows, routes: ofDomains(slice.routes), catchAll: ofDomains(slice.catchAll) };
}

/** The slice in at most so many parts of about equal size, a destination whole in one unless it is more than a part. */
export function cutInParts<Work extends SliceWork>(slice: Work, parts: number): Work[] {
  const limits = { workers: parts, maxRowsPerSlice: slice.rows.length, minRowsPerSlice: 1 };
  return cutSlices(slice.rows, (row) => destinationOf(row, slice) ?? '', limits).map((rows) =>
    pickRows(slice, rows),
  );
}

function waiting(slice: SliceWork, isSuspect: boolean): Waiting {
  const destinations = new Map<string, number>();
  let hasUnbound = false;
  for (const row of slice.rows) {
    const destination = destinationOf(row, slice);
    if (destination === undefined) hasUnbound = true;
    else destinations.set(destination, (destinations.get(destination) ?? 0) + 1);
  }
  const isOnward = Object.values(slice.routes).every(
    (route) => route.type === 'hosts' && route.startsAt !== undefined,
  );
  return { slice, isSuspect, destinations, hasUnbound, isOnward };
}

// A slice has one route for a domain, so rows that go on from different places of its list stay apart.
function mayJoin({ slice, isSuspect, hasUnbound, isOnward }: Waiting, { rows, routes }: SliceWork): boolean {
  if (isSuspect || hasUnbound || !isOnward || slice.rows.length + rows.length > MAX_JOINED_ROWS) return false;
  return !Object.keys(routes).some((domain) => Object.hasOwn(slice.routes, domain));
}

function joined(one: SliceWork, other: SliceWork): SliceWork {
  return {
    rows: [...one.rows, ...other.rows],
    routes: { ...one.routes, ...other.routes },
    catchAll: { ...one.catchAll, ...other.catchAll },
  };
}

function mayStartInPart({ destinations, hasUnbound }: Waiting, hasPlace: HasPlace): boolean {
  if (hasUnbound) return true;
  for (const destination of destinations.keys()) if (hasPlace(destination)) return true;
  return false;
}
