// How many worker processes may be started now, and how many sessions each may hold. To start one costs as much as a hundred
// probes, and where hosts answer quickly a few workers do the work of fifty: so the first are few, and only if work still
// waits when these have had their time with it, more follows. First twice the sessions, since where processors have time to
// spare it is hosts that are waited for, and then twice the processes, and so on. Where the processors have no time left,
// either only takes it from those that are at work: then the next round waits. Keeps the pace; what work there is, is schedule.ts.

export interface StartPolicy {
  /** Processes of the first round. */
  readonly first: number;
  /** Sessions that each worker may hold at first: one that is busy gets to each of them in turn. */
  readonly sessions: number;
  /** How long work must have waited for those that are there. */
  readonly patienceMs: number;
  /** How long it waits for processors with time to spare: what keeps them busy may not be ours. */
  readonly busyPatienceMs: number;
  /** The share of their time, 0 to 1, that the processors and we who feed the workers had left since the last call. */
  readonly idleShare: () => number;
}

/** From here on one more process has something to run on. */
const SPARE_SHARE = 0.4;

/** What a pool comes to at most. */
export interface PoolBounds {
  readonly processes: number;
  /** Of each. */
  readonly sessions: number;
}

export class StartPace {
  readonly #policy: StartPolicy | undefined;
  readonly #bounds: PoolBounds;
  readonly #changed: () => void;
  #round = 0;
  /** Processes that may be there at once. */
  #most = 0;
  #starting = 0;
  #sessions: number;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Without a policy all are started at once, and may hold the most sessions; `changed` is called when one has arrived, when
   * each may hold more, and when the next round may begin.
   */
  constructor(policy: StartPolicy | undefined, bounds: PoolBounds, changed: () => void) {
    this.#policy = policy;
    this.#bounds = bounds;
    this.#changed = changed;
    this.#sessions = Math.min(policy?.sessions ?? Infinity, bounds.sessions);
  }

  /** Sessions that each worker may hold now. */
  get sessions(): number {
    return this.#sessions;
  }

  /**
   * Gives how many may be started now, when `alive` are there and work waits or not, and begins the next round if it is
   * time. Whoever died may be replaced at once.
   */
  allowed(alive: number, isWanted: boolean): number {
    if (this.#policy === undefined) return Infinity;
    if (alive === 0) this.#begin(this.#policy.first, 0);
    const isFull = alive >= this.#most;
    if (!isWanted) this.stopWaiting();
    else if (isFull && this.#isDue) this.#begin(this.#round * 2, alive);
    else if (isFull && this.#starting === 0 && (this.#mayStart || this.#mayWiden)) this.#wait(this.#policy);
    return Math.max(this.#most - alive, 0);
  }

  /** Notes that one was started. */
  started(): void {
    this.#starting++;
  }

  /** Notes that one that was started is ready, or has ended before. */
  arrived(): void {
    this.#starting--;
    this.#changed();
  }

  /** No work waits, or none will be given any more. */
  stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }

  get #mayStart(): boolean {
    return this.#most < this.#bounds.processes;
  }

  get #mayWiden(): boolean {
    return this.#sessions < this.#bounds.sessions;
  }

  #wait(policy: StartPolicy): void {
    if (this.#timer !== undefined) return;
    policy.idleShare(); // from now on
    this.#look(policy, performance.now());
  }

  // Whoever has nothing else to wait for need not wait for this.
  #look(policy: StartPolicy, since: number): void {
    this.#timer = setTimeout(() => {
      const isWornOut = performance.now() - since >= policy.busyPatienceMs;
      const isSpare = policy.idleShare() >= SPARE_SHARE;
      if (!isSpare && !(isWornOut && this.#mayStart)) return this.#look(policy, since);
      if (isSpare && this.#mayWiden) this.#widen();
      else this.#isDue = true;
      this.#changed();
    }, policy.patienceMs).unref();
  }

  #widen(): void {
    this.stopWaiting();
    this.#sessions = Math.min(this.#sessions * 2, this.#bounds.sessions);
  }

  #begin(round: number, alive: number): void {
    this.stopWaiting();
    this.#round = round;
    this.#most = Math.min(alive + round, this.#bounds.processes);
  }
}
