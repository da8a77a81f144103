// A user in a simulation of scheduling: its list, and where each of its rows is.

import type { ProbeRow } from '../../src/domain/row.ts';
import { SliceQueue } from '../../src/pool/slice-queue.ts';

export interface SimulatedUser {
  readonly userId: number;
  readonly rows: number;
  /** Second of its import; 0 when not given. */
  readonly arrivesAt?: number;
  /** The destination of its nth row. */
  readonly destination: (index: number) => string;
}

export class Candidate {
  readonly user: SimulatedUser;
  readonly queue = new SliceQueue();
  state: 'away' | 'served' | 'leaves' = 'away';
  workers = 0;
  servedSince = 0;
  lastServed: number | undefined;
  claimed = 0;
  deferred: { readonly row: ProbeRow; readonly at: number }[] = [];
  released: ProbeRow[] = [];
  inFlight = 0;
  answered = 0;
  firstAt: number | undefined;
  lastAt: number | undefined;
  starvedFor = 0;
  mostSlots = 0;

  constructor(user: SimulatedUser) {
    this.user = user;
  }

  due(now: number): number {
    if (now < (this.user.arrivesAt ?? 0)) return 0;
    const ready = this.deferred.filter(({ at }) => at <= now).length;
    return this.user.rows - this.claimed + ready + this.released.length;
  }

  claim(limit: number, now: number): ProbeRow[] {
    const rows = this.released.splice(0, limit);
    this.deferred = this.deferred.filter(({ row, at }) => {
      if (at > now || rows.length >= limit) return true;
      rows.push(row);
      return false;
    });
    while (rows.length < limit && this.claimed < this.user.rows) rows.push(this.#row(this.claimed++));
    return rows;
  }

  #row(index: number): ProbeRow {
    const domain = this.user.destination(index);
    return {
      id: this.user.userId * 100_000_000 + index,
      listId: this.user.userId,
      email: `${index}@${domain}`,
      attempts: 0,
      throttles: 0,
      token: '',
      target: { type: 'mailbox', address: { local: `${index}`, domain } },
    };
  }
}
