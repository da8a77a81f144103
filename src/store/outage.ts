// How long a database that is away is waited for: tried again with growing pauses until the patience is over, or sooner when
// somebody is in a hurry. An outage begins with the first failure and ends when something was done again, so that of all
// that waits meanwhile nothing waits anew.

export interface Patience {
  /** How long a database that is away is tried again, from its first failure. */
  readonly reconnectForMs?: number | undefined;
  /** Aborted by whoever will not wait as long: a cycle that was told to end. */
  readonly hurry?: AbortSignal | undefined;
  /** Told once of an outage that a second attempt did not end, and of its end. */
  readonly onOutage?:
    ((news: { readonly type: 'away' | 'back'; readonly sentence: string }) => void) | undefined;
}

const RECONNECT_FOR_MS = 10_000; // longer than a restart of the server; a command has somebody waiting for it
const HURRIED_FOR_MS = 2_000;
const MAX_PAUSE_MS = 2_000;

export class Outage {
  readonly #where: string;
  readonly #patience: Patience;
  #since: number | undefined;
  #failures = 0;
  #isTold = false;

  constructor(where: string, patience: Patience) {
    this.#where = where;
    this.#patience = patience;
  }

  /** Waits for the time of the next attempt; false when there shall be none. `words`: what the failure said. */
  async outlast(words: string): Promise<boolean> {
    this.#since ??= performance.now();
    const { hurry, reconnectForMs = RECONNECT_FOR_MS } = this.#patience;
    const pauseMs = pauseBefore(++this.#failures);
    const isOver = (ms: number) => performance.now() + ms > this.#since! + this.#limitMs;
    if (isOver(pauseMs)) return false;
    if (this.#failures === 2) {
      this.#isTold = true;
      this.#tell('away', `is away (${words}); it is tried again for ${reconnectForMs / 1000} s`);
    }
    await rest(pauseMs, hurry);
    return !isOver(0);
  }

  /** Something was done: the database is there. */
  end(): void {
    if (this.#since === undefined) return;
    const seconds = (performance.now() - this.#since) / 1000;
    if (this.#isTold) this.#tell('back', `is back after ${seconds.toFixed(1)} s`);
    this.#since = undefined;
    this.#failures = 0;
    this.#isTold = false;
  }

  get #limitMs(): number {
    const { hurry, reconnectForMs = RECONNECT_FOR_MS } = this.#patience;
    return hurry?.aborted === true ? Math.min(HURRIED_FOR_MS, reconnectForMs) : reconnectForMs;
  }

  #tell(type: 'away' | 'back', words: string): void {
    this.#patience.onOutage?.({ type, sentence: `${this.#where} ${words}` });
  }
}

// None before the second: a connection that was only closed while idle is back at once.
function pauseBefore(failures: number): number {
  return failures === 1 ? 0 : Math.min(50 * 2 ** (failures - 1), MAX_PAUSE_MS) * (0.5 + Math.random());
}

function rest(ms: number, hurry: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      hurry?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    hurry?.addEventListener('abort', wake);
  });
}
