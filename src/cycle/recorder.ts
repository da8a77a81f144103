// Collects results and writes them to the store in batches, one batch at a time, so that a verdict is in the
// database a fraction of a second after it was made. Decides nothing about results; counts what became of them.
// What was learned of domains goes the same way, behind the results that taught it.
// Once a write has failed for good nothing more is written: the journals hold the rest.

import type { DomainFact } from '../domain/domain-fact.ts';
import { piecesOf } from '../domain/pieces.ts';
import type { Result } from '../domain/result.ts';
import { Rhythm } from '../platform/rhythm.ts';
import type { Recorded, Store } from '../store/store.ts';

const FLUSH_EVERY_MS = 500; // a verdict is in the database within a second of being known
const FLUSH_AT_ROWS = 500; // the batch size from which a larger one gains nothing measurable
const MAX_ROWS = 1_000; // of one transaction, so that nobody waits long for its locks

export interface RecorderListener {
  /** The store has these results now, or dropped them because their claim was lost. */
  recorded(recorded: Recorded): void;
  /** The store cannot be written to any more. */
  failed(cause: unknown): void;
}

export type RecorderStore = Pick<Store, 'recordResults' | 'recordDomainFacts'>;

export class Recorder {
  readonly #store: RecorderStore;
  readonly #listener: RecorderListener;
  #waiting: Result[] = [];
  #facts: DomainFact[] = [];
  readonly #rhythm = new Rhythm(FLUSH_EVERY_MS, () => void this.flush());
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(store: RecorderStore, listener: RecorderListener) {
    this.#store = store;
    this.#listener = listener;
  }

  /**
   * Takes results over, and what they taught of domains; they are written within FLUSH_EVERY_MS, and at once when nothing was
   * for that long.
   */
  add(results: readonly Result[], facts: readonly DomainFact[] = []): void {
    this.#waiting.push(...results);
    this.#facts.push(...facts);
    if (this.#waiting.length >= FLUSH_AT_ROWS) void this.flush();
    else this.#rhythm.soon();
  }

  /** Writes all that was added so far; resolves to whether all of it reached the database. Never rejects. */
  async flush(): Promise<boolean> {
    this.#rhythm.begin();
    this.#writing = this.#writing.then(() => this.#writeAll());
    await this.#writing;
    return !this.#hasFailed;
  }

  // What comes while this is written waits its time: to write it at once would make each batch smaller than the last.
  async #writeAll(): Promise<void> {
    if (this.#hasFailed) return;
    const batches = piecesOf(this.#waiting.splice(0), MAX_ROWS);
    const facts = this.#facts.splice(0);
    try {
      for (const batch of batches) this.#listener.recorded(await this.#store.recordResults(batch));
      if (facts.length > 0) await this.#store.recordDomainFacts(facts);
    } catch (cause) {
      this.#hasFailed = true;
      this.#listener.failed(cause);
    }
  }
}
