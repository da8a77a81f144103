// One user's slices that wait for a worker, in the order in which they came. Rows of a destination that is at its
// budget wait here and never in a worker: a slice that may start in part is cut, and only what may start
// leaves. Since the front is always served first, a destination's freed place goes to whoever waited longest.

import type { CatchAll } from '../domain/catch-all.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Slice } from '../worker/messages.ts';

/** True when a destination has a place left. */
export type HasPlace = (destination: string) => boolean;

export class SliceQueue {
  #slices: Slice[] = [];

  get rows(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.rows.length, 0);
  }

  add(slices: readonly Slice[]): void {
    this.#slices.push(...slices);
  }

  /** Puts back what was begun already. */
  addFirst(slices: readonly Slice[]): void {
    this.#slices.unshift(...slices);
  }

  /** How many slices may start now, at least in part; counted no further than `limit`. */
  countStartable(hasPlace: HasPlace, limit: number): number {
    let startable = 0;
    for (const slice of this.#slices) {
      if (startable === limit) break;
      if (slice.rows.some((row) => mayStart(row, slice, hasPlace))) startable++;
    }
    return startable;
  }

  /** Takes the first slice that may start, or the part of it that may; undefined when nothing may. */
  take(hasPlace: HasPlace): Slice | undefined {
    for (const [index, slice] of this.#slices.entries()) {
      const ready = slice.rows.filter((row) => mayStart(row, slice, hasPlace));
      if (ready.length === 0) continue;
      const chosen = new Set(ready);
      const rest = slice.rows.filter((row) => !chosen.has(row));
      this.#slices.splice(index, 1, ...(rest.length > 0 ? [pickRows(slice, rest)] : []));
      return rest.length > 0 ? pickRows(slice, ready) : slice;
    }
    return undefined;
  }

  /** Notes what was learned about domains, so that their control recipients are not asked for again. */
  learn(catchAll: Readonly<Record<string, CatchAll>>): void {
    const learned = Object.entries(catchAll);
    if (learned.length === 0) return;
    this.#slices = this.#slices.map((slice) => {
      const news = learned.filter(([domain]) => Object.hasOwn(slice.routes, domain));
      return news.length > 0 ? { ...slice, catchAll: { ...slice.catchAll, ...Object.fromEntries(news) } } : slice;
    });
  }

  takeAll(): readonly Slice[] {
    const slices = this.#slices;
    this.#slices = [];
    return slices;
  }
}

/** The destination that a row's probe connects to; undefined for what needs no connection. */
export function destinationOf(row: ProbeRow, slice: Slice): string | undefined {
  if (row.target.type !== 'mailbox') return undefined;
  const route = slice.routes[row.target.address.domain];
  return route?.type === 'hosts' ? route.destination : undefined;
}

/** The destinations that a slice connects to. */
export function destinationsOf(slice: Slice): Set<string> {
  const destinations = slice.rows.map((row) => destinationOf(row, slice));
  return new Set(destinations.filter((destination) => destination !== undefined));
}

/** The slice with these of its rows alone, and no routes but theirs. */
export function pickRows(slice: Slice, rows: readonly ProbeRow[]): Slice {
  const domains = new Set(rows.map(({ target }) => (target.type === 'mailbox' ? target.address.domain : '')));
  const ofDomains = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([domain]) => domains.has(domain)));
  return { ...slice, rows, routes: ofDomains(slice.routes), catchAll: ofDomains(slice.catchAll) };
}

function mayStart(row: ProbeRow, slice: Slice, hasPlace: HasPlace): boolean {
  const destination = destinationOf(row, slice);
  return destination === undefined || hasPlace(destination);
}
