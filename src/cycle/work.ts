// The working part of a cycle: admits users, keeps their feeds and the pool going until nothing due is left,
// or until something says stop; then sees to it that every row claimed is recorded or given back.
// Knows the order of things and no mechanics: claims are the store's, workers the pool's, routes the router's.
//
// Invariant: a row claimed here ends in exactly one of: recorded, given back, or (when the database is gone)
// its claim, which runs out by itself, with its results in a journal.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Pool } from '../pool/pool.ts';
import type { WorkerExit, WorkerRef } from '../pool/pool-contract.ts';
import type { Demand, Recorded } from '../store/store.ts';
import { ActiveUsers } from './active-users.ts';
import { BatchCloser } from './batch-closer.ts';
import { DomainFacts } from './domain-facts.ts';
import { Doorbell } from './doorbell.ts';
import { every } from './every.ts';
import { HeldClaims } from './held-claims.ts';
import { Onlookers } from './onlookers.ts';
import { openFeed } from './open-feed.ts';
import { PauseWatch } from './pause-watch.ts';
import { Recorder } from './recorder.ts';
import { causeOf, causeOfLostClaims, causeOfWorkers, isAskedFor, type StopCause } from './stop-cause.ts';
import { sentences } from './story.ts';
import { Surveyor } from './surveyor.ts';
import { tellWorkerExited, tellWorkerFinished, tellWorkerStarted } from './worker-story.ts';
import { Tally } from './tally.ts';
import { Twins } from './twins.ts';
import type { WorkOutcome } from './work-outcome.ts';
import type { WorkParts } from './work-parts.ts';

const SURVEY_EVERY_MS = 5_000; // a newcomer gets its share within seconds
const RENEWALS_PER_CLAIM = 5; // some may fail, or come late, before a claim runs out
const PROGRESS_EVERY_MS = 10_000;
const BEAT_EVERY_MS = 5_000; // who looks on from elsewhere sees no older figures
const PAUSES_EVERY_MS = 2_000;
const TICK_MS = 1_000;

export class Work {
  readonly #parts: WorkParts;
  readonly #pool: Pool;
  readonly #recorder: Recorder;
  readonly #batches: BatchCloser;
  readonly #facts: DomainFacts;
  readonly #claims = new HeldClaims();
  readonly #twins: Twins;
  readonly #pauses: PauseWatch;
  readonly #tally = new Tally();
  readonly #users: ActiveUsers;
  readonly #onlookers: Onlookers;
  readonly #background = new Set<Promise<unknown>>();
  readonly #doorbell = new Doorbell();
  readonly #surveyor = new Surveyor(() => this.#surveyTable());
  #stopped: StopCause | undefined;
  #workersFailed = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#facts = new DomainFacts({ store: parts.store, server: parts.claimant.server, now: parts.now });
    this.#twins = new Twins({
      ...parts,
      random: Math.random,
      takeUp: (userId, rows) => this.#users.feedOf(userId).takeUp(rows),
      giveBack: (rows, dueInSeconds) => this.#claims.return(rows, dueInSeconds),
    });
    this.#pauses = new PauseWatch({
      ...parts,
      server: parts.claimant.server,
      hold: (isHeld) => this.#pool.hold(isHeld),
      dismiss: (userId, why) => this.#users.dismiss(userId, why),
      giveBack: (rows, dueInSeconds) => this.#takeBack(rows, dueInSeconds),
      stop: (cause) => this.stop(cause),
    });
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
      onRowsReturned: (_userId, rows) => this.#takeBack(rows),
      onRowsPutOff: (_userId, rows, dueInSeconds) => this.#takeBack(rows, dueInSeconds),
      onDestinationClosed: (destination, rest) =>
        parts.story.cron(sentences.destinationClosed(destination, rest), { destination, ...rest }),
      onRowsHeld: (userId, rows) => this.#pauses.takeBack(userId, rows),
      onWorkerStarted: (start) => tellWorkerStarted(parts.story, start),
      onWorkerFinished: (worker) => this.#onWorkerFinished(worker),
      onWorkerExited: (exit) => this.#onWorkerExited(exit),
      onStructuralFailure: (sentence, code) => this.stop(causeOfWorkers(sentence, code)),
      onChange: () => this.#doorbell.ring(),
    });
    this.#users = new ActiveUsers({
      pool: this.#pool,
      limits: parts.limits,
      story: parts.story,
      now: parts.now,
      openFeed: (userId) =>
        openFeed(userId, {
          parts,
          claims: this.#claims,
          twins: this.#twins,
          facts: this.#facts,
          tally: this.#tally,
          pool: this.#pool,
          takeBack: (rows) => this.#takeBack(rows),
          changed: () => this.#doorbell.ring(),
          failed: (cause) => this.stop(causeOf(cause)),
        }),
    });
    this.#onlookers = new Onlookers({
      ...parts,
      poolSize: parts.limits.poolSize,
      pool: this.#pool,
      users: this.#users,
      tally: this.#tally,
      isStopping: () => this.#stopped !== undefined,
      showProgress: parts.showProgress,
    });
  }

  /**
   * Ends the work early: workers finish what is in flight, the rest is given back. The first cause is the one that is told in
   * the end, unless it was a request, and its fulfilment failed.
   */
  stop(cause: StopCause): void {
    if (this.#stopped !== undefined && (isAskedFor(cause) || !isAskedFor(this.#stopped))) return;
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
    await this.#pauses.look().catch((cause: unknown) => this.stop(causeOf(cause)));
    this.#users.admit(demands);
    if (this.#stopped === undefined) this.#pool.prepare(this.#users.places);
    this.#inBackground(this.#parts.store.noteTurns(this.#users.turnNotes));
    this.#beat();
    {
      using _ = every([
        [SURVEY_EVERY_MS, () => this.#survey()],
        [(this.#parts.claimSeconds * 1000) / RENEWALS_PER_CLAIM, () => this.#inBackground(this.#renew())],
        [PAUSES_EVERY_MS, () => this.#inBackground(this.#pauses.look())],
        [TICK_MS, () => this.#pool.rebalance()],
        [PROGRESS_EVERY_MS, () => this.#onlookers.tell()],
        [BEAT_EVERY_MS, () => this.#beat()],
      ]);
      while (this.#stopped === undefined && (this.#users.size > 0 || (await this.#surveyor.survey()))) {
        this.#users.retireDone(); // before the feeds are busy again: a busy feed is never done
        if (this.#users.mayTakeTurns) this.#survey();
        for (const [, user] of this.#users) this.#inBackground(user.feed.refill(user.workers));
        if (this.#claims.returnedRows > 0) this.#inBackground(this.#claims.giveBack(this.#parts.store));
        this.#onlookers.draw();
        if (this.#users.size > 0) await this.#doorbell.rung(TICK_MS);
        const { failure } = this.#parts.story;
        if (failure !== undefined) this.stop(causeOf(failure));
      }
    }
    return this.#windUp();
  }

  /** Takes rows that were not probed, and those that follow them. */
  #takeBack(rows: readonly ProbeRow[], dueInSeconds = 0): void {
    this.#claims.return(this.#twins.withdraw(rows), dueInSeconds);
    this.#doorbell.ring();
  }

  /** True when there is somebody to work for. Only then is "nothing due is left" true for the whole table. */
  async #surveyTable(): Promise<boolean> {
    const { store, onlyUser } = this.#parts;
    try {
      await this.#recorder.flush();
      await this.#claims.giveBack(store); // so that it is seen as due
      const survey = await store.survey({
        userId: onlyUser,
        counted: (demands) => this.#users.concernedIn(demands),
      });
      if (this.#stopped !== undefined) return false;
      if (this.#users.hear(survey.demands)) await store.noteTurns(this.#users.turnNotes);
    } catch (cause) {
      this.stop(causeOf(cause));
    } finally {
      this.#doorbell.ring();
    }
    return this.#users.size > 0;
  }

  #survey(): void {
    if (this.#stopped === undefined && !this.#surveyor.isUnderWay)
      this.#inBackground(this.#surveyor.survey());
  }

  #onResults(userId: number, results: readonly Result[], catchAll: Readonly<Record<string, CatchAll>>): void {
    this.#tally.report(results);
    this.#users.addResults(userId, results);
    this.#onlookers.addResults(userId, results);
    this.#recorder.add(results, this.#facts.learn(catchAll, results));
  }

  #onRecorded({ written, dropped }: Recorded): void {
    for (const taker of [this.#claims, this.#twins]) taker.settle([...written, ...dropped]);
    this.#tally.record({ written, dropped });
    if (dropped.length > 0)
      this.#parts.story.cron(sentences.dropped(dropped.length), { dropped: dropped.length });
  }

  #onWorkerFinished(worker: WorkerRef & { readonly processed: number }): void {
    tellWorkerFinished(this.#parts.story, worker);
    this.#batches.add(worker);
  }

  #onWorkerExited(exit: WorkerExit): void {
    tellWorkerExited(this.#parts.story, exit);
    if (exit.worker !== undefined) this.#batches.add(exit.worker);
    if (exit.isFailure) this.#workersFailed++;
  }

  // Whoever stood still for longer than its claims hold works for others' rows: it stops, and the next cycle starts afresh.
  async #renew(): Promise<void> {
    if (this.#stopped !== undefined) return;
    const { store, claimSeconds } = this.#parts;
    const lost = await this.#claims.renew(store, () => this.#recorder.flush());
    if (lost > 0) this.stop(causeOfLostClaims(lost, claimSeconds));
  }

  #beat(): void {
    this.#inBackground(this.#onlookers.beat());
    this.#inBackground(this.#parts.noteDestinations());
  }

  // What runs beside the loop has its owner here: whatever it rejects with stops the work.
  #inBackground(work: Promise<unknown>): void {
    const owned = work
      .catch((cause: unknown) => this.stop(causeOf(cause)))
      .finally(() => this.#background.delete(owned));
    this.#background.add(owned);
  }

  async #windUp(): Promise<WorkOutcome> {
    this.#onlookers.draw();
    {
      using _ = every([
        [TICK_MS, () => this.#onlookers.draw()],
        [BEAT_EVERY_MS, () => this.#beat()],
      ]);
      if (this.#stopped === undefined) await this.#pool.close();
      else await this.#pool.drain();
    }
    await Promise.all(this.#background); // a claim that was under way: its rows come back as well
    this.#users.closeFeeds();

    const isRecorded = await this.#recorder.flush();
    await this.#batches.done();
    const givenBack = this.#claims.returnedRows;
    if (isRecorded) await this.#takeLeave();
    if (this.#stopped?.kind === 'bug') throw this.#stopped.error;
    return {
      ...this.#tally.figures,
      users: this.#users.seen,
      givenBack,
      workersFailed: this.#workersFailed,
      stopped: this.#stopped,
    };
  }

  async #takeLeave(): Promise<void> {
    const rows = this.#claims.returnedRows;
    try {
      if (rows > 0) {
        await this.#claims.giveBack(this.#parts.store);
        this.#parts.story.cron(sentences.givenBack(rows), { rows });
      }
      await this.#parts.noteDestinations();
      await this.#onlookers.end();
    } catch (cause) {
      this.stop(causeOf(cause));
    }
  }
}
