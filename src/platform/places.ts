// A number of places that work takes one of, first come, first served. Keeps a worker's sessions within their limit across
// all slices it has in hand, and the questions to the DNS that are in flight.

export class Places {
  #count: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  /** Has so many places from now on, unless there are more already. */
  widen(count: number): void {
    for (; this.#count < count; this.#count++) this.#handOn();
  }

  /** Runs `work` when it has a place. The place is given back when work says so, or however it ends. */
  async run<T>(work: (giveBack: () => void) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOurs = true;
    const giveBack = (): void => {
      if (!isOurs) return;
      isOurs = false;
      this.#handOn();
    };
    try {
      return await work(giveBack);
    } finally {
      giveBack();
    }
  }

  // A place that is handed over is never free in between: nobody can come first who came later.
  #handOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
