// One row on its way through the mail hosts of its domain: what was seen of it so far, and which of it counts.

import type { Address } from '../domain/address.ts';
import type { Observation } from '../domain/observation.ts';
import type { Recipient } from './transaction.ts';
import { Transcript } from './transcript.ts';
import { mostTelling } from './weigh-answer.ts';

/** A row to be asked about. */
export interface AskedRow {
  readonly key: number;
  readonly address: Address;
}

export class Inquiry implements Recipient {
  readonly key: number;
  readonly address: Address;
  readonly transcript = new Transcript();
  /** It was one recipient too many once; a second time that is its answer. */
  wasPutOff = false;
  /** Sessions with the present host that died while its reply was awaited. */
  deaths = 0;
  /** Hosts that put it off or denied the domain. */
  evasions = 0;

  #begunAt: number | undefined;
  #answeredAt: number | undefined;
  #evidence: Observation | undefined;
  #evidenceRank = 0;

  constructor({ key, address }: AskedRow) {
    this.key = key;
    this.address = address;
  }

  /** What the row ends with when no host settles it; undefined while it was never asked about. */
  get evidence(): Observation | undefined {
    return this.#evidence;
  }

  /** Notes when the work on this row began, if it had not. */
  begin(now: number): void {
    this.#begunAt ??= now;
    this.#answeredAt = undefined;
  }

  /** Notes when its reply came. */
  answered(now: number): void {
    this.#answeredAt = now;
  }

  /** Gives how long the work took, until its last reply or, where that never came, until now. */
  msUntil(now: number): number {
    return Math.round((this.#answeredAt ?? now) - (this.#begunAt ?? now));
  }

  /**
   * Keeps what the host at place `hostRank` of the preference list said or failed to say. The most
   * telling of the best host stands: what hosts further down have to say short of a definite answer changes nothing.
   */
  note(observed: Observation, hostRank: number): void {
    if (this.#evidence === undefined) this.#evidenceRank = hostRank;
    this.#evidence = this.evidenceWith(observed, hostRank);
  }

  /** Gives what `evidence` would be, were this noted. */
  evidenceWith(observed: Observation, hostRank: number): Observation {
    if (this.#evidence !== undefined && this.#evidenceRank !== hostRank) return this.#evidence;
    return mostTelling(this.#evidence, observed);
  }
}
