// The picture of a pool that schedule.ts decides by, drawn from its slots as they stand.

import type { PoolView } from './schedule.ts';
import type { Slot } from './slot.ts';

/** What the slots do not tell. */
export type PoolRoom = Pick<PoolView, 'users' | 'maxSessions'> & {
  /** Processes that the pool has room for. */
  readonly unstarted: number;
  /** How many may be started at once, where work waits or not. */
  readonly mayStart: (isWanted: boolean) => number;
};

/** Gives the picture; asking for it tells `mayStart` whether work waits. */
export function drawView(slots: readonly Slot[], { unstarted, mayStart, ...rest }: PoolRoom): PoolView {
  const idlePlaces = slots.filter((slot) => slot.isIdle).length;
  const isWanted = rest.users.some(({ startable }) => startable > 0);
  return {
    ...rest,
    slots: slots.map((slot) => slot.view()).filter((view) => view !== undefined),
    freePlaces: idlePlaces + unstarted,
    idlePlaces,
    startsLeft: Math.min(unstarted, mayStart(isWanted)),
  };
}
