// The users that a pool works for: what each is owed, what it has waiting, and how many workers it has had.

import type { CatchAll } from '../domain/catch-all.ts';
import type { UserView } from './schedule.ts';
import { SliceQueue, type HasPlace } from './slice-queue.ts';

export interface RosterEntry {
  readonly queue: SliceQueue;
  /** Slots that the user is owed. */
  share: number;
  /** Workers are numbered from 1 for each user, in all of the pool's life. */
  lastWorkerId: number;
  /** Rows handed to workers so far: places the next slice in the user's log. */
  rowsHandedOut: number;
  /** No more slices will come. */
  isRetired: boolean;
  /** Its turn is over: rows that come back go on to the database. */
  isReleased: boolean;
}

export class Roster {
  readonly #users = new Map<number, RosterEntry>();

  get userIds(): readonly number[] {
    return [...this.#users.keys()];
  }

  /** The entry of a user, made when there is none. */
  of(userId: number): RosterEntry {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const user = {
      queue: new SliceQueue(),
      share: 0,
      lastWorkerId: 0,
      rowsHandedOut: 0,
      isRetired: false,
      isReleased: false,
    };
    this.#users.set(userId, user);
    return user;
  }

  /** Sets what each user is owed; whoever is not named is owed nothing. */
  setShares(shares: ReadonlyMap<number, number>): void {
    for (const userId of shares.keys()) this.of(userId);
    for (const [userId, user] of this.#users) user.share = shares.get(userId) ?? 0;
  }

  /** The users as the schedule sees them; slices are counted no further than `limit`. */
  views(hasPlace: HasPlace, limit: number): UserView[] {
    return [...this.#users].map(([userId, { share, queue }]) => {
      const { all, unsuspected } = queue.countStartable(hasPlace, limit);
      return { userId, share, startable: all, sociable: unsuspected };
    });
  }

  /** Notes what was learned about domains in all queues. */
  learn(catchAll: Readonly<Record<string, CatchAll>>): void {
    for (const { queue } of this.#users.values()) queue.learn(catchAll);
  }
}
