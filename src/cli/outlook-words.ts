// When something will be done, in the few words that fit beside a number.

import { lengthOf, roughly } from '../domain/amounts.ts';
import type { Outlook } from '../domain/user-view.ts';
import { localStamp } from '../platform/clock.ts';

/** A time of today as `07:40`, another as `11-29 07:40`; `?` for one that is not known. */
export function timeWords(at: number | undefined, readAt: number): string {
  if (at === undefined) return '?';
  const stamp = localStamp(at * 1000).slice(0, 16);
  return stamp.slice(0, 10) === localStamp(readAt * 1000).slice(0, 10) ? stamp.slice(11) : stamp.slice(5);
}

/** Whether anybody is at work. */
export interface AtWork {
  readonly isAtWork: boolean;
}

/** `ready in ~16 h`, or why that is not known. */
export function readyWords({ mainSeconds, isBound }: Outlook, { isAtWork }: AtWork): string {
  if (!isAtWork) return 'no server is at work';
  if (mainSeconds === undefined) return 'too early to say when';
  return `ready in ${roughly(mainSeconds)}${isBound ? ' at the latest' : ''}`;
}

/** The same for a narrow column; empty where nothing is left to be asked about. */
export function readyCell({ main, mainSeconds, isBound }: Outlook): string {
  if (main === 0) return '';
  if (mainSeconds === undefined) return '?';
  return isBound ? `≤${roughly(mainSeconds).replace(/^[~<]/, '')}` : roughly(mainSeconds);
}

/** That cycles fail to come though rows are due, and what to do. */
export function missedWords(seconds: number): readonly [what: string, next: string] {
  const what = seconds === Infinity ? 'no cycle has begun yet' : `no cycle was seen for ${lengthOf(seconds)}`;
  return [`${what}, though rows are due:`, 'make sure that cron starts them (“doctor” looks)'];
}
