// Remembers answers by name while they are being found out and afterwards, so that nobody asks twice.

// Some 20 MB; a server that sees more domains in one cycle asks about the oldest again.
const MAX_ENTRIES = 50_000;

interface Entry<T> {
  readonly answer: Promise<T>;
  expiresAt: number;
}

export class PromiseCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #isTransient: (answer: T) => boolean;
  readonly #transientMs: number;
  readonly #now: () => number;

  /** `transientMs`: how long an answer that may be different soon is kept; with 0 only those who ask meanwhile share it. */
  constructor(
    isTransient: (answer: T) => boolean,
    transientMs: number,
    now: () => number = () => performance.now(),
  ) {
    this.#isTransient = isTransient;
    this.#transientMs = transientMs;
    this.#now = now;
  }

  /** Gives the answer kept under `name`, or finds it out: `find` must not reject. What is not transient is kept for good. */
  get(name: string, find: () => Promise<T>): Promise<T> {
    const kept = this.#entries.get(name);
    if (kept !== undefined && this.#now() < kept.expiresAt) return kept.answer;

    const entry: Entry<T> = {
      answer: find().then((answer) => this.#settled(entry, answer)),
      expiresAt: Infinity,
    };
    this.#entries.delete(name); // so that the new entry is the youngest
    this.#entries.set(name, entry);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
    return entry.answer;
  }

  #settled(entry: Entry<T>, answer: T): T {
    if (this.#isTransient(answer)) entry.expiresAt = this.#now() + this.#transientMs;
    return answer;
  }
}
