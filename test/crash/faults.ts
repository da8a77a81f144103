// Carries out what chaos.ts plans, and keeps the record of it. Owns what a fault leaves to be mended: a database to be
// started again, processes to be let go on.

import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { MariaDb } from '../support/mariadb.ts';
import { kindOf, type Fault, type ProcessFault } from './chaos.ts';
import type { Server } from './servers.ts';

export interface DoneFault {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  /** Undefined for the database. */
  readonly server: Server | undefined;
  readonly victim: string;
}

/** Of a server's orchestrators most find at once that another one runs. It is that one that is hit, mostly. */
const BYSTANDER_SHARE = 0.15;

export class Faults {
  readonly done: DoneFault[] = [];
  readonly #servers: readonly Server[];
  readonly #database: MariaDb;
  readonly #logFile: string;
  readonly #mending: Promise<void>[] = [];
  #isDatabaseUp = true;

  constructor(servers: readonly Server[], database: MariaDb, logFile: string) {
    this.#servers = servers;
    this.#database = database;
    this.#logFile = logFile;
  }

  /** Does it; false when it has no victim now. */
  inflict(fault: Fault): boolean {
    if (fault.type === 'outage') {
      if (!this.#isDatabaseUp) return false;
      this.#note(fault, undefined, 'MariaDB');
      this.#mend(this.#outage(fault.outageMs));
      return true;
    }
    const server = this.#servers[fault.server]!;
    if (fault.type === 'freeze') {
      this.#note(fault, server, server.name);
      this.#mend(server.freeze(fault.pauseMs));
      return true;
    }
    const victim = victimOf(fault, server);
    if (victim === undefined) return false;
    this.#note(fault, server, `${server.name} ${victim}`);
    if (fault.type === 'kill') server.signal([victim], fault.signal);
    else this.#mend(server.pause(victim, fault.pauseMs));
    return true;
  }

  /** Resolves when everything that was broken is mended; rejects when it cannot be. */
  async mended(): Promise<void> {
    await Promise.all(this.#mending);
  }

  async #outage(lengthMs: number): Promise<void> {
    this.#isDatabaseUp = false;
    this.#database.kill();
    await pause(lengthMs);
    await this.#database.restart();
    this.#isDatabaseUp = true;
  }

  #note(fault: Fault, server: Server | undefined, victim: string): void {
    const done = { at: Date.now(), kind: kindOf(fault), server, victim };
    this.done.push(done);
    appendFileSync(this.#logFile, `${new Date(done.at).toISOString()} ${done.kind}: ${victim}\n`);
  }

  #mend(work: Promise<void>): void {
    work.catch(() => undefined); // mended() tells
    this.#mending.push(work);
  }
}

function victimOf({ whom, pick }: ProcessFault, server: Server): number | undefined {
  const candidates = server.pids(whom);
  const holder = whom === 'orchestrator' ? server.lockHolder() : undefined;
  if (holder !== undefined && candidates.includes(holder) && pick >= BYSTANDER_SHARE) return holder;
  return candidates[Math.floor(pick * candidates.length)];
}
