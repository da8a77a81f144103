// The places for workers on this server. Takes slices of users, starts workers for them, sees that every row comes back
// as a result or as it was, and that no destination sees more connections than it may. Who gets a place is
// schedule.ts's decision, how an end is judged worker-exit.ts's; what becomes of results is the listener's.
//
// Invariants: a row enqueued is queued, in a slot, or was told to the listener, once; never are more than `size`
// processes alive, a dying one included; after close() or drain() nothing of the pool is left.

import type { SliceWork } from '../worker/messages.ts';
import { Closures } from './closures.ts';
import { CrashLedger } from './crash-ledger.ts';
import { DestinationBudget } from './destination-budget.ts';
import type { Leftover, ResultsMessage } from './engagement.ts';
import { Roster } from './roster.ts';
import { processOptions, slotLimits, type PoolListener, type PoolOptions } from './pool-contract.ts';
import { drawView } from './pool-view.ts';
import { settlingPutOff } from './put-off-rows.ts';
import { ReturnedRows } from './returned-rows.ts';
import { hasRoomFor, nextStep, placesOwed, type PoolView, type Step } from './schedule.ts';
import { destinationsOf, type IsHeld } from './slice-queue.ts';
import { SlotEnds } from './slot-ends.ts';
import { Slot } from './slot.ts';
import { StartPace } from './start-pace.ts';
import { StructuralFailure } from './structural-failure.ts';
import type { ProcessEnd } from './worker-exit.ts';

export class Pool {
  readonly #options: PoolOptions;
  readonly #listener: PoolListener;
  readonly #budget: DestinationBudget;
  readonly #roster = new Roster();
  readonly #slots = new Map<number, Slot>();
  readonly #crashes: CrashLedger;
  readonly #returned: ReturnedRows;
  readonly #closures: Closures;
  readonly #ends: SlotEnds;
  readonly #structure = new StructuralFailure();
  readonly #pace: StartPace;
  readonly #hasPlace = (destination: string): boolean => this.#budget.hasPlace(destination);
  #phase: 'open' | 'draining' | 'closing' = 'open';
  #lastSliceId = 0;
  #isDispatchDue = false;

  constructor(options: PoolOptions, listener: PoolListener) {
    this.#options = options;
    this.#listener = listener;
    this.#budget = new DestinationBudget(options.limits);
    const bounds = { processes: options.size, sessions: options.settings.maxSessions };
    this.#pace = new StartPace(options.starts, bounds, () => this.#dispatchSoon());
    this.#crashes = new CrashLedger(options.settings.retryDelaysSeconds, options.random ?? Math.random);
    const taker = settlingPutOff(listener, options);
    const { limits, settings, random } = options;
    const shared = {
      roster: this.#roster,
      budget: this.#budget,
      crashes: this.#crashes,
      structure: this.#structure,
    };
    this.#closures = new Closures({ ...shared, limits, settings, random, listener: taker });
    this.#returned = new ReturnedRows({ ...shared, listener: taker, takesWork: () => this.#takesWork });
    this.#ends = new SlotEnds({ ...shared, returned: this.#returned, listener });
  }

  /** Processes that have not ended. */
  get aliveWorkers(): number {
    return this.#slots.size;
  }

  /** Rows of a user that wait for a worker. */
  queuedRows(userId: number): number {
    return this.#roster.of(userId).queue.rows;
  }

  /** Rows of a user that are with workers. */
  outstandingRows(userId: number): number {
    return this.#engaged(userId).reduce((sum, slot) => sum + (slot.engagement?.openRows ?? 0), 0);
  }

  /** Slots that work for a user. */
  slotsOf(userId: number): number {
    return this.#engaged(userId).length;
  }

  /** Sets how many slots each user is owed; whoever is not named is owed none. */
  setShares(shares: ReadonlyMap<number, number>): void {
    this.#roster.setShares(shares);
    this.#dispatchSoon();
  }

  /**
   * Starts the first processes ahead of their work, no more than `most`: to get ready takes them as long as to claim the
   * first rows takes us. Without a policy for starts none.
   */
  prepare(most: number): void {
    if (this.#phase !== 'open' || this.#options.starts === undefined) return;
    const room = Math.min(most, this.#options.size) - this.#slots.size;
    const starts = Math.min(room, this.#pace.allowed(this.#slots.size, false));
    for (let started = 0; started < starts; started++) this.#openSlot();
  }

  /** Takes slices over. The pool numbers them anew, since it may cut them. */
  enqueue(userId: number, slices: readonly SliceWork[]): void {
    const user = this.#roster.of(userId);
    user.isRetired = false;
    user.isReleased = false;
    user.queue.add(slices);
    for (const { routes } of slices) this.#options.limits.meet(routes);
    this.#returned.settle(userId);
    this.#dispatchSoon();
  }

  /** Starts nothing that is held, and gives it back. To be called again meanwhile: a worker may not be ready to yield. */
  hold(isHeld: IsHeld | undefined): void {
    this.#returned.hold(isHeld);
    for (const slot of this.#slots.values()) if (slot.hasSome(isHeld)) slot.reclaim();
    this.#dispatchSoon();
  }

  /** No more slices will come for this user: its workers finish their batch files when the last row is done. */
  retire(userId: number): void {
    this.#roster.of(userId).isRetired = true;
    this.#dispatchSoon();
  }

  /** This user's turn is over: what waits comes back at once, and whatever its workers do not get done later. */
  release(userId: number): void {
    this.#returned.release(userId);
    this.retire(userId);
  }

  /** True when a slice of this user could start at once, and none that it has may. */
  isStarved(userId: number): boolean {
    if (!this.#takesWork || !hasRoomFor(this.#view(), userId)) return false;
    return this.#roster.of(userId).queue.countStartable(this.#hasPlace, 1).all === 0;
  }

  /** Moves what may start, and what has stalled to idle places; to be called now and then. */
  rebalance(): void {
    for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) this.#take(step);
  }

  /**
   * Stops early. What is queued comes back at once; workers finish what is in flight, give back what was not started and
   * finish their batch files; whoever is not done after the grace is killed. Resolves when nothing is left.
   */
  async drain(): Promise<void> {
    this.#takeNoMore('draining');
    this.#dispatchSoon();
    await Promise.all([...this.#slots.values()].map((slot) => slot.stop()));
  }

  /** Gives up what is in flight and kills all workers. Resolves when nothing is left. */
  async kill(): Promise<void> {
    this.#takeNoMore('draining');
    await Promise.all([...this.#slots.values()].map((slot) => slot.kill()));
  }

  /** Ends well: workers complete what they have and finish their batch files. Resolves when nothing is left. */
  async close(): Promise<void> {
    this.#takeNoMore('closing');
    this.#dispatchSoon();
    await Promise.all([...this.#slots.values()].map((slot) => slot.ended));
  }

  #takeNoMore(phase: 'draining' | 'closing'): void {
    if (this.#phase !== 'draining') this.#phase = phase;
    this.#pace.stopWaiting();
    this.#returned.emptyQueues();
  }

  get #takesWork(): boolean {
    return this.#phase === 'open' && !this.#structure.isProven;
  }

  #engaged(userId: number): Slot[] {
    return [...this.#slots.values()].filter((slot) => slot.engagement?.assignment.userId === userId);
  }

  // Once a turn of the event loop, after whoever called has finished.
  #dispatchSoon(): void {
    if (this.#isDispatchDue) return;
    this.#isDispatchDue = true;
    setImmediate(() => {
      this.#isDispatchDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (const slot of this.#slots.values()) slot.widen(this.#pace.sessions);
    this.#closures.putOff();
    this.rebalance();
    for (const slot of this.#slots.values()) {
      if (slot.isThrough && this.#expectsNoMore(slot)) slot.finish();
      else if (slot.isIdle && this.#phase === 'closing') void slot.stop();
    }
    this.#listener.onChange();
  }

  #nextStep(): Step | undefined {
    return this.#phase === 'open' ? nextStep(this.#view()) : undefined;
  }

  #view(): PoolView {
    const { size } = this.#options;
    return drawView([...this.#slots.values()], {
      users: this.#roster.views(this.#hasPlace, size),
      unstarted: this.#structure.isProven ? 0 : size - this.#slots.size,
      mayStart: (isWanted) => this.#pace.allowed(this.#slots.size, isWanted),
      maxSessions: this.#pace.sessions,
    });
  }

  #take(step: Step): void {
    if (step.type === 'reclaim') return this.#slots.get(step.slot)?.reclaim();
    if (step.type === 'relieve') return this.#slots.get(step.slot)?.relieve();
    const user = this.#roster.of(step.userId);
    const busy = step.type === 'give' ? this.#slots.get(step.slot) : undefined;
    const isAlone = busy === undefined || busy.engagement?.slices === 0;
    const { limits } = this.#options;
    const taken = user.queue.take(this.#hasPlace, isAlone, (at, rows, waiting) =>
      limits.rowsFor(at, rows, waiting),
    );
    if (taken === undefined) throw new Error(`user ${step.userId} has no slice to start`);
    const from = user.rowsHandedOut;
    user.rowsHandedOut += taken.slice.rows.length;
    const slice = { ...taken.slice, sliceId: ++this.#lastSliceId, from, to: user.rowsHandedOut };
    this.#budget.take(destinationsOf(slice));
    if (busy !== undefined) return busy.give({ ...taken, slice });
    const slot = [...this.#slots.values()].find(({ isIdle }) => isIdle) ?? this.#openSlot();
    slot.engage(this.#options.assignmentFor(step.userId, ++user.lastWorkerId), { ...taken, slice });
  }

  #openSlot(): Slot {
    const { size, settings } = this.#options;
    let number = 1;
    while (this.#slots.has(number)) number++;
    if (number > size) throw new Error(`all ${size} slots are taken`);
    const own = { ...settings, maxSessions: this.#pace.sessions };
    const slot = new Slot(number, own, slotLimits(this.#options), processOptions(number, this.#options), {
      onReady: () => this.#pace.arrived(),
      onBegun: ({ pid }, { userId, workerId }, slice, isReused) =>
        this.#listener.onWorkerStarted({ userId, workerId, pid, slice, isReused }),
      onResults: (from, message) => this.#onResults(from, message),
      onComplaint: (destination, complaint) => {
        this.#closures.hear(destination, complaint, this.#slots.values());
        this.#dispatchSoon();
      },
      onSliceDone: (from, left) => this.#takeBack(from, [left], () => 1),
      onHandedOn: (from, left) => this.#takeBack(from, left, (userId) => placesOwed(this.#view(), userId)),
      onOnward: ({ lastAssignment }, left) => {
        this.#budget.free(left.freed);
        this.#options.limits.meet(left.slice?.routes ?? {});
        this.#returned.sendOn(lastAssignment!.userId, left);
        this.#dispatchSoon();
      },
      onFinished: (_from, { userId, workerId }, processed) => {
        this.#listener.onWorkerFinished({ userId, workerId, processed });
        this.#dispatchSoon();
      },
      onEnd: (from, end) => this.#onEnd(from, end),
    });
    this.#slots.set(number, slot);
    this.#pace.started();
    return slot;
  }

  #expectsNoMore(slot: Slot): boolean {
    if (this.#phase !== 'open' || slot.isLeavingOrFull || slot.lastAssignment === undefined) return true;
    const { isRetired, queue } = this.#roster.of(slot.lastAssignment.userId);
    return isRetired && queue.rows === 0;
  }

  #onResults(slot: Slot, { results, catchAll, sessions, settled }: ResultsMessage): void {
    if (results.length > 0) this.#structure.noteResult();
    this.#crashes.forget(results);
    this.#roster.learn(catchAll);
    this.#budget.free(settled);
    this.#listener.onResults(slot.lastAssignment!.userId, results, catchAll);
    if (this.#options.limits.learn(results, sessions) || settled.length > 0) this.#dispatchSoon();
    else this.#listener.onChange();
  }

  #onEnd(slot: Slot, end: ProcessEnd): void {
    this.#slots.delete(slot.number);
    if (!slot.hasBegun) this.#pace.arrived();
    this.#ends.take(slot, end);
    this.#dispatchSoon();
  }

  /** Takes places and rows back, the rows in so many parts. */
  #takeBack(from: Slot, left: readonly Leftover[], partsFor: (userId: number) => number): void {
    const { userId } = from.lastAssignment!;
    for (const { freed } of left) this.#budget.free(freed);
    this.#returned.spread(userId, left, partsFor(userId));
    this.#dispatchSoon();
  }
}
