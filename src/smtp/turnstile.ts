// Lets a bounded number of tasks through at once, the others in the order in which they came.

export class Turnstile {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs the task when it is its turn, and gives what it gives. */
  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((admit) => this.#queue.push(admit));
    try {
      return await task();
    } finally {
      // A place is handed on, not freed: nobody who comes later gets in between.
      const admitNext = this.#queue.shift();
      if (admitNext === undefined) this.#free++;
      else admitNext();
    }
  }
}
