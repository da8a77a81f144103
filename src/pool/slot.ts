// One place in the pool: a process, and what it has in hand for the user it works for. Turns what the process says into
// what it means for rows and places, and holds the order of an assignment: begin, slices, finish. Who gets
// the place, and where rows go from here, is the pool's business.

import type { Complaint } from '../domain/complaint.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Assignment, FromWorker, ProbeSettings, Slice } from '../worker/messages.ts';
import { Engagement, type Leftover, type HandedSlice, type ResultsMessage } from './engagement.ts';
import type { SlotView } from './schedule.ts';
import type { IsHeld } from './slice-queue.ts';
import type { ProcessEnd } from './worker-exit.ts';
import { WorkerProcess, type WorkerProcessOptions } from './worker-process.ts';

export interface SlotLimits {
  /** Rows after which a batch file is finished and the next one begun. */
  readonly maxRowsPerAssignment: number;
  /** A slot that was done with no destination for that long has stalled. */
  readonly stalledMs: number;
}

export interface SlotListener {
  /** The process takes messages. */
  onReady(slot: Slot): void;
  /** The process has begun an assignment; `slice` is its first. */
  onBegun(slot: Slot, assignment: Assignment, slice: Slice, isReused: boolean): void;
  onResults(slot: Slot, message: ResultsMessage): void;
  onComplaint(destination: string, complaint: Complaint): void;
  onSliceDone(slot: Slot, left: Leftover): void;
  /** It has handed on what it had not begun, or not asked where it had to leave. */
  onHandedOn(slot: Slot, left: readonly Leftover[]): void;
  /** Rows of it go on to other destinations. */
  onOnward(slot: Slot, left: Leftover): void;
  onFinished(slot: Slot, assignment: Assignment, processed: number): void;
  onEnd(slot: Slot, end: ProcessEnd): void;
}

export class Slot {
  readonly number: number;
  readonly #process: WorkerProcess;
  #settings: ProbeSettings;
  readonly #limits: SlotLimits;
  readonly #listener: SlotListener;
  #engagement: Engagement | undefined;
  #lastAssignment: Assignment | undefined;
  #assignments = 0;
  #reportedEver = 0;
  #isReady = false;
  #isLeaving = false;
  #isFinishing = false;
  #isEnding = false;
  #isRelieved = false;
  /** When a destination was settled last, or a slice given: on a clock that is never set. */
  #movedAt = 0;
  #failed: { readonly code: string; readonly message: string } | undefined;

  constructor(
    number: number,
    settings: ProbeSettings,
    limits: SlotLimits,
    processOptions: WorkerProcessOptions,
    listener: SlotListener,
  ) {
    this.number = number;
    this.#settings = settings;
    this.#limits = limits;
    this.#listener = listener;
    this.#process = new WorkerProcess(processOptions, {
      onReady: () => this.#onReady(),
      onMessage: (message) => this.#onMessage(message),
      onEnd: (end) => listener.onEnd(this, end),
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when its end has been told. */
  get ended(): Promise<void> {
    return this.#process.ended;
  }

  /** What it works on; undefined between two assignments. */
  get engagement(): Engagement | undefined {
    return this.#engagement;
  }

  /** The assignment that it had last, or has. */
  get lastAssignment(): Assignment | undefined {
    return this.#lastAssignment;
  }

  /** Results taken from this process, whatever the assignment. */
  get reportedEver(): number {
    return this.#reportedEver;
  }

  /** The process's own word that it cannot go on. */
  get failed(): { readonly code: string; readonly message: string } | undefined {
    return this.#failed;
  }

  /** True when its process was told of the slices in hand; before it is ready it knows of none. */
  get hasBegun(): boolean {
    return this.#isReady;
  }

  /** True when the process waits for an assignment, its first or another. */
  get isIdle(): boolean {
    return this.#engagement === undefined && !this.#isEnding;
  }

  /** True when all slices are done, and no other is to be expected of a slot that leaves or is full. */
  get isThrough(): boolean {
    return this.#isReady && this.#engagement?.slices === 0 && !this.#isFinishing;
  }

  get isLeavingOrFull(): boolean {
    return this.#isLeaving || (this.#engagement?.given ?? 0) >= this.#limits.maxRowsPerAssignment;
  }

  view(): SlotView | undefined {
    const engagement = this.#engagement;
    if (engagement === undefined) return undefined;
    return {
      slot: this.number,
      userId: engagement.assignment.userId,
      slices: engagement.slices,
      unsettled: engagement.unsettled,
      isOpen:
        this.#isReady &&
        !this.#isFinishing &&
        !this.#isEnding &&
        !this.isLeavingOrFull &&
        !engagement.isSuspect,
      isLeaving: this.#isLeaving || this.#isFinishing || this.#isEnding,
      isStalled: !this.#isRelieved && performance.now() - this.#movedAt >= this.#limits.stalledMs,
    };
  }

  /** True when it takes further slices, and has rows that are held. */
  hasSome(isHeld: IsHeld | undefined): boolean {
    return isHeld !== undefined && this.view()?.isOpen === true && this.#engagement?.hasSome(isHeld) === true;
  }

  /** Lets it hold so many sessions from now on, more than before. */
  widen(maxSessions: number): void {
    if (maxSessions <= this.#settings.maxSessions) return;
    this.#settings = { ...this.#settings, maxSessions };
    if (this.#isReady) this.#process.send({ type: 'widen', maxSessions });
  }

  /** Begins an assignment with its first slice, as soon as the process is ready. */
  engage(assignment: Assignment, first: HandedSlice): void {
    this.#engagement = new Engagement(assignment);
    this.#lastAssignment = assignment;
    this.#engagement.add(first);
    this.#movedAt = performance.now();
    this.#isLeaving = false;
    this.#isFinishing = false;
    this.#isRelieved = false;
    if (this.#isReady) this.#begin(this.#engagement);
  }

  /** Gives a further slice to an open slot. */
  give(further: HandedSlice): void {
    this.#engagement?.add(further);
    this.#movedAt = performance.now();
    this.#process.send({ type: 'slice', slice: further.slice });
  }

  /** Wants the place back: nothing new is started, and what was not started comes back. */
  reclaim(): void {
    this.#isLeaving = true;
    this.#process.send({ type: 'yield' });
  }

  /** Asks for what was not begun, for other places; the rest goes on. */
  relieve(): void {
    this.#isRelieved = true;
    this.#process.send({ type: 'relieve' });
  }

  /** Has it end its sessions with a destination: what was not asked there is handed on. */
  leave(destination: string): void {
    if (this.#engagement === undefined) return;
    if (this.#isReady) {
      if (this.#engagement.isToLeave(destination)) this.#process.send({ type: 'leave', destination });
      return;
    }
    const left = this.#engagement.withdraw(destination);
    if (left.length > 0) this.#listener.onHandedOn(this, left);
  }

  /** Ends an assignment that is through. */
  finish(): void {
    this.#isFinishing = true;
    this.#process.finish();
  }

  /** Ends the process, which finishes what is in flight; kills it after the grace. */
  stop(): Promise<void> {
    this.#isEnding = true;
    return this.#process.stop();
  }

  kill(): Promise<void> {
    this.#isEnding = true;
    this.#process.kill('given-up');
    return this.#process.ended;
  }

  #onReady(): void {
    this.#isReady = true;
    this.#process.send({ type: 'settings', settings: this.#settings });
    if (this.#engagement !== undefined) this.#begin(this.#engagement);
    this.#listener.onReady(this);
  }

  #begin({ assignment, openSlices }: Engagement): void {
    this.#assignments++;
    this.#process.send({ type: 'begin', assignment });
    for (const slice of openSlices) {
      this.#process.send({ type: 'slice', slice });
      this.#listener.onBegun(this, assignment, slice, this.#assignments > 1);
    }
  }

  #onMessage(message: Exclude<FromWorker, { type: 'ready' | 'alive' }>): void {
    const engagement = this.#engagement;
    switch (message.type) {
      case 'draining':
        // Somebody sent it SIGTERM: it takes no more, and ends once it is finished.
        this.#isLeaving = true;
        this.#isEnding = true;
        return;
      case 'failed':
        this.#isLeaving = true;
        this.#failed = { code: message.code, message: message.message };
        void this.stop(); // it ends by itself, unless it is worse off than it knows
        return;
      case 'results':
        if (engagement === undefined) throw outOfTurn(message.type);
        engagement.report(message);
        this.#reportedEver += message.results.length;
        if (message.settled.length > 0) this.#movedAt = performance.now();
        return this.#listener.onResults(this, message);
      case 'complaint':
        return this.#listener.onComplaint(message.destination, message.complaint);
      case 'slice-done':
        if (engagement === undefined) throw outOfTurn(message.type);
        return this.#listener.onSliceDone(this, engagement.close(message));
      case 'handed-on':
        if (engagement === undefined) throw outOfTurn(message.type);
        this.#isRelieved = false;
        return this.#listener.onHandedOn(
          this,
          message.slices.map((part) => engagement.handOn(part)),
        );
      case 'onward':
        if (engagement === undefined) throw outOfTurn(message.type);
        this.#movedAt = performance.now();
        return this.#listener.onOnward(this, engagement.sendOn(message));
      case 'finished': {
        if (engagement === undefined || !this.#isFinishing) throw outOfTurn(message.type);
        this.#engagement = undefined;
        this.#isFinishing = false;
        this.#isLeaving = false;
        return this.#listener.onFinished(this, engagement.assignment, message.processed);
      }
    }
  }
}

function outOfTurn(type: string): OperationalError {
  return new OperationalError('IPC_MALFORMED', `"${type}" came out of turn`);
}
