// The time of day, handed in where it matters, how to let some of it pass, and how it is written in log lines and file names:
// local time, as operators read it. Machine-read times are ISO 8601 in UTC and need nothing from here.

/** Milliseconds since 1970; what tests replace. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Resolves after so many milliseconds; keeps the process alive for as long. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `2026-02-19 10:15:03`, the stamp of a log line. */
export function localStamp(timeMs: number): string {
  return stampOf(timeMs).line;
}

/** `2026-02-19`, in the names of files that are kept by the day. */
export function dayStamp(timeMs: number): string {
  return stampOf(timeMs).line.slice(0, 10);
}

/** `2026-02-19_10-15-03`, in the names of files that are made once. */
export function fileStamp(timeMs: number): string {
  return stampOf(timeMs).line.replace(' ', '_').replaceAll(':', '-');
}

interface Stamp {
  readonly second: number;
  readonly line: string;
}

// A busy second writes hundreds of lines with one stamp. Only a memo: what it holds follows from its key.
let latest: Stamp = { second: Number.NaN, line: '' };

function stampOf(timeMs: number): Stamp {
  const second = Math.floor(timeMs / 1000);
  if (second !== latest.second) latest = { second, line: formatLocal(new Date(timeMs)) };
  return latest;
}

function formatLocal(date: Date): string {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
