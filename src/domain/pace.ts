// How fast the work goes, out of what servers noted by the minute. Pure.

import type { PacePart, ServerFigures } from './figures.ts';
import { NO_OUTCOMES, type Outcome, type OutcomeCounts } from './verdict.ts';

export interface Pace {
  /** The stretch that the figures are of. */
  readonly seconds: number;
  readonly counts: OutcomeCounts;
  /** Rows that got a verdict, per minute. */
  readonly decidedPerMinute: number;
  /** With those that were put off, and of the minutes at work alone: so fast rows leave the main queue while somebody works. */
  readonly answeredPerMinute: number;
}

/** The servers and their minutes, and when both were read. */
export interface PaceGround {
  readonly readAt: number;
  readonly pace: readonly PacePart[];
  readonly servers: readonly Pick<ServerFigures, 'server' | 'beganAt'>[];
}

const MINUTE = 60;

/**
 * Gives the pace of the last `windowSeconds`, of one user or of all.
 *
 * It is the mean since the first work within that time, so that a cycle of ten seconds does not look slow; the minute
 * in which the time begins counts as a whole. Without any work it is 0 of the whole time.
 */
export function paceOf(
  { readAt, pace, servers }: PaceGround,
  windowSeconds: number,
  userId?: number | undefined,
): Pace {
  const from = startOfMinute(readAt - windowSeconds);
  const inWindow = pace.filter(({ startsAt }) => startsAt >= from);
  const parts = inWindow.filter((part) => userId === undefined || part.userId === userId);
  const first = Math.min(...parts.map(({ startsAt }) => startsAt));
  if (first === Infinity)
    return { seconds: windowSeconds, counts: NO_OUTCOMES, decidedPerMinute: 0, answeredPerMinute: 0 };

  const counts = sumOf(parts);
  const seconds = Math.max(readAt - beginOf(first, parts, servers), 1);
  const answered = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    seconds,
    counts,
    decidedPerMinute: ((answered - counts.deferred) / seconds) * MINUTE,
    answeredPerMinute: (answered / secondsAtWork({ readAt, servers }, parts)) * MINUTE,
  };
}

/** Whoever is at work notes every minute, also one in which nothing came of it: where there is no note there was a pause. */
function secondsAtWork(
  { readAt, servers }: Pick<PaceGround, 'readAt' | 'servers'>,
  parts: readonly PacePart[],
): number {
  const minutes = [...new Set(parts.map(({ startsAt }) => startsAt))];
  const seconds = minutes.map((at) => Math.min(at + MINUTE, readAt) - beginOf(at, parts, servers));
  return Math.max(
    seconds.reduce((sum, length) => sum + length, 0),
    1,
  );
}

/**
 * When the work of a minute began: with the first cycle, where each server that did some began one in it, else with the
 * minute. Of a server that worked in the minute before as well, an earlier cycle may have done it.
 */
function beginOf(minute: number, parts: readonly PacePart[], servers: PaceGround['servers']): number {
  const began = new Map(servers.map(({ server, beganAt }) => [server, beganAt]));
  const workedIn = (at: number): Set<string> =>
    new Set(parts.filter(({ startsAt }) => startsAt === at).map(({ server }) => server));
  const before = workedIn(minute - MINUTE);
  const begins = [...workedIn(minute)].map((server) => {
    const at = began.get(server) ?? minute;
    return startOfMinute(at) === minute && !before.has(server) ? at : minute;
  });
  return Math.min(...begins);
}

export function startOfMinute(seconds: number): number {
  return seconds - (seconds % MINUTE);
}

function sumOf(parts: readonly PacePart[]): OutcomeCounts {
  const sum = { ...NO_OUTCOMES };
  for (const { counts } of parts)
    for (const outcome of Object.keys(sum) as Outcome[]) sum[outcome] += counts[outcome];
  return sum;
}
