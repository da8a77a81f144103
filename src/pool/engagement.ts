// What one worker has in hand for one user: the slices it was given, their rows without a result, and the
// destinations where it may still be connected. Bookkeeping alone; the pool moves messages, rows and budget places.
//
// Invariant: a row given is either open here, or its result was taken, or it was handed back by close() or abandon().

import type { ProbeRow } from '../domain/row.ts';
import type { Result } from '../domain/result.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Assignment, FromWorker, Onward, Slice } from '../worker/messages.ts';
import { sendOn } from '../worker/send-on.ts';
import { destinationOf, destinationsOf, pickRows, type IsHeld } from './slice-queue.ts';

export type ResultsMessage = Extract<FromWorker, { type: 'results' }>;
type HandedOn = Extract<FromWorker, { type: 'handed-on' }>['slices'][number];
type SliceDoneMessage = Extract<FromWorker, { type: 'slice-done' }>;

/** A slice as it is handed to a slot. */
export interface HandedSlice {
  readonly slice: Slice;
  /** True for rows that were with a worker when it died. */
  readonly isSuspect: boolean;
}

interface OpenSlice {
  readonly slice: Slice;
  readonly rows: Map<number, ProbeRow>;
  readonly unsettled: Set<string>;
  /** Destinations that its worker was told to leave. */
  readonly left: Set<string>;
  readonly isSuspect: boolean;
}

/** What a slice leaves behind: rows without a result, and the places it held. */
export interface Leftover {
  readonly slice: Slice | undefined;
  readonly freed: readonly string[];
}

export class Engagement {
  readonly assignment: Assignment;
  readonly #open = new Map<number, OpenSlice>();
  #given = 0;
  #reported = 0;

  constructor(assignment: Assignment) {
    this.assignment = assignment;
  }

  /** Rows given so far. */
  get given(): number {
    return this.#given;
  }

  /** Rows whose results were taken. */
  get reported(): number {
    return this.#reported;
  }

  get openRows(): number {
    return [...this.#open.values()].reduce((sum, { rows }) => sum + rows.size, 0);
  }

  /** The slices in hand, each with its open rows. */
  get openSlices(): readonly Slice[] {
    return [...this.#open.values()].map(({ slice, rows }) => pickRows(slice, [...rows.values()]));
  }

  /** True when some row of it that has no result is held. */
  hasSome(isHeld: IsHeld): boolean {
    const { userId } = this.assignment;
    return [...this.#open.values()].some(({ slice, rows }) =>
      [...rows.values()].some((row) => isHeld(userId, row, destinationOf(row, slice))),
    );
  }

  get slices(): number {
    return this.#open.size;
  }

  /** Places held at destinations. */
  get unsettled(): number {
    return [...this.#open.values()].reduce((sum, { unsettled }) => sum + unsettled.size, 0);
  }

  /** True when it holds rows that are to be alone. */
  get isSuspect(): boolean {
    return [...this.#open.values()].some(({ isSuspect }) => isSuspect);
  }

  add({ slice, isSuspect }: HandedSlice): void {
    const rows = new Map(slice.rows.map((row) => [row.id, row]));
    this.#open.set(slice.sliceId, {
      slice,
      rows,
      unsettled: destinationsOf(slice),
      left: new Set(),
      isSuspect,
    });
    this.#given += slice.rows.length;
  }

  /** Takes results over; throws IPC_MALFORMED for rows or destinations that are not in hand. */
  report(message: ResultsMessage): void {
    const open = this.#find(message.sliceId);
    for (const { id } of message.results) {
      if (!open.rows.delete(id)) throw notInHand(`a result for row ${id}`, this.assignment);
      this.#reported++;
    }
    for (const destination of message.sessions) {
      if (!open.unsettled.has(destination)) throw notInHand(`a session with ${destination}`, this.assignment);
    }
    for (const destination of message.settled) {
      if (!open.unsettled.delete(destination)) throw notInHand(`the end of ${destination}`, this.assignment);
    }
  }

  /** Closes a slice; throws IPC_MALFORMED unless each of its rows has a result or is named as not started. */
  close(message: SliceDoneMessage): Leftover {
    const { slice, rows, unsettled } = this.#find(message.sliceId);
    const unstarted = new Set(message.unstarted);
    if (unstarted.size !== rows.size || [...rows.keys()].some((id) => !unstarted.has(id))) {
      throw notInHand(`the end of slice ${message.sliceId} with other rows open than it`, this.assignment);
    }
    this.#open.delete(message.sliceId);
    return { slice: rows.size > 0 ? pickRows(slice, [...rows.values()]) : undefined, freed: [...unsettled] };
  }

  /** Takes back rows that were not begun, and their destinations; throws IPC_MALFORMED for what is not in hand. */
  handOn({ sliceId, unstarted, destinations }: HandedOn): Leftover {
    const { slice, rows, unsettled } = this.#find(sliceId);
    const back = unstarted.map((id) => {
      const row = rows.get(id);
      if (row === undefined) throw notInHand(`row ${id} as not begun`, this.assignment);
      rows.delete(id);
      return row;
    });
    for (const destination of destinations) {
      if (!unsettled.delete(destination)) throw notInHand(`the end of ${destination}`, this.assignment);
    }
    return { slice: back.length > 0 ? pickRows(slice, back) : undefined, freed: destinations };
  }

  /** Takes rows over that go on to hosts of other destinations; throws IPC_MALFORMED for what is not in hand, or goes nowhere. */
  sendOn(onward: Onward): Leftover {
    const { slice, rows, unsettled } = this.#find(onward.sliceId);
    const going = sendOn({ ...slice, rows: [...rows.values()] }, onward);
    if (going === undefined) throw notInHand('rows that go on', this.assignment);
    if (!unsettled.delete(onward.destination))
      throw notInHand(`the end of ${onward.destination}`, this.assignment);
    for (const { id } of going.rows) rows.delete(id);
    return { slice: going, freed: [onward.destination] };
  }

  /** True when the worker may still be connected to the destination, and was not told to leave it; it counts as told from then on. */
  isToLeave(destination: string): boolean {
    const staying = [...this.#open.values()].filter(
      ({ unsettled, left }) => unsettled.has(destination) && !left.has(destination),
    );
    for (const { left } of staying) left.add(destination);
    return staying.length > 0;
  }

  /** Takes back the rows of a destination from a worker that does not know of them yet. */
  withdraw(destination: string): readonly Leftover[] {
    return [...this.#open.values()]
      .filter(({ unsettled }) => unsettled.delete(destination))
      .map(({ slice, rows }) => {
        const back = [...rows.values()].filter((row) => destinationOf(row, slice) === destination);
        for (const { id } of back) rows.delete(id);
        return { slice: back.length > 0 ? pickRows(slice, back) : undefined, freed: [destination] };
      });
  }

  /** Takes results that a dead worker's journal holds beyond what it reported; gives those that were missing. */
  recover(journaled: readonly Result[]): readonly Result[] {
    return journaled.filter(({ id, token }) => {
      const open = [...this.#open.values()].find(({ rows }) => rows.get(id)?.token === token);
      if (open === undefined) return false;
      this.#reported++;
      return open.rows.delete(id);
    });
  }

  /** Gives up whatever is in hand: the worker is gone. */
  abandon(): readonly Leftover[] {
    const left = [...this.#open.values()].map(({ slice, rows, unsettled }) => ({
      slice: rows.size > 0 ? pickRows(slice, [...rows.values()]) : undefined,
      freed: [...unsettled],
    }));
    this.#open.clear();
    return left;
  }

  #find(sliceId: number): OpenSlice {
    const open = this.#open.get(sliceId);
    if (open === undefined) throw notInHand(`slice ${sliceId}`, this.assignment);
    return open;
  }
}

function notInHand(what: string, { userId, workerId }: Assignment): OperationalError {
  return new OperationalError(
    'IPC_MALFORMED',
    `worker ${workerId} of user ${userId} told of ${what}, which it does not have in hand`,
  );
}
