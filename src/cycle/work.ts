// The working part of a cycle: admits users, keeps their feeds and the pool going until nothing due is left,
// or until something says stop; then sees to it that every row claimed is recorded or given back.
// Knows the order of things and no mechanics: claims are the store's, workers the pool's, routes the router's.
//
// Invariant: a row claimed here ends in exactly one of: recorded, given back, or (when the database is gone)
// its claim, which runs out by itself, with its results in a journal.

import { randomBytes } from 'node:crypto';
import { allocateWorkers } from '../domain/allocate.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { LocalKnowledge } from '../domain/pre-check.ts';
import { preCheck } from '../domain/pre-check.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import type { ProbeRow } from '../domain/row.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Pool, PoolListener, WorkerExit, WorkerRef, WorkerStart } from '../pool/pool.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Claimant, Store, Survey } from '../store/store.ts';
import { DomainFacts } from './domain-facts.ts';
import { Doorbell } from './doorbell.ts';
import { drawPlan, rowsPerSlice, type Plan, type PlanLimits } from './plan.ts';
import { Recorder } from './recorder.ts';
import { sentences, type Story } from './story.ts';
import { UserFeed } from './user-feed.ts';

const SURVEY_EVERY_MS = 5_000; // a newcomer gets its share within seconds
const RENEW_EVERY_MS = 60_000; // a fifth of a claim's life
const PROGRESS_EVERY_MS = 10_000;
const TICK_MS = 1_000;

/** Why work ended before it was done. */
export interface StopCause {
  readonly kind: 'signal' | 'max-runtime' | 'lock-lost' | 'store-failed' | 'workers-failed' | 'bug';
  /** What happened, for the log. */
  readonly sentence: string;
  /** What went wrong, for a program, where the one who failed had a word for it. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

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
  /** Removes a worker's journal, once its results are in the database; makes its batch file first where a dead worker did not. */
  readonly closeBatch: (worker: WorkerRef) => Promise<void>;
  readonly showProgress?: ((progress: WorkProgress) => void) | undefined;
}

/** A glance at running work, for the live view. */
export interface WorkProgress {
  readonly startedAt: number;
  readonly workers: number;
  readonly users: readonly {
    readonly userId: number;
    readonly workers: number;
    readonly counts: OutcomeCounts;
    readonly known: number;
  }[];
}

export interface WorkOutcome {
  readonly counts: OutcomeCounts;
  readonly users: number;
  readonly dropped: number;
  readonly givenBack: number;
  readonly workersFailed: number;
  readonly stopped: StopCause | undefined;
}

interface ActiveUser {
  readonly feed: UserFeed;
  readonly startedAt: number;
  workers: number;
  counts: OutcomeCounts;
  /** Rows this user is known to have had due, for the progress line. */
  known: number;
}

export class Work {
  readonly #parts: WorkParts;
  readonly #pool: Pool;
  readonly #recorder: Recorder;
  readonly #active = new Map<number, ActiveUser>();
  readonly #facts: DomainFacts;
  readonly #openRowsOf = new Map<string, number>(); // token → rows neither recorded nor given back
  readonly #doorbell = new Doorbell();
  readonly #startedAt: number;
  #returned: ProbeRow[] = [];
  #batchesToClose: WorkerRef[] = [];
  #stopped: StopCause | undefined;
  #counts = NO_OUTCOMES;
  #usersSeen = new Set<number>();
  #dropped = 0;
  #workersFailed = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    this.#facts = new DomainFacts({ store: parts.store, server: parts.claimant.server, now: parts.now });
    this.#recorder = new Recorder(parts.store, {
      recorded: (results, dropped) => this.#onRecorded(results, dropped),
      failed: (cause) => this.#fail(cause),
    });
    this.#pool = parts.createPool({
      onResults: (userId, results, catchAll) => this.#onResults(userId, results, catchAll),
      onRowsReturned: (_userId, rows) => this.#returned.push(...rows),
      onWorkerStarted: (start) => this.#onWorkerStarted(start),
      onWorkerFinished: (worker) => this.#onWorkerFinished(worker),
      onWorkerExited: (exit) => this.#onWorkerExited(exit),
      onStructuralFailure: (sentence, code) => this.stop({ kind: 'workers-failed', sentence, code }),
      onChange: () => this.#doorbell.ring(),
    });
  }

  /** Ends the work early, once: workers finish what is in flight, the rest is given back. */
  stop(cause: StopCause): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = cause;
    this.#parts.story.cron(sentences.stopping(cause.sentence), { kind: cause.kind });
    this.#doorbell.ring();
  }

  /** Gives up what is in flight, for whoever will not wait for the end that stop() began. */
  async hurry(): Promise<void> {
    await this.#pool.kill();
  }

  /** Works until nothing due is left or stop() was called. Rejects with a bug, after everything was given back. */
  async run(firstPlan: Plan): Promise<WorkOutcome> {
    this.#admit(firstPlan);
    const timers = [
      setInterval(() => this.#survey(), SURVEY_EVERY_MS),
      setInterval(() => this.#renew(), RENEW_EVERY_MS),
      setInterval(() => this.#tellProgress(), PROGRESS_EVERY_MS),
    ];
    try {
      while (this.#stopped === undefined && (this.#active.size > 0 || (await this.#surveyNow()))) {
        for (const user of this.#active.values()) this.#inBackground(user.feed.refill(user.workers));
        this.#retireDone();
        this.#parts.showProgress?.(this.#progress());
        if (this.#active.size > 0) await this.#doorbell.rung(TICK_MS);
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
    return this.#windUp();
  }

  #admit(plan: Plan): void {
    const { story, limits } = this.#parts;
    for (const user of plan.users) {
      this.#usersSeen.add(user.userId);
      this.#active.set(user.userId, {
        feed: this.#openFeed(user.userId),
        startedAt: this.#parts.now(),
        workers: user.workers,
        counts: NO_OUTCOMES,
        known: user.pending,
      });
      const each = rowsPerSlice(user.pending, user.workers, limits);
      story.cron(sentences.allocated(user), { ...user, slices: user.slices.length });
      story.user(user.userId, sentences.processing(user.userId));
      story.user(user.userId, sentences.userWorkers(user.userId, user.workers));
      story.user(user.userId, sentences.userFound(user), { pending: user.pending });
      story.user(user.userId, sentences.dynamic(user, each), { workers: user.workers, rowsPerWorker: each });
    }
    this.#shareOut();
  }

  #openFeed(userId: number): UserFeed {
    const { store, claimant, knowledge } = this.#parts;
    return new UserFeed(userId, this.#parts.limits, {
      claim: async (limit) => {
        const token = randomBytes(16).toString('hex');
        const rows = await store.claimRows(userId, limit, token, claimant);
        if (rows.length > 0) this.#openRowsOf.set(token, rows.length);
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
      this.#fail(cause);
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
    if (newcomers.length === 0) return false;

    const demands = [...this.#demandsInHand(), ...newcomers];
    const workers = new Map(allocateWorkers(demands, limits).map((share) => [share.userId, share.workers]));
    const plan = drawPlan({ demands: newcomers, ownerless: 0 }, limits);
    this.#admit({
      ...plan,
      users: plan.users.map((user) => ({ ...user, workers: workers.get(user.userId) ?? user.workers })),
    });
    return true;
  }

  #survey(): void {
    if (this.#stopped === undefined) this.#inBackground(this.#surveyNow());
  }

  #demandsInHand(): { readonly userId: number; readonly pending: number }[] {
    return [...this.#active].map(([userId, user]) => ({
      userId,
      pending: Math.max(user.known - totalOutcomes(user.counts), user.feed.rowsInHand, 1),
    }));
  }

  #shareOut(): void {
    const shares = new Map(
      allocateWorkers(this.#demandsInHand(), this.#parts.limits).map((share) => [
        share.userId,
        share.workers,
      ]),
    );
    this.#pool.setShares(shares);
    for (const [userId, user] of this.#active) {
      const workers = shares.get(userId) ?? user.workers;
      if (workers === user.workers) continue;
      user.workers = workers;
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
    this.#counts = addOutcomes(this.#counts, results);
    const user = this.#active.get(userId);
    if (user !== undefined) user.counts = addOutcomes(user.counts, results);
    this.#recorder.add(results, this.#facts.learn(catchAll, results));
  }

  #onRecorded(results: readonly Result[], dropped: number): void {
    for (const { token } of results) this.#settle(token, 1);
    this.#dropped += dropped;
    if (dropped > 0) this.#parts.story.cron(sentences.dropped(dropped), { dropped });
  }

  #settle(token: string, rows: number): void {
    const open = (this.#openRowsOf.get(token) ?? 0) - rows;
    if (open > 0) this.#openRowsOf.set(token, open);
    else this.#openRowsOf.delete(token);
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
    this.#closeBatch(worker);
  }

  #closeBatch(worker: WorkerRef): void {
    this.#batchesToClose.push(worker);
    this.#inBackground(this.#closeBatches());
  }

  // A journal is the only copy of its results until they are in the database.
  async #closeBatches(): Promise<void> {
    const workers = this.#batchesToClose.splice(0);
    if (await this.#recorder.flush()) for (const worker of workers) await this.#parts.closeBatch(worker);
  }

  #onWorkerExited({ userId, workerId, sentence, isFailure }: WorkerExit): void {
    this.#closeBatch({ userId, workerId });
    if (!isFailure) return;
    this.#workersFailed++;
    this.#parts.story.cron(sentences.workerFailed(userId, workerId, sentence), { workerId });
    this.#parts.story.user(userId, sentences.workerFailed(userId, workerId, sentence), { workerId });
  }

  #renew(): void {
    const tokens = [...this.#openRowsOf.keys()];
    if (tokens.length > 0 && this.#stopped === undefined)
      this.#inBackground(this.#parts.store.renewClaims(tokens));
  }

  #tellProgress(): void {
    const { story, now } = this.#parts;
    const done = totalOutcomes(this.#counts);
    const minutes = (now() - this.#startedAt) / 60_000;
    story.cron(sentences.progress(done, done / minutes, this.#pool.aliveWorkers), {
      done,
      counts: this.#counts,
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
    work.catch((cause: unknown) => this.#fail(cause));
  }

  #fail(cause: unknown): void {
    const kind = cause instanceof OperationalError ? 'store-failed' : 'bug';
    this.stop({ kind, sentence: cause instanceof Error ? cause.message : String(cause), cause });
  }

  async #windUp(): Promise<WorkOutcome> {
    if (this.#stopped === undefined) await this.#pool.close();
    else await this.#pool.drain();
    for (const { feed } of this.#active.values()) this.#returned.push(...feed.takeLate());

    const isRecorded = await this.#recorder.flush();
    await this.#closeBatches();
    if (isRecorded) await this.#giveBack();
    if (this.#stopped?.kind === 'bug') throw this.#stopped.cause;
    return {
      counts: this.#counts,
      users: this.#usersSeen.size,
      dropped: this.#dropped,
      givenBack: this.#returned.length,
      workersFailed: this.#workersFailed,
      stopped: this.#stopped,
    };
  }

  async #giveBack(): Promise<void> {
    const idsOf = new Map<string, number[]>();
    for (const { token, id } of this.#returned) {
      const ids = idsOf.get(token);
      if (ids === undefined) idsOf.set(token, [id]);
      else ids.push(id);
    }
    try {
      for (const [token, ids] of idsOf) await this.#parts.store.releaseRows(token, ids);
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    if (this.#returned.length > 0) {
      this.#parts.story.cron(sentences.givenBack(this.#returned.length), { rows: this.#returned.length });
    }
  }
}
