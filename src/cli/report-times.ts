// How reports write moments: local time, with the name of the month, since they are read in other countries too.

import type { Times } from '../pages/report-facts.ts';
import { localStamp } from '../platform/clock.ts';

const DAY = 86_400;
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

export const TIMES: Times = {
  moment: (epochSeconds) => `${dayOf(epochSeconds)}, ${timeOf(epochSeconds)}`,
  mark: (epochSeconds, widthSeconds) => {
    // The middle of a bin of days is within its day, also where the clocks were changed.
    if (widthSeconds >= DAY) return dayOf(epochSeconds + DAY / 2);
    const [, month = '', day = ''] = localStamp(epochSeconds * 1000)
      .slice(0, 10)
      .split('-');
    return `${Number(day)} ${MONTHS[Number(month) - 1]!.slice(0, 3)} ${timeOf(epochSeconds)}`;
  },
};

/** What local time is ahead of UTC by at that moment. */
export function localOffsetSeconds(epochSeconds: number): number {
  return -new Date(epochSeconds * 1000).getTimezoneOffset() * 60;
}

function dayOf(epochSeconds: number): string {
  const [year, month = '', day = ''] = localStamp(epochSeconds * 1000)
    .slice(0, 10)
    .split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`;
}

function timeOf(epochSeconds: number): string {
  return localStamp(epochSeconds * 1000).slice(11, 16);
}
