// Keeps lists up to date in a cycle: at its beginning and end, and once a minute while it works, so that a list is completed
// soon after its last row and not when the cycle ends, hours later. Tells who is done, and has it told on. How lists are
// reconciled is the store's.

import { OperationalError } from '../platform/operational-error.ts';
import type { ReconciledList, Store } from '../store/store.ts';
import { sentences, type Story } from './story.ts';

const RECONCILE_EVERY_MS = 60_000;

export interface ListKeeperParts {
  readonly store: Store;
  readonly story: Story;
  /** Tells others of completed lists; undefined where nobody wants to know. */
  readonly announce: ((store: Store) => Promise<void>) | undefined;
  readonly everyMs?: number | undefined;
}

export class ListKeeper implements AsyncDisposable {
  readonly #parts: ListKeeperParts;
  readonly #completed: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #announcing: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(parts: ListKeeperParts) {
    this.#parts = parts;
  }

  /** Lists that this cycle saw completed. */
  get completed(): readonly number[] {
    return this.#completed;
  }

  /** Brings lists up to date now; what is to be announced goes out beside whatever comes next. */
  async reconcile(): Promise<void> {
    const { store, story, announce } = this.#parts;
    const completed = (await store.reconcileLists()).filter((list) => list.justCompleted);
    for (const list of completed) tellCompleted(story, list);
    this.#completed.push(...completed.map(({ listId }) => listId));
    if (announce === undefined) return;
    this.#announcing = this.#announcing.then(() => announce(store));
    this.#announcing.catch(() => undefined); // announced() tells
  }

  /** Goes on doing so until it is told to rest. */
  begin(): void {
    this.#timer = setInterval(() => {
      if (this.#isBusy) return;
      this.#underWay = this.#reconcileBeside();
      this.#underWay.catch(() => clearInterval(this.#timer)); // rest() tells; another look would take its place
    }, this.#parts.everyMs ?? RECONCILE_EVERY_MS);
  }

  /** Ends what begin() began. Rejects with a bug that was met meanwhile. */
  async rest(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  /** Resolves when everything was announced, or has to wait. */
  async announced(): Promise<void> {
    await this.#announcing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rest();
    await this.announced();
  }

  // A database that is gone for good stops the work itself, which asks it all the time.
  async #reconcileBeside(): Promise<void> {
    this.#isBusy = true;
    try {
      await this.reconcile();
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
    } finally {
      this.#isBusy = false;
    }
  }
}

function tellCompleted(story: Story, list: ReconciledList): void {
  story.cron(sentences.listCompleted(list), { ...list });
  if (list.userId !== undefined)
    story.user(list.userId, sentences.userListCompleted(list.userId, list), { ...list });
}
