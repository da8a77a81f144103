// Whether cycles fail to come though rows are due, as where cron does not run. Pure.

import { lengthOf } from './amounts.ts';
import type { Overview } from './overview.ts';

/** Cron starts a cycle each minute, on a second server half a minute later; so long even a slow one takes to be seen. */
export const LATE_SECONDS = 150;
const MINUTE = 60;

/**
 * Gives for how many seconds no cycle was seen though rows are due, Infinity where none ever was; undefined where one
 * is at work, nothing is due, or the next may be on its way. `seenHereAt` is when one last began or ended on this
 * machine, which the database is not told of by a cycle that finds nothing pending.
 */
export function missedSeconds(
  { isAtWork, main, servers, readAt }: Pick<Overview, 'isAtWork' | 'main' | 'servers' | 'readAt'>,
  seenHereAt: number | undefined,
): number | undefined {
  if (isAtWork || main === 0) return undefined;
  const seconds = readAt - Math.max(seenHereAt ?? -Infinity, ...servers.map(({ seenAt }) => seenAt));
  return seconds > LATE_SECONDS ? seconds : undefined;
}

/** Who is to begin the next cycle where nobody is at work, and what to look at where it is late. */
export function whoComes({ servers, readAt }: Pick<Overview, 'servers' | 'readAt'>): string {
  const [last] = servers;
  if (last === undefined)
    return 'No server has ever worked on this database: check that cron runs smtp-validate-cron (“doctor” tells).';
  const seconds = readAt - last.seenAt;
  const heard = `No server is at work; ${last.server} was heard of last, ${lengthOf(seconds)} ago.`;
  if (seconds <= MINUTE) return `${heard} Cron starts the next cycle within a minute.`;
  return seconds <= LATE_SECONDS
    ? `${heard} Cron starts a cycle each minute, so the next is due now.`
    : `${heard} Cron should start a cycle each minute: check that it does (“doctor” tells), and what logs/smtp_validation_cron_*.log says last.`;
}
