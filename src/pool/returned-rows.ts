// What becomes of rows that come back from workers: they go to the front of their user's queue, or, when the pool takes
// no work any more, the user's turn is over or they are held, to whoever the pool works for.
// Whether the pool takes work is its own word; which rows may not go out again is crash-ledger.ts's.

import type { ProbeRow } from '../domain/row.ts';
import type { Slice, SliceWork } from '../worker/messages.ts';
import type { CrashLedger } from './crash-ledger.ts';
import type { Leftover } from './engagement.ts';
import type { PoolListener } from './pool-contract.ts';
import type { Roster } from './roster.ts';
import { cutInParts, type IsHeld } from './slice-queue.ts';

export interface ReturnedRowsParts {
  readonly roster: Roster;
  readonly crashes: CrashLedger;
  readonly listener: Pick<PoolListener, 'onResults' | 'onRowsReturned' | 'onRowsHeld'>;
  /** True while rows may go out again. */
  readonly takesWork: () => boolean;
}

export class ReturnedRows {
  readonly #parts: ReturnedRowsParts;
  #isHeld: IsHeld | undefined;

  constructor(parts: ReturnedRowsParts) {
    this.#parts = parts;
  }

  /** Where rows of this user go when they come back. */
  wayOf(userId: number): 'to the queue' | 'to the database' {
    const goesBack = !this.#parts.takesWork() || this.#parts.roster.of(userId).isReleased;
    return goesBack ? 'to the database' : 'to the queue';
  }

  /** Takes rows that a worker had not begun. */
  requeue(userId: number, slices: readonly Slice[]): void {
    const { roster, crashes } = this.#parts;
    for (const slice of slices.toReversed())
      roster.of(userId).queue.addFirst([slice], crashes.suspects(slice));
    this.settle(userId);
  }

  /** Takes rows that a worker has handed on, in parts for several others. */
  spread(userId: number, left: readonly Leftover[], parts: number): void {
    const slices = left.flatMap(({ slice }) =>
      slice === undefined ? [] : cutInParts(slice, Math.max(parts, 1)),
    );
    this.requeue(userId, slices);
  }

  /** Takes rows that go on to other destinations. */
  sendOn(userId: number, { slice }: Leftover): void {
    if (slice === undefined) return;
    const { roster, crashes } = this.#parts;
    if (crashes.suspects(slice)) return this.requeue(userId, [slice]);
    roster.of(userId).queue.join(slice);
    this.settle(userId);
  }

  /** Takes rows that a worker may have had in flight when it died. */
  rescue(userId: number, left: readonly Leftover[]): void {
    const slices = left.flatMap(({ slice }) => slice ?? []);
    if (slices.length === 0) return;
    const { roster, crashes, listener, takesWork } = this.#parts;
    if (!takesWork()) return listener.onRowsReturned(userId, rowsOf(slices));
    const { again, given: results } = crashes.judge(slices);
    roster.of(userId).queue.addFirst(again, true);
    if (results.length > 0) listener.onResults(userId, results, {});
    this.settle(userId);
  }

  /** Gives back what waits and is held, now and from now on; undefined when nothing is held any more. */
  hold(isHeld: IsHeld | undefined): void {
    this.#isHeld = isHeld;
    for (const userId of this.#parts.roster.userIds) this.settle(userId);
  }

  /** Gives back whatever waits, of all users. */
  emptyQueues(): void {
    for (const userId of this.#parts.roster.userIds) this.#emptyQueue(userId);
  }

  /** Gives back what waits of this user, and from now on whatever comes back of it. */
  release(userId: number): void {
    this.#parts.roster.of(userId).isReleased = true;
    this.#emptyQueue(userId);
  }

  /** Gives back what waits of this user and may not. */
  settle(userId: number): void {
    if (this.wayOf(userId) === 'to the database') return this.#emptyQueue(userId);
    const isHeld = this.#isHeld;
    if (isHeld === undefined) return;
    const { roster, listener } = this.#parts;
    const held = roster.of(userId).queue.takeOut((row, destination) => isHeld(userId, row, destination));
    if (held.length > 0) listener.onRowsHeld(userId, held);
  }

  #emptyQueue(userId: number): void {
    const { roster, listener } = this.#parts;
    const rows = rowsOf(roster.of(userId).queue.takeAll());
    if (rows.length > 0) listener.onRowsReturned(userId, rows);
  }
}

function rowsOf(slices: readonly SliceWork[]): readonly ProbeRow[] {
  return slices.flatMap(({ rows }) => rows);
}
