// How many worker processes may be started now. To start one costs as much as a hundred probes, and where hosts answer
// quickly a few workers do the work of fifty: so the first are few, and only if work still waits when these have had
// their time with it, twice as many follow, and so on. Keeps the pace; whether there is work for another is schedule.ts.

export interface StartPolicy {
  /** Processes of the first round. */
  readonly first: number;
  /** What those that are ready get to show how much they take. */
  readonly patienceMs: number;
}

export class StartPace {
  readonly #policy: StartPolicy | undefined;
  readonly #changed: () => void;
  #round = 0;
  #left = 0;
  #starting = 0;
  #readyAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Without a policy all are started at once; `changed` is called when one has arrived, and when the next round may begin. */
  constructor(policy: StartPolicy | undefined, changed: () => void) {
    this.#policy = policy;
    this.#changed = changed;
  }

  /** Gives how many may be started now, when `alive` are there, and begins the next round if it is time. */
  allowed(alive: number): number {
    if (this.#policy === undefined) return Infinity;
    const { first, patienceMs } = this.#policy;
    if (alive === 0) this.#begin(first);
    const isDue = this.#readyAt !== undefined && performance.now() - this.#readyAt >= patienceMs;
    if (this.#left === 0 && isDue) this.#begin(this.#round * 2);
    return this.#left;
  }

  /** Notes that one was started. */
  started(): void {
    this.#starting++;
    this.#left = Math.max(this.#left - 1, 0);
  }

  /** Notes that one that was started is ready, or has ended before. */
  arrived(): void {
    this.#changed();
    if (--this.#starting > 0 || this.#policy === undefined) return;
    this.#readyAt = performance.now();
    clearTimeout(this.#timer);
    // Whoever has nothing else to wait for need not wait for this.
    this.#timer = setTimeout(this.#changed, this.#policy.patienceMs).unref();
  }

  #begin(round: number): void {
    this.#round = round;
    this.#left = round;
    this.#readyAt = undefined;
  }
}
