// `status` as text: one screen that says who works, how fast, what is left and what stands in the way. Only lays out;
// what the figures come to is domain/overview.ts. All that people or hosts named is cleaned here.

import { counted, grouped, lengthOf, percent } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { isBlocking } from '../domain/eta.ts';
import type { Overview, ServerView } from '../domain/overview.ts';
import type { Pace } from '../domain/pace.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { LockState } from '../files/lock-holder.ts';
import { localStamp } from '../platform/clock.ts';
import type { Paint } from './paint.ts';
import { missedWords, readyWords, timeWords } from './outlook-words.ts';
import { listTable } from './status-lists.ts';
import { type Column, cutTo, tableLines } from './text-table.ts';

export interface StatusFacts {
  readonly overview: Overview;
  readonly lock: LockState;
  /** For so long no cycle was seen though rows are due; undefined where all is as it should be. */
  readonly missedSeconds: number | undefined;
  /** The database, as the store describes itself. */
  readonly database: string;
  readonly ownerless: { readonly rows: number; readonly isCapped: boolean };
  readonly hasMoreLists: boolean;
}

export interface StatusLayout {
  readonly width: number;
  /** Lines that there is room for; undefined where all may be shown. */
  readonly height: number | undefined;
  readonly paint: Paint;
}

const LABEL_WIDTH = 10;
const MAX_TROUBLES = 5;
/** So many are shown in any case, and the screen scrolls. */
const LEAST_TABLE_LINES = 6;

/** Gives the lines of the screen; none is wider than it. */
export function statusLines(facts: StatusFacts, layout: StatusLayout): string[] {
  const { overview } = facts;
  const { width, paint } = layout;
  const before = [
    paint('heading', localStamp(overview.readAt * 1000)) +
      paint('quiet', cutTo(`  ${facts.database}`, width - 19)),
    '',
    ...labelled('Lock', [lockSentence(facts.lock, overview.readAt)], layout),
    ...labelled('Servers', serverLines(facts, paint), layout),
    ...labelled('Cron', missedLines(facts, paint), layout),
    ...labelled('Speed', [speedSentence(overview)], layout),
    ...labelled('Verdicts', verdictLines(overview.lastHour, width - LABEL_WIDTH), layout),
    ...labelled('Work', workLines(facts, paint), layout),
    ...labelled('Paused', pauseLines(overview), layout),
  ];
  const after = [
    ...labelled('Waiting', reasonLines(overview, width - LABEL_WIDTH), layout),
    ...labelled('Resting', restLines(overview, layout), layout),
    ...labelled('Trouble', troubleLines(overview, layout), layout),
  ];
  const room = layout.height === undefined ? Infinity : layout.height - before.length - after.length - 2;
  const table = listTable(facts, { ...layout, height: Math.max(room, LEAST_TABLE_LINES) });
  return [
    ...before,
    ...(table.length === 0 ? [] : ['', ...table]),
    ...(after.length === 0 ? [] : ['', ...after]),
  ];
}

/** Lines with a word in front of the first of them; what does not fit is cut. */
function labelled(label: string, lines: readonly string[], { width, paint }: StatusLayout): string[] {
  return lines.map((line, index) => {
    const front = (index === 0 ? label : '').padEnd(LABEL_WIDTH);
    return `${paint('heading', front)}${cutTo(line, width - LABEL_WIDTH)}`;
  });
}

export function lockSentence(lock: LockState, readAt: number): string {
  if (lock.type === 'free') return 'free: no cycle runs on this server';
  const { holder, process } = lock;
  if (holder === undefined) {
    const age = lengthOf(Date.now() / 1000 - lock.refreshedAt / 1000);
    return `held, and its holder did not say who it is; refreshed ${age} ago`;
  }
  const who = `process ${holder.pid} on ${cleanLine(holder.host, 64)}`;
  if (process === 'gone') return `left by dead ${who}: the next cycle takes it`;
  const startedAt = Date.parse(holder.startedAt) / 1000;
  const age = Number.isNaN(startedAt) ? '' : ` for ${lengthOf(Math.max(readAt - startedAt, 0))}`;
  const doubt = process === 'unknown' ? ' (whether it runs cannot be told from here)' : '';
  return `held${age} by ${who}${doubt}`;
}

function serverLines({ overview: { servers, readAt }, lock }: StatusFacts, paint: Paint): string[] {
  if (servers.length === 0) return ['none so far: no server has had anything to look for'];
  const nameWidth = Math.max(...servers.map(({ server }) => cleanLine(server, 24).length));
  return servers.map((server) => {
    const { tint, word, rest } = isDead(server, lock) ? DEAD : serverWords(server, readAt);
    return `${cleanLine(server.server, 24).padEnd(nameWidth)}  ${paint(tint, word.padEnd(8))}  ${rest}`;
  });
}

const DEAD = {
  tint: 'bad',
  word: 'DEAD',
  rest: 'died; its next cycle takes back what it held',
} as const;

/** What it says of itself is as old as its last word: its lock, where it is ours, tells sooner. */
function isDead({ server, state }: ServerView, lock: LockState): boolean {
  return (
    lock.type !== 'free' &&
    lock.process === 'gone' &&
    lock.holder?.server === server &&
    state !== 'idle' &&
    state !== 'ended'
  );
}

function serverWords(server: ServerView, readAt: number) {
  const { state, workers, poolSize, rowsInHand, beganAt, seenAt, isSilent } = server;
  const silence = lengthOf(readAt - seenAt);
  if (isSilent)
    return {
      tint: 'bad',
      word: 'SILENT',
      rest: `not heard of for ${silence}; others take over what it held`,
    } as const;
  if (state === 'idle')
    return { tint: 'quiet', word: 'idle', rest: `found nothing due ${silence} ago` } as const;
  if (state === 'ended')
    return { tint: 'quiet', word: 'done', rest: `its last cycle ended ${silence} ago` } as const;
  const rest = `${workers} of ${poolSize} workers, ${counted(rowsInHand, 'row')} in hand, for ${lengthOf(readAt - beganAt)}`;
  return state === 'stopping'
    ? ({ tint: 'doubtful', word: 'stopping', rest } as const)
    : ({ tint: 'good', word: 'working', rest } as const);
}

function missedLines({ missedSeconds }: StatusFacts, paint: Paint): string[] {
  return missedSeconds === undefined ? [] : missedWords(missedSeconds).map((line) => paint('bad', line));
}

function speedSentence({ lastFiveMinutes, lastHour }: Overview): string {
  const of = ({ decidedPerMinute }: Pace): string => grouped(decidedPerMinute);
  return `${of(lastFiveMinutes)} a minute over 5 minutes, ${of(lastHour)} a minute over the last hour`;
}

const VERDICTS: readonly Verdict[] = ['valid', 'catch-all', 'invalid', 'disposable', 'unknown'];

function verdictLines({ counts }: Pace, width: number): string[] {
  const decided = VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
  if (decided === 0) return ['none in the last hour'];
  const parts = VERDICTS.map((verdict) => `${verdict} ${percent(counts[verdict], decided)}`).join('  ');
  const whole = `${parts}  of ${grouped(decided)} in the last hour`;
  return [whole.length <= width ? whole : parts];
}

function workLines(facts: StatusFacts, paint: Paint): string[] {
  const { overview, ownerless, hasMoreLists } = facts;
  const { decided, total, main, paused, tail, blocked, reasons } = overview;
  if (total === 0 && ownerless.rows === 0) return ['nothing is pending'];
  const ofMain = overview.isMainAbout ? 'about' : 'exact';
  const ofTail = overview.isTailAbout ? 'about' : 'exact';
  const blocking = reasons.flatMap(({ reason }) => (isBlocking(reason) ? cleanLine(reason ?? '', 64) : []));
  const parts = [
    { amount: grouped(main, ofMain), rows: main, text: `to ask about: ${readyWords(overview, overview)}` },
    { amount: grouped(paused, ofMain), rows: paused, text: haltWords(facts) },
    {
      amount: grouped(tail, ofTail),
      rows: tail,
      text: `wait for another attempt, the last until ${timeWords(overview.tailUntil, overview.readAt)}`,
    },
    {
      amount: grouped(blocked, ofTail),
      rows: blocked,
      text: `blocked: hosts refuse us (${blocking.join(', ')})`,
      isBad: true,
    },
    {
      amount: grouped(ownerless.rows, ownerless.isCapped ? 'more' : 'exact'),
      rows: ownerless.rows,
      text: 'belong to nobody: no user in the row, none in its list',
      isBad: true,
    },
  ].filter(({ rows }) => rows > 0);
  const width = Math.max(0, ...parts.map(({ amount }) => amount.length));
  return [
    `${grouped(decided)} of ${grouped(total)} decided (${percent(decided, total)})${hasMoreLists ? ', and there are further lists' : ''}`,
    ...parts.map(({ amount, text, isBad }) => {
      const line = `${amount.padStart(width)} ${text}`;
      return isBad === true ? paint('bad', line) : line;
    }),
  ];
}

/** What holds rows back; lists that are not shown may be in either state. */
function haltWords({ overview: { pauses, users }, hasMoreLists }: StatusFacts): string {
  const isPaused = pauses.some(({ kind }) => kind === 'list' || kind === 'user');
  const isImporting =
    hasMoreLists || users.some(({ lists }) => lists.some(({ halt }) => halt === 'importing'));
  if (!isImporting) return 'paused';
  return isPaused ? 'paused, or still being imported' : 'still being imported: taken when a list is whole';
}

function pauseLines({ pauses, readAt }: Overview): string[] {
  return pauses.map(({ kind, name, until, by, reason }) => {
    const end = until === undefined ? 'until somebody resumes it' : `until ${timeWords(until, readAt)}`;
    const why = reason === undefined ? '' : `: ${cleanLine(reason, 200)}`;
    return `${kind} ${cleanLine(name, 64)}, ${end}, by ${cleanLine(by, 64)}${why}`;
  });
}

/** A line for as many reasons as fit beside each other. */
function reasonLines({ reasons, isSample, readAt }: Overview, width: number): string[] {
  const parts = reasons.map(
    ({ reason, rows, firstDue }) =>
      `${cleanLine(reason ?? 'not asked about yet', 64)} ${grouped(rows)} (next ${timeWords(firstDue, readAt)})`,
  );
  if (isSample) parts.push('these of a sample');
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 2 + part.length > width) lines.push(part);
    else lines[lines.length - 1] = `${line}, ${part}`;
  }
  return lines;
}

function restLines({ closed, readAt }: Overview, { width, paint }: StatusLayout): string[] {
  const shown = closed.slice(0, MAX_TROUBLES);
  if (shown.length === 0) return [];
  const lines = tableLines(
    [
      leftColumn(shown.map(({ destination }) => cleanLine(destination, 64))),
      leftColumn(
        shown.map(({ closure }) => `until ${timeWords(readAt + (closure?.secondsLeft ?? 0), readAt)}`),
      ),
      leftColumn(shown.map(({ server }) => `by ${cleanLine(server, 24)}`)),
      leftColumn(
        shown.map(({ closure }) => `${restCause(closure?.type)}: “${cleanLine(closure?.said ?? '', 300)}”`),
        16,
      ),
    ],
    width - LABEL_WIDTH,
  ).slice(1);
  const painted = lines.map((line, index) =>
    paint(shown[index]!.closure?.type === 'block' ? 'bad' : 'doubtful', line),
  );
  const further = closed.length - shown.length;
  return further > 0 ? [...painted, `and ${further} more; “providers” lists them`] : painted;
}

function restCause(type: string | undefined): string {
  return type === 'block' ? 'blocks us' : 'asked us to slow down';
}

function troubleLines({ troubles, readAt }: Overview, { width, paint }: StatusLayout): string[] {
  const shown = troubles.slice(0, MAX_TROUBLES);
  if (shown.length === 0) return [];
  const lines = tableLines(
    [
      leftColumn(
        shown.map(({ destination }) => cleanLine(destination, 64)),
        16,
      ),
      { title: '', align: 'right', cells: shown.map(({ rows }) => grouped(rows)) },
      leftColumn(shown.map(({ reason }) => cleanLine(reason, 64))),
      leftColumn(shown.map(({ firstDue }) => `next ${timeWords(firstDue, readAt)}`)),
    ],
    width - LABEL_WIDTH,
  ).slice(1);
  const painted = lines.map((line, index) => (isBlocking(shown[index]!.reason) ? paint('bad', line) : line));
  const further = troubles.length - shown.length;
  return further > 0 ? [...painted, `and ${counted(further, 'further destination')}`] : painted;
}

function leftColumn(cells: readonly string[], shrinksTo?: number): Column {
  return { title: '', align: 'left', cells, ...(shrinksTo === undefined ? {} : { shrinksTo }) };
}
