// When what is gathered goes: at once after a pause, and then once in a while, so that many small pieces go as few. What goes, and
// when there is enough of it to go sooner, is known by whoever gathers.

export class Rhythm {
  readonly #everyMs: number;
  readonly #due: () => void;
  #timer: NodeJS.Timeout | undefined;
  #beganAt = -Infinity;

  /** Calls `due` when what was gathered is to go; that is when `begin` is to be called. */
  constructor(everyMs: number, due: () => void) {
    this.#everyMs = everyMs;
    this.#due = due;
  }

  /** Something is gathered: it is due within `everyMs`, and at once when nothing went for that long. */
  soon(): void {
    this.#timer ??= setTimeout(this.#due, Math.max(this.#beganAt + this.#everyMs - performance.now(), 0));
  }

  /** All that was gathered goes now. */
  begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#beganAt = performance.now();
  }
}
