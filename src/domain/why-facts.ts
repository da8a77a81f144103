// What is known of a list that is not finished, for whoever tells why (why.ts), and what nearly every sentence asks of it: whether
// anything keeps the list as a whole from being claimed. Pure.

import type { ListRows } from './figures.ts';
import type { KeptRow } from './kept-row.ts';
import type { Overview } from './overview.ts';
import type { ShowTime } from './paragraph.ts';
import type { ListView, UserView } from './user-view.ts';

export interface WhyFacts {
  readonly rows: ListRows;
  readonly overview: Overview;
  /** Of groups of rows that wait, one of each, by its id. */
  readonly examples: ReadonlyMap<number, KeptRow>;
}

/** The facts, with the list's place among them. */
export interface Told extends WhyFacts {
  readonly user: UserView | undefined;
  readonly view: ListView | undefined;
  readonly showTime: ShowTime;
}

/** Why nothing of the list is claimed; undefined where it is. */
export function haltOf({ view, user, overview, rows, showTime }: Told): string | undefined {
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

/** The earlier of two times; the other where one is not known. */
export function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** The later of two times. */
export function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
