// The users that a cycle works for at this moment: their places and turns, their feeds, their shares of the pool, and
// what came of their rows so far. Tells their story in their logs. When to look for others is work.ts's business, whose
// turn it is domain/turns.ts's decision, what a share is domain/allocate.ts's.
//
// Invariant: a user stays until its last row is settled, with a place or without one; only who has a place claims rows.

import { allocateWorkers } from '../domain/allocate.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { headStartSeconds, inTurnOrder, takeTurns } from '../domain/turns.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Pool } from '../pool/pool.ts';
import type { Demand, TurnNotes } from '../store/store.ts';
import type { PlanLimits } from './plan.ts';
import { sentences, type Story } from './story.ts';
import type { UserFeed } from './user-feed.ts';

export interface ActiveUser {
  readonly feed: UserFeed;
  /** When its turn began. */
  startedAt: number;
  /** `waits`: its turn is over, and what it has in flight is finished. `leaves`: so is that, and there was no more. */
  state: 'served' | 'waits' | 'leaves';
  workers: number;
  counts: OutcomeCounts;
  /** Rows this user is known to have had due, for the progress line and the shares. */
  known: number;
}

export interface ActiveUsersParts {
  readonly pool: Pick<Pool, 'setShares' | 'retire' | 'release' | 'slotsOf'>;
  readonly limits: PlanLimits;
  readonly story: Story;
  readonly now: () => number;
  readonly openFeed: (userId: number) => UserFeed;
}

export class ActiveUsers {
  readonly #parts: ActiveUsersParts;
  readonly #users = new Map<number, ActiveUser>();
  readonly #seen = new Set<number>();
  #waiting: readonly Demand[] = [];
  #enteredAt = -Infinity;

  constructor(parts: ActiveUsersParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#users.size;
  }

  /** The feed of a user that has rows in hand. */
  feedOf(userId: number): UserFeed {
    return this.#users.get(userId)!.feed;
  }

  /** How many users had a place so far. */
  get seen(): number {
    return this.#seen.size;
  }

  /** Workers that they are owed in all. */
  get places(): number {
    return [...this.#users.values()].reduce((sum, { workers }) => sum + workers, 0);
  }

  get rowsInHand(): number {
    return [...this.#users.values()].reduce((sum, { feed }) => sum + feed.rowsInHand, 0);
  }

  /** True when somebody waits for a place, and one is free or not needed any more. */
  get mayTakeTurns(): boolean {
    const served = this.#served;
    const needed = served.filter(([, { feed }]) => !feed.isAllInFlight).length;
    return this.#waiting.length > 0 && needed < this.#parts.limits.maxConcurrentUsers;
  }

  /** What is to be remembered of turns: who has a place, and who waits and was not known to. */
  get turnNotes(): TurnNotes {
    return {
      served: this.#served.map(([userId]) => userId),
      newcomers: this.#waiting
        .filter(({ waitedSeconds }) => waitedSeconds === undefined)
        .map(({ userId }) => userId),
      headStartSeconds: headStartSeconds(this.#parts.limits.turnSeconds),
    };
  }

  [Symbol.iterator](): IterableIterator<[userId: number, user: Readonly<ActiveUser>]> {
    return this.#users.entries();
  }

  /** The users whose number of due rows matters: those that are here, and those whose turn may come next. */
  concernedIn(demands: readonly Demand[]): readonly number[] {
    const { turnSeconds, maxConcurrentUsers } = this.#parts.limits;
    const others = demands.filter(({ userId }) => !this.#users.has(userId));
    const next = inTurnOrder(others, turnSeconds).slice(0, maxConcurrentUsers);
    return [...this.#users.keys(), ...next.map(({ userId }) => userId)];
  }

  /**
   * Takes note of what is due now: who has a place may claim again, the others take turns. True when what is
   * remembered of turns is out of date: somebody came, or somebody waits.
   */
  hear(demands: readonly Demand[]): boolean {
    for (const demand of demands) {
      const user = this.#users.get(demand.userId);
      if (user === undefined) continue;
      if (user.state === 'served') user.feed.reopen();
      user.known = Math.max(user.known, totalOutcomes(user.counts) + user.feed.rowsInHand + demand.pending);
    }
    const contenders = demands.filter(({ userId }) => this.#users.get(userId)?.state !== 'served');
    const now = this.#parts.now();
    const turns = takeTurns(
      {
        contenders,
        holders: this.#served.map(([userId, { startedAt, feed }]) => ({
          userId,
          heldSeconds: (now - startedAt) / 1000,
          isAllInFlight: feed.isAllInFlight,
        })),
        secondsSinceEntry: (now - this.#enteredAt) / 1000,
      },
      this.#parts.limits,
    );
    for (const userId of turns.vacate) this.#letGo(userId);
    for (const userId of turns.dismiss) this.#dismiss(userId, 'others wait');
    const entering = new Set(turns.enter);
    if (entering.size > 0) this.admit(contenders.filter(({ userId }) => entering.has(userId)));
    this.#waiting = contenders.filter(({ userId }) => !entering.has(userId));
    return entering.size > 0 || this.#waiting.length > 0;
  }

  /** Takes the place of a user that has one: what waits is given back, what is in flight ends. */
  dismiss(userId: number, why: string): void {
    if (this.#users.get(userId)?.state !== 'served') return;
    this.#dismiss(userId, why);
    this.#shareOut();
  }

  /** Gives these users a place each. */
  admit(demands: readonly Demand[]): void {
    const { story } = this.#parts;
    for (const demand of demands) this.#enter(demand);
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

  /** Takes leave of those with nothing left, and divides the pool between the others. */
  retireDone(): void {
    const done = [...this.#users].filter(([, { feed }]) => feed.isDone);
    for (const [userId, { counts, startedAt, state }] of done) {
      this.#users.delete(userId);
      this.#parts.pool.retire(userId);
      if (state === 'waits') continue; // it has rows that wait as well
      const seconds = (this.#parts.now() - startedAt) / 1000;
      this.#parts.story.user(userId, sentences.userDone(userId, counts, seconds), { counts, seconds });
    }
    if (done.some(([, { state }]) => state !== 'waits')) this.#shareOut();
  }

  /** Gives back what nobody has begun. */
  closeFeeds(): void {
    for (const { feed } of this.#users.values()) feed.close();
  }

  get #served(): readonly (readonly [userId: number, user: ActiveUser])[] {
    return [...this.#users].filter(([, { state }]) => state === 'served');
  }

  #enter({ userId, pending }: Demand): void {
    const startedAt = this.#parts.now();
    this.#seen.add(userId);
    this.#enteredAt = startedAt;
    const back = this.#users.get(userId);
    if (back !== undefined) {
      back.feed.reopen();
      Object.assign(back, { startedAt, state: 'served' });
      return;
    }
    this.#users.set(userId, {
      feed: this.#parts.openFeed(userId),
      startedAt,
      state: 'served',
      workers: 0,
      counts: NO_OUTCOMES,
      known: pending,
    });
  }

  /** What it has in flight needs no place among the users; its workers it keeps until they are done. */
  #letGo(userId: number): void {
    this.#users.get(userId)!.state = 'leaves';
    this.#parts.pool.retire(userId);
  }

  #dismiss(userId: number, why: string): void {
    const user = this.#users.get(userId)!;
    const seconds = (this.#parts.now() - user.startedAt) / 1000;
    Object.assign(user, { state: 'waits', workers: 0 });
    user.feed.close();
    this.#parts.pool.release(userId);
    const fields = { userId, counts: user.counts, seconds };
    this.#parts.story.cron(sentences.turnOver(userId, seconds, why), fields);
    this.#parts.story.user(userId, sentences.userTurnOver(userId, user.counts, seconds, why), fields);
  }

  #shareOut(): void {
    const { pool, limits, story } = this.#parts;
    const demands = this.#served.map(([userId, user]) => ({
      userId,
      pending: Math.max(user.known - totalOutcomes(user.counts), user.feed.rowsInHand, 1),
    }));
    const leaving = [...this.#users.entries()]
      .filter(([, { state }]) => state === 'leaves')
      .map(([userId]) => [userId, pool.slotsOf(userId)] as const);
    const kept = leaving.reduce((sum, [, slots]) => sum + slots, 0);
    const poolSize = Math.max(limits.poolSize - kept, demands.length);
    const shares = new Map(
      allocateWorkers(demands, { ...limits, poolSize }).map(({ userId, workers }) => [userId, workers]),
    );
    pool.setShares(new Map([...shares, ...leaving]));
    for (const [userId, user] of this.#served) {
      const [before, workers] = [user.workers, shares.get(userId) ?? 0];
      user.workers = workers;
      if (before === 0 || before === workers) continue; // a newcomer is told by admit()
      story.user(userId, sentences.reallocated(userId, workers), { workers });
    }
  }
}
