// The table of `status`: each user with its share and speed, below it its lists with what is done and what is left. Where
// there is no room for all, each user keeps its first lists, and the rest is told in numbers.

import { counted, grouped, lengthOf, percent } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { Overview } from '../domain/overview.ts';
import type { ListView, Outlook, UserView } from '../domain/user-view.ts';
import { readyCell, readyWords, timeWords } from './outlook-words.ts';
import type { Paint } from './paint.ts';
import { progressBar } from './progress-bar.ts';
import { type Column, cutTo, tableLines } from './text-table.ts';

const BAR_WIDTH = 16;
const LEAST_NAME_WIDTH = 14;

interface Layout {
  readonly width: number;
  /** Lines that it may take. */
  readonly height: number;
  readonly paint: Paint;
}

/** A line of the table: a list, or a user's rows without one. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly outlook: Outlook;
  readonly list: ListView['list'] | undefined;
  readonly halt: ListView['halt'];
}

/** Gives the lines of the table, none where there is nothing to show. */
export function listTable({ overview }: { readonly overview: Overview }, layout: Layout): string[] {
  const { width, paint } = layout;
  const { users, readAt } = overview;
  const groups = users.map((user) => ({ user, rows: rowsOf(user) }));
  if (groups.length === 0) return [];
  const shown = thatFit(groups, layout.height);
  const rows = shown.flatMap((group) => group.rows);
  const [title = '', ...lines] = tableLines(columnsOf(rows, readAt), width - 2);
  let at = 0;
  const body = shown.flatMap(({ user, rows: own }) => {
    const head = `User ${user.userId}  ${userWords(user, overview)}`;
    const listed = lines.slice(at, (at += own.length)).map((line) => cutTo(`  ${line}`, width));
    return [paint('heading', cutTo(head, width)), ...listed];
  });
  const left = groups.reduce((sum, group) => sum + group.rows.length, 0) - rows.length;
  const more =
    left === 0 ? [] : [paint('quiet', `  … and ${counted(left, 'more list')}; --json has them all`)];
  return [paint('quiet', cutTo(`  ${title}`, width)), ...body, ...more];
}

function rowsOf({ lists, loose }: UserView): readonly Row[] {
  const listed = lists.map(({ list, halt, ...outlook }) => ({
    id: String(list.listId),
    name: cleanLine(list.name ?? '', 60),
    outlook,
    list,
    halt,
  }));
  return loose === undefined
    ? listed
    : [...listed, { id: '–', name: 'in no list', outlook: loose, list: undefined, halt: undefined }];
}

interface Group {
  readonly user: UserView;
  readonly rows: readonly Row[];
}

/** Users in order, each with as many lists as there is room for when all have the same. */
function thatFit(groups: readonly Group[], height: number): readonly Group[] {
  const shown = groups.slice(0, Math.max(Math.floor((height - 2) / 2), 1));
  const taken = shown.map(() => 0);
  let room = height - 2 - shown.length;
  for (let isMore = true; room > 0 && isMore;) {
    isMore = false;
    for (const [index, { rows }] of shown.entries()) {
      if (room <= 0 || taken[index]! >= rows.length) continue;
      taken[index]!++;
      room--;
      isMore = true;
    }
  }
  return shown.map(({ user, rows }, index) => ({ user, rows: rows.slice(0, taken[index]) }));
}

function userWords(user: UserView, overview: Overview): string {
  const { share, workers, main, paused, tail, blocked, waitedSeconds, decidedPerMinute } = user;
  const speed = decidedPerMinute > 0 ? `, ${grouped(decidedPerMinute)} a minute` : '';
  const ready = main === 0 ? '' : `, ${readyWords(user, overview)}`;
  if (user.isPaused) return 'paused';
  if (workers > 0) return `${counted(workers, 'worker')}, its share is ${share}${speed}${ready}`;
  if (main === 0 && paused > 0) return 'what could be asked about is paused';
  if (main === 0)
    return tail + blocked === 0 ? 'all is decided' : 'all that is left waits for another attempt';
  if (!overview.isAtWork) return 'no server is at work';
  const since = waitedSeconds === undefined ? '' : ` for ${lengthOf(waitedSeconds)}`;
  return `waits for its turn${since}${ready}`;
}

function columnsOf(rows: readonly Row[], readAt: number): readonly Column[] {
  const idWidth = Math.max(0, ...rows.map(({ id }) => id.length));
  const numbers = (title: string, cell: (row: Row) => string, mayGo?: number): Column => ({
    title,
    align: 'right',
    cells: rows.map(cell),
    ...(mayGo === undefined ? {} : { mayGo }),
  });
  const ifAny = (column: Column): readonly Column[] =>
    column.cells.some((cell) => cell !== '') ? [column] : [];
  const amount = (rowCount: number, isAbout: boolean): string =>
    rowCount === 0 ? '' : grouped(rowCount, isAbout ? 'about' : 'exact');
  const amounts = (key: 'valid' | 'invalid' | 'unknown') =>
    numbers(key.toUpperCase(), ({ list }) => (list === undefined ? '' : grouped(list[key])), 2);
  return [
    {
      title: 'LIST'.padStart(idWidth),
      align: 'left',
      cells: rows.map(({ id, name }) => `${id.padStart(idWidth)} ${name}`.trimEnd()),
      shrinksTo: idWidth + LEAST_NAME_WIDTH,
    },
    {
      title: '',
      align: 'left',
      cells: rows.map(({ outlook: { decided, total } }) =>
        progressBar(total === 0 ? 0 : decided / total, BAR_WIDTH),
      ),
      mayGo: 3,
    },
    numbers('DONE', ({ outlook, list }) => doneWords(outlook, list?.status)),
    numbers('TOTAL', ({ outlook }) => grouped(outlook.total), 0),
    amounts('valid'),
    amounts('invalid'),
    amounts('unknown'),
    numbers('TO ASK', ({ outlook }) => amount(outlook.main + outlook.paused, outlook.isMainAbout)),
    numbers('READY IN', ({ outlook, halt }) => halt ?? readyCell(outlook)),
    ...ifAny(numbers('RETRY', ({ outlook }) => amount(outlook.tail, outlook.isTailAbout), -2)),
    ...ifAny(
      numbers('UNTIL', ({ outlook }) => (outlook.tail === 0 ? '' : timeWords(outlook.tailUntil, readAt)), 1),
    ),
    ...ifAny(numbers('BLOCKED', ({ outlook }) => amount(outlook.blocked, outlook.isTailAbout), -1)),
  ];
}

function doneWords(
  { decided, total, main, paused, tail, blocked }: Outlook,
  status: string | undefined,
): string {
  const isEmpty = status === 'pending' && decided === 0 && main + paused + tail + blocked === 0;
  return isEmpty ? 'no rows' : percent(decided, total);
}
