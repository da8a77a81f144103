// What command lines have in common: how values are read, and how examples stand in a help.

import { InvalidArgumentError } from 'commander';

/** What is looked for most stands first in a help. */
export function examples(...commands: readonly string[]): string {
  return ['Examples:', ...commands.map((command) => `  $ ${command}`), ''].join('\n');
}

/** A whole number of at most ten digits. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
}

/** Milliseconds of a length of time such as `90`, `90s`, `10m`, `1h`, `3d`. */
export function duration(text: string): number {
  const match = /^(\d{1,6})(s|m|h|d)?$/.exec(text);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? 's'];
  if (match === null || unitMs === undefined || Number(match[1]) === 0) {
    throw new InvalidArgumentError('expected seconds, or a number with s, m, h or d, such as 90, 10m, 1h.');
  }
  return Number(match[1]) * unitMs;
}

/** Seconds since 1970: a day or a moment in local time, or so long ago. */
export function pointInTime(text: string): number {
  const ago = /^(\d{1,5})(m|h|d)$/.exec(text);
  if (ago !== null) {
    const unitSeconds = { m: 60, h: 3_600, d: 86_400 }[ago[2] ?? 'd'] ?? 86_400;
    return Math.floor(Date.now() / 1000) - Number(ago[1]) * unitSeconds;
  }
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text) ?? [];
  const moment = Date.parse(`${day}T${time}`);
  if (Number.isNaN(moment)) {
    throw new InvalidArgumentError(
      'expected a day (2026-11-05), a moment (2026-11-05T12:30), or 30m, 36h, 7d.',
    );
  }
  return Math.floor(moment / 1000);
}
