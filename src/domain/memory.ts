// A bounded memory of what was worked out, for pure functions that are asked the same again and again.
// Forgotten all at once when it is full: it must not grow with what hosts say.

export class Memory<Value> {
  readonly #max: number;
  readonly #known = new Map<string, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Gives what is known for `key`, and has it worked out where nothing is. */
  recall(key: string, workOut: () => Value): Value {
    const known = this.#known.get(key);
    if (known !== undefined || this.#known.has(key)) return known!;
    const value = workOut();
    if (this.#known.size >= this.#max) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }
}
