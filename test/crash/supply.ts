// Keeps our servers in work: imports a further list whenever little is pending, as users come with lists at any time.
// Goes on beside whatever else happens, the database's deaths included.

import { setTimeout as pause } from 'node:timers/promises';
import type { World } from '../support/internet/world.ts';
import type { Crm } from './crm.ts';
import { importedRows } from './crash-world.ts';
import type { ImportedRow } from './judge-probes.ts';

const LOOK_EVERY_MS = 500;

export class Supply {
  readonly #crm: Crm;
  readonly #lists: World['lists'];
  readonly #rows: readonly ImportedRow[];
  readonly #leastPending: number;
  #lastList = 0;
  #pending = 0;
  #isOver = false;
  #work: Promise<void> = Promise.resolve();

  constructor(crm: Crm, world: Pick<World, 'lists'>, leastPending: number) {
    this.#crm = crm;
    this.#lists = world.lists;
    this.#rows = importedRows(world);
    this.#leastPending = leastPending;
  }

  /** All lists are imported, and all of their rows are decided. */
  get isUsedUp(): boolean {
    return this.#lastList === this.#lists.length && this.#pending === 0;
  }

  /** The rows of the lists that were imported so far. */
  get imported(): readonly ImportedRow[] {
    return this.#rows.filter(({ listId }) => listId <= this.#lastList);
  }

  /** Imports the first lists, and begins to look after the others. */
  async start(): Promise<void> {
    await this.#topUp();
    this.#work = this.#lookAfter();
    this.#work.catch(() => undefined); // stop() tells
  }

  /** Imports no further list. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async #lookAfter(): Promise<void> {
    while (!this.#isOver) {
      await this.#topUp();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #topUp(): Promise<void> {
    this.#pending = await this.#crm.pending();
    while (this.#pending < this.#leastPending && this.#lastList < this.#lists.length) {
      await this.#importNext();
      this.#pending = await this.#crm.pending();
    }
  }

  async #importNext(): Promise<void> {
    const listId = this.#lastList + 1;
    const rows = this.#rows.filter((row) => row.listId === listId);
    await this.#crm.importList(listId, this.#lists[this.#lastList]!.userId, rows);
    this.#lastList = listId;
  }
}
