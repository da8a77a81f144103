// The working part of a cycle: admits users, keeps their feeds and the pool going until nothing due is left,
// or until something says stop; then sees to it that every row claimed is recorded or given back.
// Knows the order of things and no mechanics: claims are the store's, workers the pool's, routes the router's.
//
// Invariant: a row claimed here ends in exactly one of: recorded, given back, or (when the database is gone)
// its claim, which runs out by itself, with its results in a journal.

import { randomBytes } from 'node:crypto';
import { allocateWorkers, type Claimable } from '../domain/allocate.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import { preCheck, type LocalKnowledge } from '../domain/pre-check.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Pool, PoolListener, WorkerExit, WorkerRef, WorkerStart } from '../pool/pool.ts';
import type { Claimant, Demand, Recorded, Store, Survey } from '../store/store.ts';
import { BatchCloser } from './batch-closer.ts';
import { DomainFacts } from './domain-facts.ts';
import { Doorbell } from './doorbell.ts';
import { HeldClaims } from './held-claims.ts';
import type { PlanLimits } from './plan.ts';
import { Recorder } from './recorder.ts';
import { causeOf, causeOfWorkers, type StopCause } from './stop-cause.ts';
import { sentences, type Story } from './story.ts';
import { UserFeed } from './user-feed.ts';
import type { WorkOutcome } from './work-outcome.ts';

const SURVEY_EVERY_MS = 5_000; // a newcomer gets its share within seconds
const RENEW_EVERY_MS = 60_000; // a fifth of a claim's life
const PROGRESS_EVERY_MS = 10_000;
const QUIET_PROGRESS_MS = 60_000;
const TICK_MS = 1_000;

export interface WorkParts {
  readonly store: Store;
  readonly createPool: (listener: PoolListener) => Pool;
  readonly route: (domain: string) => Promise<Route>;
  readonly knowledge: LocalKnowledge;
  readonly limits: PlanLimits;
  readonly claimant: Claimant;
  /** Restricts the work to one user (`--user`). */
  readonly onlyUser: number | undefined;
  readonly story: Story;
  readonly now: () => number;
  /** Removes a worker's journal, whose results are in the database; makes its batch file first where a dead worker did not. */
  readonly closeBatch: (worker: WorkerRef) => Promise<void>;
  readonly showProgress?: ((progress: WorkProgress) => void) | undefined;
}

/** A glance at running work, for the live view. */
export interface WorkProgress {
  readonly startedAt: number;
  readonly workers: number;
  /** Results so far, of users who are done as well. */
  readonly done: number;
  /** Told to stop: nothing new is started, what is in flight is finished. */
  readonly isStopping: boolean;
  readonly users: readonly {
    readonly userId: number;
    readonly workers: number;
    readonly counts: OutcomeCounts;
    readonly known: number;
  }[];
}

interface ActiveUser {
  readonly feed: UserFeed;
  readonly startedAt: number;
  workers: number;
  counts: OutcomeCounts;
  /** Rows this user is known to have had due, for the progress line and the shares. */
  known: number;
}

export class Work {
  readonly #parts: WorkParts;
  readonly #pool: Pool;
  readonly #recorder: Recorder;
  readonly #batches: BatchCloser;
  readonly #facts: DomainFacts;
  readonly #claims = new HeldClaims();
  readonly #active = new Map<number, ActiveUser>();
  readonly #usersSeen = new Set<number>();
  readonly #background = new Set<Promise<unknown>>();
  readonly #doorbell = new Doorbell();
  readonly #startedAt: number;
  #stopped: StopCause | undefined;
  #reported = 0;
  #toldAt = { reported: 0, time: 0 };
  #counts = NO_OUTCOMES;
  #dropped = 0;
  #workersFailed = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    this.#facts = new DomainFacts({ store: parts.store, server: parts.claimant.server, now: parts.now });
    this.#recorder = new Recorder(parts.store, {
      recorded: (recorded) => this.#onRecorded(recorded),
      failed: (cause) => this.stop(causeOf(cause)),
    });
    this.#batches = new BatchCloser({
      flush: () => this.#recorder.flush(),
      closeBatch: parts.closeBatch,
      failed: (cause) => this.stop(causeOf(cause)),
    });
    this.#pool = parts.createPool({
      onResults: (userId, results, catchAll) => this.#onResults(userId, results, catchAll),
      onRowsReturned: (_userId, rows) => this.#claims.return(rows),
      onWorkerStarted: (start) => this.#onWorkerStarted(start),
      onWorkerFinished: (worker) => this.#onWorkerFinished(worker),
      onWorkerExited: (exit) => this.#onWorkerExited(exit),
      onStructuralFailure: (sentence, code) => this.stop(causeOfWorkers(sentence, code)),
      onChange: () => this.#doorbell.ring(),
    });
  }

  /** Ends the work early, once: workers finish what is in flight, the rest is given back. */
  stop(cause: StopCause): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = cause;
    this.#doorbell.ring();
    this.#parts.story.cron(sentences.stopping(cause), { kind: cause.kind });
  }

  /** Gives up what is in flight, for whoever will not wait for the end that stop() began. */
  async kill(): Promise<void> {
    await this.#pool.kill();
  }

  /** Works until nothing due is left or stop() was called. Rejects with a bug, after everything was given back. */
  async run(demands: readonly Demand[]): Promise<WorkOutcome> {
    this.#admit(demands);
    const timers = [
      setInterval(() => this.#survey(), SURVEY_EVERY_MS),
      setInterval(() => this.#renew(), RENEW_EVERY_MS),
      setInterval(() => this.#tellProgress(), PROGRESS_EVERY_MS),
    ];
    try {
      while (this.#stopped === undefined && (this.#active.size > 0 || (await this.#surveyNow()))) {
        this.#retireDone(); // before the feeds are busy again: a busy feed is never done
        for (const user of this.#active.values()) this.#inBackground(user.feed.refill(user.workers));
        this.#parts.showProgress?.(this.#progress());
        if (this.#active.size > 0) await this.#doorbell.rung(TICK_MS);
        const { failure } = this.#parts.story;
        if (failure !== undefined) this.stop(causeOf(failure));
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
    return this.#windUp();
  }

  #admit(demands: readonly Demand[]): void {
    const { story, now } = this.#parts;
    for (const { userId, pending } of demands) {
      this.#usersSeen.add(userId);
      const feed = this.#openFeed(userId);
      this.#active.set(userId, { feed, startedAt: now(), workers: 0, counts: NO_OUTCOMES, known: pending });
    }
    this.#shareOut();
    for (const demand of demands) {
      const { userId, pending } = demand;
      const { workers } = this.#active.get(userId)!;
      story.cron(sentences.allocated(demand, workers), { userId, pending, workers });
      story.user(userId, sentences.processing(userId));
      story.user(userId, sentences.userWorkers(userId, workers));
      story.user(userId, sentences.userFound(demand), { pending });
      story.user(userId, sentences.dynamicAllocation(demand, workers), { workers });
    }
  }

  #openFeed(userId: number): UserFeed {
    const { store, claimant, knowledge } = this.#parts;
    return new UserFeed(userId, this.#parts.limits, {
      claim: async (limit) => {
        const token = randomBytes(16).toString('hex');
        const rows = await store.claimRows(userId, limit, token, claimant);
        this.#claims.take(token, rows.length);
        return rows;
      },
      preCheck: (row) => preCheck(row, knowledge),
      route: this.#parts.route,
      loadFacts: (routes) => this.#facts.load(routes),
      catchAllOf: (domain) => this.#facts.catchAllOf(domain),
      enqueue: (slices) => this.#pool.enqueue(userId, slices),
      rowsInPool: () => this.#pool.queuedRows(userId) + this.#pool.outstandingRows(userId),
      changed: () => this.#doorbell.ring(),
    });
  }

  /** Surveys again; true when a user was admitted. Only then is "nothing due is left" true for the whole table. */
  async #surveyNow(): Promise<boolean> {
    await this.#recorder.flush();
    const { store, onlyUser, limits } = this.#parts;
    let survey: Survey;
    try {
      survey = await store.survey(onlyUser === undefined ? {} : { userId: onlyUser });
    } catch (cause) {
      this.stop(causeOf(cause));
      return false;
    }
    if (this.#stopped !== undefined) return false;

    for (const demand of survey.demands) {
      const user = this.#active.get(demand.userId);
      if (user === undefined) continue;
      user.feed.reopen();
      user.known = Math.max(user.known, totalOutcomes(user.counts) + user.feed.rowsInHand + demand.pending);
    }
    const places = limits.maxConcurrentUsers - this.#active.size;
    const newcomers = survey.demands.filter(({ userId }) => !this.#active.has(userId)).slice(0, places);
    if (newcomers.length > 0) this.#admit(newcomers);
    return newcomers.length > 0;
  }

  #survey(): void {
    if (this.#stopped === undefined) this.#inBackground(this.#surveyNow());
  }

  #shareOut(): void {
    const demands: Claimable[] = [...this.#active].map(([userId, user]) => ({
      userId,
      pending: Math.max(user.known - totalOutcomes(user.counts), user.feed.rowsInHand, 1),
    }));
    const shares = new Map(
      allocateWorkers(demands, this.#parts.limits).map(({ userId, workers }) => [userId, workers]),
    );
    this.#pool.setShares(shares);
    for (const [userId, user] of this.#active) {
      const [before, workers] = [user.workers, shares.get(userId) ?? 0];
      user.workers = workers;
      if (before === 0 || before === workers) continue; // a newcomer is told by admit()
      this.#parts.story.user(userId, sentences.reallocated(userId, workers), { workers });
    }
  }

  #retireDone(): void {
    const done = [...this.#active].filter(([, user]) => user.feed.isDone);
    for (const [userId, user] of done) {
      this.#active.delete(userId);
      this.#pool.retire(userId);
      const seconds = (this.#parts.now() - user.startedAt) / 1000;
      this.#parts.story.user(userId, sentences.userDone(userId, user.counts, seconds), {
        counts: user.counts,
        seconds,
      });
    }
    if (done.length > 0) this.#shareOut();
  }

  #onResults(userId: number, results: readonly Result[], catchAll: Readonly<Record<string, CatchAll>>): void {
    this.#reported += results.length;
    const user = this.#active.get(userId);
    if (user !== undefined) user.counts = addOutcomes(user.counts, results);
    this.#recorder.add(results, this.#facts.learn(catchAll, results));
  }

  #onRecorded({ written, dropped }: Recorded): void {
    this.#claims.settle([...written, ...dropped]);
    this.#counts = addOutcomes(this.#counts, written);
    this.#dropped += dropped.length;
    if (dropped.length > 0)
      this.#parts.story.cron(sentences.dropped(dropped.length), { dropped: dropped.length });
  }

  #onWorkerStarted({ userId, workerId, pid, slice, isReused }: WorkerStart): void {
    const say = isReused ? sentences.reused : sentences.spawned;
    this.#parts.story.user(userId, say(userId, workerId, slice.from, slice.to), {
      workerId,
      pid,
      rows: slice.rows.length,
    });
  }

  #onWorkerFinished(worker: WorkerRef & { readonly processed: number }): void {
    const { userId, workerId, processed } = worker;
    this.#parts.story.user(userId, sentences.workerDone(userId, workerId, processed), {
      workerId,
      processed,
    });
    this.#batches.add(worker);
  }

  #onWorkerExited({ userId, workerId, sentence, isFailure }: WorkerExit): void {
    this.#batches.add({ userId, workerId });
    if (!isFailure) return;
    this.#workersFailed++;
    this.#parts.story.cron(sentences.workerFailed(userId, workerId, sentence), { workerId });
    this.#parts.story.user(userId, sentences.workerFailed(userId, workerId, sentence), { workerId });
  }

  #renew(): void {
    const { tokens } = this.#claims;
    if (tokens.length > 0 && this.#stopped === undefined)
      this.#inBackground(this.#parts.store.renewClaims(tokens));
  }

  // A cycle that only waits for slow hosts repeats itself no more often than once a minute.
  #tellProgress(): void {
    const { story, now } = this.#parts;
    if (this.#reported === this.#toldAt.reported && now() < this.#toldAt.time + QUIET_PROGRESS_MS) return;
    this.#toldAt = { reported: this.#reported, time: now() };
    const minutes = (now() - this.#startedAt) / 60_000;
    const inHand = [...this.#active.values()].reduce((sum, { feed }) => sum + feed.rowsInHand, 0);
    const speed = this.#reported / minutes;
    story.cron(sentences.progress(this.#counts, inHand, speed, this.#pool.aliveWorkers), {
      counts: this.#counts,
      inHand,
    });
    for (const [userId, user] of this.#active) {
      story.user(userId, sentences.userProgress(userId, totalOutcomes(user.counts), user.known), {
        counts: user.counts,
      });
    }
  }

  #progress(): WorkProgress {
    return {
      startedAt: this.#startedAt,
      workers: this.#pool.aliveWorkers,
      done: this.#reported,
      isStopping: this.#stopped !== undefined,
      users: [...this.#active].map(([userId, { workers, counts, known }]) => ({
        userId,
        workers,
        counts,
        known,
      })),
    };
  }

  // What runs beside the loop has its owner here: whatever it rejects with stops the work.
  #inBackground(work: Promise<unknown>): void {
    const owned = work
      .catch((cause: unknown) => this.stop(causeOf(cause)))
      .finally(() => this.#background.delete(owned));
    this.#background.add(owned);
  }

  async #windUp(): Promise<WorkOutcome> {
    const draw = (): void => this.#parts.showProgress?.(this.#progress());
    draw();
    const drawing = setInterval(draw, TICK_MS);
    try {
      if (this.#stopped === undefined) await this.#pool.close();
      else await this.#pool.drain();
    } finally {
      clearInterval(drawing);
    }
    await Promise.all(this.#background); // a claim that was under way: its rows come back as well
    for (const { feed } of this.#active.values()) this.#claims.return(feed.takeLate());

    const isRecorded = await this.#recorder.flush();
    await this.#batches.done();
    if (isRecorded) await this.#giveBack();
    if (this.#stopped?.kind === 'bug') throw this.#stopped.error;
    return {
      counts: this.#counts,
      unwritten: this.#reported - totalOutcomes(this.#counts) - this.#dropped,
      dropped: this.#dropped,
      users: this.#usersSeen.size,
      givenBack: this.#claims.returnedRows,
      workersFailed: this.#workersFailed,
      stopped: this.#stopped,
    };
  }

  async #giveBack(): Promise<void> {
    const rows = this.#claims.returnedRows;
    if (rows === 0) return;
    try {
      await this.#claims.giveBack(this.#parts.store);
      this.#parts.story.cron(sentences.givenBack(rows), { rows });
    } catch (cause) {
      this.stop(causeOf(cause));
    }
  }
}
