// Keeps our servers in work: imports a further list whenever little is pending, as users come with lists at any time.
// Goes on beside whatever else happens, the database's deaths included.

import { setTimeout as pause } from 'node:timers/promises';
import type { World } from '../support/internet/world.ts';
import type { Crm } from './crm.ts';
import type { ImportedRow } from './judge-probes.ts';

const LOOK_EVERY_MS = 500;

export class Supply {
  readonly #crm: Crm;
  readonly #world: Pick<World, 'lists'>;
  readonly #rows: readonly ImportedRow[];
  readonly #leastPending: number;
  #imported = 0;
  #pending = 0;
  #isOver = false;
  #work: Promise<void> = Promise.resolve();

  constructor(crm: Crm, world: Pick<World, 'lists'>, rows: readonly ImportedRow[], leastPending: number) {
    this.#crm = crm;
    this.#world = world;
    this.#rows = rows;
    this.#leastPending = leastPending;
  }

  /** All lists are imported, and all of their rows are decided. */
  get isUsedUp(): boolean {
    return this.#imported === this.#world.lists.length && this.#pending === 0;
  }

  /** Imports the first lists, and begins to look after the others. */
  async start(): Promise<void> {
    await this.#topUp();
    this.#work = this.#lookAfter();
    this.#work.catch(() => undefined); // importRest() tells
  }

  /** Imports what is left. */
  async importRest(): Promise<void> {
    this.#isOver = true;
    await this.#work;
    while (this.#imported < this.#world.lists.length) await this.#importNext();
  }

  async #lookAfter(): Promise<void> {
    while (!this.#isOver) {
      await this.#topUp();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #topUp(): Promise<void> {
    this.#pending = await this.#crm.pending();
    while (this.#pending < this.#leastPending && this.#imported < this.#world.lists.length) {
      await this.#importNext();
      this.#pending = await this.#crm.pending();
    }
  }

  async #importNext(): Promise<void> {
    const listId = this.#imported + 1;
    const rows = this.#rows.filter((row) => row.listId === listId);
    await this.#crm.importList(listId, this.#world.lists[this.#imported]!.userId, rows);
    this.#imported++;
  }
}
