// Looks for all who look: one gathering every few seconds as long as somebody does, whatever their number, and none when
// nobody does. A database that goes away is told of, what was seen last stays, and it is tried again.

import { OperationalError } from '../../platform/operational-error.ts';

/** A page that can be looked at: the overview, or a list by its id. */
export type Topic = 'overview' | number;

/** What is told of a topic. */
export interface Sight {
  /** The page's content; undefined where there is no such list, or before anything was seen. */
  readonly content: string | undefined;
  /** When that was seen: milliseconds since 1970. */
  readonly seenAt: number;
  /** What stands in the way of seeing more, and since when. */
  readonly trouble: { readonly sentence: string; readonly since: number } | undefined;
}

export interface LookoutOptions {
  /** Gives the content of each of the topics; undefined for a list that is not there. Rejects with an OperationalError. */
  readonly look: (topics: readonly Topic[]) => Promise<ReadonlyMap<Topic, string | undefined>>;
  readonly everyMs: number;
  readonly now: () => number;
}

export class Lookout {
  readonly #options: LookoutOptions;
  readonly #watchers = new Map<Topic, Set<(sight: Sight) => void>>();
  readonly #seen = new Map<Topic, { readonly content: string | undefined; readonly at: number }>();
  #trouble: Sight['trouble'];
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** A bug in looking ends the dashboard: whoever runs it awaits this. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => {}); // told to whoever awaits it
  }

  /** Looks once; what was seen within the last turn is not looked for again. */
  async glance(topic: Topic): Promise<Sight> {
    const isFresh = () => {
      const seen = this.#seen.get(topic);
      return seen !== undefined && this.#options.now() - seen.at < this.#options.everyMs;
    };
    await this.#looking;
    if (!isFresh()) await this.#look([topic]);
    return this.#sightOf(topic);
  }

  /** Calls the watcher after each look, until the function that this gives is called. */
  watch(topic: Topic, watcher: (sight: Sight) => void): () => void {
    const watchers = this.#watchers.get(topic) ?? new Set();
    this.#watchers.set(topic, watchers.add(watcher));
    if (this.#seen.has(topic)) watcher(this.#sightOf(topic));
    this.#wind();
    return () => {
      watchers.delete(watcher);
      if (watchers.size > 0) return;
      this.#watchers.delete(topic);
      this.#seen.delete(topic);
      if (this.#watchers.size === 0) this.#unwind();
    };
  }

  /** Looks no more. Resolves when nothing is being looked for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwind();
    await this.#looking;
  }

  #wind(): void {
    if (this.#isClosed || this.#watchers.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#look([...this.#watchers.keys()]).then(() => this.#wind());
    }, this.#options.everyMs);
  }

  #unwind(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One look at a time: whoever comes meanwhile waits for its end. */
  async #look(topics: readonly Topic[]): Promise<void> {
    while (this.#looking !== undefined) await this.#looking;
    this.#looking = this.#lookNow(topics).finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #lookNow(topics: readonly Topic[]): Promise<void> {
    const { look, now } = this.#options;
    try {
      const found = await look(topics);
      this.#trouble = undefined;
      for (const [topic, content] of found) this.#seen.set(topic, { content, at: now() });
    } catch (error) {
      if (!(error instanceof OperationalError)) return this.#fail(error);
      this.#trouble = { sentence: error.message, since: this.#trouble?.since ?? now() };
    }
    for (const topic of topics)
      for (const watcher of this.#watchers.get(topic) ?? []) watcher(this.#sightOf(topic));
    // What nobody watches is kept for as long as it is fresh only.
    for (const [topic, { at }] of this.#seen)
      if (!this.#watchers.has(topic) && now() - at >= this.#options.everyMs) this.#seen.delete(topic);
  }

  #sightOf(topic: Topic): Sight {
    const seen = this.#seen.get(topic);
    return { content: seen?.content, seenAt: seen?.at ?? 0, trouble: this.#trouble };
  }
}
