// The rows of all domains that wait for the same MX host, as one agenda: the sessions with that host take one
// transaction after the other from it. Remembers who is being asked about and since when; party.ts decides the rest.

import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Capabilities } from './capabilities.ts';
import type { Agenda, Ending, Endpoint } from './conversation.ts';
import type { Recipient, Transaction } from './transaction.ts';
import type { Inquiry } from './inquiry.ts';
import type { Party } from './party.ts';

export class HostVisit implements Agenda {
  readonly #parties: readonly Party[];
  readonly #signal: AbortSignal;
  #asking: Party | undefined;
  #endpoint: Endpoint = { host: '', ip: '' };
  /** When the work on whoever is asked next began: dialling counts for the session's first transaction. */
  #since = performance.now();

  constructor(parties: readonly Party[], signal: AbortSignal) {
    this.#parties = parties;
    this.#signal = signal;
  }

  /** True while somebody is to be asked about here, and may be. */
  get hasWork(): boolean {
    return !this.#signal.aborted && this.#parties.some((party) => party.hasWork);
  }

  sessionBegins(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#since = performance.now();
  }

  nextTransaction(room: number, offers: Capabilities): Transaction | undefined {
    this.#asking?.transactionOver();
    for (const party of this.#parties) {
      const transaction = party.nextTransaction(room, offers, this.#endpoint, this.#signal.aborted);
      if (transaction === undefined) continue;
      this.#asking = party;
      for (const recipient of transaction.recipients) (recipient as Inquiry).begin(this.#since);
      this.#since = performance.now();
      return transaction;
    }
    return undefined;
  }

  answered(recipient: Recipient, observed: ReplyObservation): void {
    this.#asking?.answered(recipient, observed);
  }

  putOff(recipient: Recipient, observed: ReplyObservation): void {
    this.#asking?.putOff(recipient, observed);
  }

  sessionEnded({ awaited, observed }: Ending): void {
    if (awaited !== undefined && observed !== undefined) this.#asking?.sessionDied(awaited, observed);
    else this.#asking?.transactionOver();
    this.#asking = undefined;
  }

  /** The host is given up for this reason. */
  hostFailed(observed: Observation): void {
    for (const party of this.#parties) party.hostFailed(observed);
  }

  /** Nobody is asked here any more. */
  over(): void {
    for (const party of this.#parties) party.giveUpControl();
  }
}
