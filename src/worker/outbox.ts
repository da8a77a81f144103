// What a worker has to tell its parent, in order and one message at a time. Results are gathered for a moment, since a
// message costs more than what is in it; anything else is said after all results that came before it.
// Waiting for one message to leave before the next is sent keeps a slow parent from filling our memory twice:
// what waits here is bounded by the rows in hand.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Result } from '../domain/result.ts';
import { Rhythm } from '../platform/rhythm.ts';
import type { FromWorker } from './messages.ts';

const FLUSH_EVERY_MS = 200; // a verdict is in the database within a second of being known
const FLUSH_AT_RESULTS = 20; // from here on a larger message saves nothing measurable

/** News of one slice. */
export interface Delivery {
  readonly sliceId: number;
  readonly results: readonly Result[];
  /** Catch-all states learned. */
  readonly catchAll: Readonly<Record<string, CatchAll>>;
  /** Destinations, each once for every session there that ended as it should. */
  readonly sessions: readonly string[];
  /** Destinations where nothing is left to do. */
  readonly settled: readonly string[];
}

export class Outbox {
  /** Hands a message to the channel; resolves when it has left. Never rejects. */
  readonly #send: (message: FromWorker) => Promise<void>;
  readonly #waiting = new Map<number, Delivery>();
  readonly #rhythm = new Rhythm(FLUSH_EVERY_MS, () => this.#flush());
  #sending: Promise<void> = Promise.resolve();

  constructor(send: (message: FromWorker) => Promise<void>) {
    this.#send = send;
  }

  /** Takes news over; it leaves within FLUSH_EVERY_MS, and at once when none left for that long. */
  add(news: Delivery): void {
    this.#waiting.set(news.sliceId, merged(this.#waiting.get(news.sliceId), news));
    const waiting = [...this.#waiting.values()].reduce((sum, { results }) => sum + results.length, 0);
    if (waiting >= FLUSH_AT_RESULTS) this.#flush();
    else this.#rhythm.soon();
  }

  /** Says something after all that came before it; resolves when it has left. */
  say(message: FromWorker): Promise<void> {
    this.#flush();
    return this.#queue(message);
  }

  #flush(): void {
    this.#rhythm.begin();
    for (const news of this.#waiting.values()) void this.#queue({ type: 'results', ...news });
    this.#waiting.clear();
  }

  #queue(message: FromWorker): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send(message));
    return this.#sending;
  }
}

function merged(before: Delivery | undefined, news: Delivery): Delivery {
  if (before === undefined) return news;
  return {
    sliceId: news.sliceId,
    results: [...before.results, ...news.results],
    catchAll: { ...before.catchAll, ...news.catchAll },
    sessions: [...before.sessions, ...news.sessions],
    settled: [...before.settled, ...news.settled],
  };
}
