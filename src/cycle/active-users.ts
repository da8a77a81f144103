// The users that a cycle works for at this moment: their feeds, their shares of the pool, and what came of their
// rows so far. Tells their story in their logs. When to look for others is work.ts's, what a share is
// domain/allocate.ts's decision.

import { allocateWorkers, type Claimable } from '../domain/allocate.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Pool } from '../pool/pool.ts';
import type { Demand } from '../store/store.ts';
import type { PlanLimits } from './plan.ts';
import { sentences, type Story } from './story.ts';
import type { UserFeed } from './user-feed.ts';

export interface ActiveUser {
  readonly feed: UserFeed;
  readonly startedAt: number;
  workers: number;
  counts: OutcomeCounts;
  /** Rows this user is known to have had due, for the progress line and the shares. */
  known: number;
}

export interface ActiveUsersParts {
  readonly pool: Pick<Pool, 'setShares' | 'retire'>;
  readonly limits: PlanLimits;
  readonly story: Story;
  readonly now: () => number;
  readonly openFeed: (userId: number) => UserFeed;
}

export class ActiveUsers {
  readonly #parts: ActiveUsersParts;
  readonly #users = new Map<number, ActiveUser>();
  readonly #seen = new Set<number>();

  constructor(parts: ActiveUsersParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#users.size;
  }

  /** How many users had a place so far. */
  get seen(): number {
    return this.#seen.size;
  }

  get rowsInHand(): number {
    return [...this.#users.values()].reduce((sum, { feed }) => sum + feed.rowsInHand, 0);
  }

  [Symbol.iterator](): IterableIterator<[userId: number, user: Readonly<ActiveUser>]> {
    return this.#users.entries();
  }

  /** The users whose number of due rows matters: those that have a place, and those that may have one before long. */
  concernedIn(demands: readonly Demand[]): readonly number[] {
    const next = this.#newcomersIn(demands).slice(0, this.#parts.limits.maxConcurrentUsers);
    return [...this.#users.keys(), ...next.map(({ userId }) => userId)];
  }

  /** Takes note of what is due now: known users may claim again, others get the places that are free; true when one did. */
  hear(demands: readonly Demand[]): boolean {
    for (const demand of demands) {
      const user = this.#users.get(demand.userId);
      if (user === undefined) continue;
      user.feed.reopen();
      user.known = Math.max(user.known, totalOutcomes(user.counts) + user.feed.rowsInHand + demand.pending);
    }
    const places = Math.max(this.#parts.limits.maxConcurrentUsers - this.#users.size, 0);
    const newcomers = this.#newcomersIn(demands).slice(0, places);
    if (newcomers.length > 0) this.admit(newcomers);
    return newcomers.length > 0;
  }

  #newcomersIn(demands: readonly Demand[]): readonly Demand[] {
    return demands.filter(({ userId }) => !this.#users.has(userId));
  }

  /** Gives these users a place each. */
  admit(demands: readonly Demand[]): void {
    const { story, now, openFeed } = this.#parts;
    for (const { userId, pending } of demands) {
      this.#seen.add(userId);
      const user = {
        feed: openFeed(userId),
        startedAt: now(),
        workers: 0,
        counts: NO_OUTCOMES,
        known: pending,
      };
      this.#users.set(userId, user);
    }
    this.#shareOut();
    for (const demand of demands) {
      const { userId, pending } = demand;
      const { workers } = this.#users.get(userId)!;
      story.cron(sentences.allocated(demand, workers), { userId, pending, workers });
      story.user(userId, sentences.processing(userId));
      story.user(userId, sentences.userWorkers(userId, workers));
      story.user(userId, sentences.userFound(demand), { pending });
      story.user(userId, sentences.dynamicAllocation(demand, workers), { workers });
    }
  }

  addResults(userId: number, results: readonly Result[]): void {
    const user = this.#users.get(userId);
    if (user !== undefined) user.counts = addOutcomes(user.counts, results);
  }

  /** Lets go of those with nothing left, and divides the pool between the others. */
  retireDone(): void {
    const done = [...this.#users].filter(([, user]) => user.feed.isDone);
    for (const [userId, { counts, startedAt }] of done) {
      this.#users.delete(userId);
      this.#parts.pool.retire(userId);
      const seconds = (this.#parts.now() - startedAt) / 1000;
      this.#parts.story.user(userId, sentences.userDone(userId, counts, seconds), { counts, seconds });
    }
    if (done.length > 0) this.#shareOut();
  }

  #shareOut(): void {
    const { pool, limits, story } = this.#parts;
    const demands: Claimable[] = [...this.#users].map(([userId, user]) => ({
      userId,
      pending: Math.max(user.known - totalOutcomes(user.counts), user.feed.rowsInHand, 1),
    }));
    const shares = new Map(allocateWorkers(demands, limits).map(({ userId, workers }) => [userId, workers]));
    pool.setShares(shares);
    for (const [userId, user] of this.#users) {
      const [before, workers] = [user.workers, shares.get(userId) ?? 0];
      user.workers = workers;
      if (before === 0 || before === workers) continue; // a newcomer is told by admit()
      story.user(userId, sentences.reallocated(userId, workers), { workers });
    }
  }
}
