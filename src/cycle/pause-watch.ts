// Makes a cycle that runs heed what is paused meanwhile: by the next look nothing of it is started any more, what waits is
// given back, and what is in flight ends. What is claimed is the store's business, which heeds pauses by itself.

import { type Held, NOTHING_HELD, type Pause, heldBy, subjectName } from '../domain/pause.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { IsHeld } from '../pool/slice-queue.ts';
import type { Store } from '../store/store.ts';
import type { StopCause } from './stop-cause.ts';
import { sentences, type Story } from './story.ts';

/** A destination is known only once a row was claimed and its domain looked up: so often that is tried again. */
const PUT_OFF_SECONDS = 300;

export interface PauseWatchParts {
  readonly store: Pick<Store, 'pauses'>;
  readonly server: string;
  readonly story: Pick<Story, 'cron'>;
  readonly now: () => number;
  /** Starts nothing of the rows that are held; they come to takeBack(). */
  hold(isHeld: IsHeld | undefined): void;
  /** Gives up the user's place, and what of its rows waits. */
  dismiss(userId: number, why: string): void;
  /** Takes rows that are due again at once, or later. */
  giveBack(rows: readonly ProbeRow[], dueInSeconds: number): void;
  stop(cause: StopCause): void;
}

export class PauseWatch {
  readonly #parts: PauseWatchParts;
  #known = new Map<string, Pause>();
  #held: Held = NOTHING_HELD;

  constructor(parts: PauseWatchParts) {
    this.#parts = parts;
  }

  /** Reads what is paused, and heeds it. */
  async look(): Promise<void> {
    const { store, server, hold, stop } = this.#parts;
    const pauses = await store.pauses();
    const own = pauses.find(({ kind, name }) => kind === 'server' && name === server);
    if (own !== undefined) return stop({ kind: 'paused', sentence: sentences.serverPaused(own) });

    const before = this.#known;
    this.#known = new Map(
      pauses.filter(({ kind }) => kind !== 'server').map((pause) => [subjectName(pause), pause]),
    );
    this.#held = heldBy([...this.#known.values()]);
    this.#tell(before);
    for (const userId of this.#held.users) this.#parts.dismiss(userId, 'it is paused');
    if (this.#known.size + before.size > 0) hold(this.#known.size === 0 ? undefined : this.#isHeld);
  }

  /** Gives back rows that are held. Those of a list or user nobody claims; those of a destination would come at once. */
  takeBack(userId: number, rows: readonly ProbeRow[]): void {
    const isUnclaimable = (row: ProbeRow): boolean => this.#isHeld(userId, row, undefined);
    this.#parts.giveBack(rows.filter(isUnclaimable), 0);
    this.#parts.giveBack(
      rows.filter((row) => !isUnclaimable(row)),
      this.#putOffSeconds,
    );
  }

  readonly #isHeld: IsHeld = (userId, { listId }, destination) => {
    const { users, lists, destinations } = this.#held;
    return (
      users.has(userId) ||
      (listId !== undefined && lists.has(listId)) ||
      (destination !== undefined && destinations.has(destination))
    );
  };

  /** Until the first pause of a destination is over, as far as that is soon. */
  get #putOffSeconds(): number {
    const ends = [...this.#known.values()].flatMap(({ kind, until }) =>
      kind === 'provider' && until !== undefined ? [until - this.#parts.now() / 1000] : [],
    );
    return Math.max(Math.ceil(Math.min(PUT_OFF_SECONDS, ...ends)), 1);
  }

  #tell(before: ReadonlyMap<string, Pause>): void {
    const { story } = this.#parts;
    for (const [name, pause] of this.#known) {
      if (!before.has(name)) story.cron(sentences.paused(pause), { ...pause });
    }
    for (const [name, pause] of before) {
      if (!this.#known.has(name)) story.cron(sentences.resumed(pause), { ...pause });
    }
  }
}
