// Carries out what chaos.ts plans, and keeps the record of it. Owns what a fault leaves to be mended: a database to be
// started again, processes to be let go on.

import { waitFor } from '../support/wait-for.ts';
import type { MariaDb } from '../support/mariadb.ts';
import { kindOf, type Fault } from './chaos.ts';
import type { Server } from './servers.ts';

/** Longer than any cycle tries to reach its database. */
const GIVE_UP_WITHIN_MS = 120_000;

export interface DoneFault {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  readonly victim: string;
}

export class Faults {
  readonly done: DoneFault[] = [];
  readonly #servers: readonly Server[];
  readonly #database: MariaDb;
  readonly #mending: Promise<void>[] = [];
  #isDatabaseUp = true;

  constructor(servers: readonly Server[], database: MariaDb) {
    this.#servers = servers;
    this.#database = database;
  }

  get isDatabaseUp(): boolean {
    return this.#isDatabaseUp;
  }

  /** Does it; false when it has no victim now. */
  inflict(fault: Fault): boolean {
    if (fault.type === 'outage') {
      if (!this.#isDatabaseUp) return false;
      this.#note(fault, 'MariaDB');
      this.#mend(this.#outage(fault.outageMs));
      return true;
    }
    const server = this.#servers[fault.server]!;
    if (fault.type === 'pause' && fault.whom === 'server') {
      if (server.pids().length === 0) return false;
      this.#note(fault, server.name);
      this.#mend(server.pause([], fault.pauseMs));
      return true;
    }
    const role = fault.whom === 'worker' ? 'worker' : 'orchestrator';
    const candidates = server.pids(role);
    const victim = candidates[Math.floor(fault.pick * candidates.length)];
    if (victim === undefined) return false;
    this.#note(fault, `${server.name} ${victim}`);
    if (fault.type === 'kill') server.signal([victim], fault.signal);
    else this.#mend(server.pause([victim], fault.pauseMs));
    return true;
  }

  /** Resolves when everything that was broken is mended; rejects when it cannot be. */
  async mended(): Promise<void> {
    await Promise.all(this.#mending);
  }

  async #outage(length: number | 'until cycles give up'): Promise<void> {
    this.#isDatabaseUp = false;
    const cycles = this.#servers.map((server) => ({ server, pids: server.pids('orchestrator') }));
    this.#database.kill();
    if (length === 'until cycles give up') {
      const haveGivenUp = () =>
        cycles.every(({ server, pids }) => {
          const alive = server.pids('orchestrator');
          return pids.every((pid) => !alive.includes(pid));
        });
      await waitFor(haveGivenUp, 'the cycles gave the database up', GIVE_UP_WITHIN_MS);
    } else {
      await new Promise((over) => setTimeout(over, length));
    }
    await this.#database.restart();
    this.#isDatabaseUp = true;
  }

  #note(fault: Fault, victim: string): void {
    this.done.push({ at: Date.now(), kind: kindOf(fault), victim });
  }

  #mend(work: Promise<void>): void {
    work.catch(() => undefined); // mended() tells
    this.#mending.push(work);
  }
}
