// The rows of all domains that wait for the same MX host, as one agenda: the sessions with that host take one
// transaction after the other from it, one of each domain for a packet. Remembers who is being asked about and since when;
// party.ts decides the rest.

import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Capabilities } from './capabilities.ts';
import type { Agenda, Ending, Endpoint } from './conversation.ts';
import type { Recipient, Transaction } from './transaction.ts';
import { Inquiry } from './inquiry.ts';
import type { Party, SessionPlace } from './party.ts';
import type { SessionLog } from './session-log.ts';

export interface VisitNews {
  /** A session is over because of this reply. */
  readonly refused: (observed: ReplyObservation) => void;
  /** What was told of the present session counts no more; what of it may be believed all the same is settled right after. */
  readonly disowned: () => void;
  /** Everybody has been asked, and is left with an answer if the session ends well. */
  readonly parting: () => void;
  /** A session ended as it should: somebody was answered as a mailbox, and the leave was ours. */
  readonly sessionOver: () => void;
}

/** Sessions that a host ended of which the log is kept for whoever was never asked about. */
const MAX_FAILURES = 3;

export class HostVisit implements Agenda {
  readonly #parties: readonly Party[];
  readonly #signal: AbortSignal;
  readonly #news: VisitNews;
  /** Who is asked about in the present packet, and for whom. */
  readonly #asked = new Map<Recipient, Party>();
  /** Those whose transaction is in it. */
  readonly #asking = new Set<Party>();
  /** Those who were asked about in the present session. */
  readonly #attending = new Set<Party>();
  #session: SessionPlace | undefined;
  readonly #failures: SessionLog[] = [];
  /** When the work on whoever is asked next began: dialling counts for the session's first transaction. */
  #since = performance.now();

  constructor(parties: readonly Party[], signal: AbortSignal, news: VisitNews) {
    this.#parties = parties;
    this.#signal = signal;
    this.#news = news;
  }

  /** True while somebody is to be asked about here, and may be. */
  get hasWork(): boolean {
    return !this.#signal.aborted && this.#parties.some((party) => party.hasWork);
  }

  /** What was said in the sessions that the host ended; the latest. */
  get failures(): readonly SessionLog[] {
    return this.#failures;
  }

  sessionBegins(endpoint: Endpoint, log: SessionLog): void {
    this.#session = { ...endpoint, log, isFresh: true };
    this.#since = performance.now();
  }

  packetOver(): void {
    for (const party of this.#asking) party.transactionOver();
    this.#asking.clear();
    this.#asked.clear();
  }

  nextTransaction(room: number, offers: Capabilities): Transaction | undefined {
    if (this.#session === undefined) throw new Error('a transaction without a session');
    const at = this.#session;
    const suspecting = at.isFresh ? this.#parties.find(({ awaitsSession }) => awaitsSession) : undefined;
    for (const party of suspecting === undefined ? this.#parties : [suspecting]) {
      if (this.#asking.has(party)) continue; // whom it asks about next depends on the answers
      const transaction = party.nextTransaction(room, offers, at, this.#signal.aborted);
      if (transaction === undefined) continue;
      this.#session = { ...at, isFresh: false };
      this.#asking.add(party);
      this.#attending.add(party);
      const { recipients, control } = transaction;
      for (const recipient of recipients) {
        this.#asked.set(recipient, party);
        (recipient as Inquiry).begin(this.#since);
      }
      if (control !== undefined) this.#asked.set(control, party);
      this.#since = performance.now();
      return transaction;
    }
    return undefined;
  }

  answered(recipient: Recipient, observed: ReplyObservation): void {
    if (recipient instanceof Inquiry) recipient.answered(performance.now());
    this.#partyOf(recipient).answered(recipient, observed);
  }

  putOff(recipient: Recipient, observed: ReplyObservation): void {
    this.#partyOf(recipient).putOff(recipient, observed);
  }

  caughtUp(): void {
    for (const party of this.#asking) party.tellHeard();
  }

  refused(observed: ReplyObservation): void {
    this.#news.refused(observed);
  }

  leaving(): void {
    if (this.#parties.every((party) => party.isDone)) this.#news.parting();
  }

  sessionEnded({ awaited, observed, doubt }: Ending): void {
    let isWorthWhile = false;
    if (doubt !== undefined) this.#news.disowned();
    if (doubt === 'packet') for (const party of this.#asking) party.disownTransaction();
    for (const party of this.#attending) {
      if (doubt === 'session') party.disownSession();
      isWorthWhile = party.sessionOver() || isWorthWhile;
    }
    this.#attending.clear();
    if (awaited !== undefined && observed !== undefined && doubt === undefined)
      this.#partyOf(awaited).sessionDied(awaited, observed);
    this.packetOver();
    if (observed === undefined && isWorthWhile) this.#news.sessionOver();
    if (observed === undefined || this.#session === undefined) return;
    this.#failures.push(this.#session.log);
    if (this.#failures.length > MAX_FAILURES) this.#failures.shift();
  }

  /** The host is given up for this reason; `failures` tell what was said. */
  hostFailed(observed: Observation, failures: readonly SessionLog[]): void {
    for (const party of this.#parties) party.hostFailed(observed, failures);
  }

  /** Nobody is asked here any more. */
  over(): void {
    for (const party of this.#parties) party.giveUpControl();
  }

  #partyOf(recipient: Recipient): Party {
    const party = this.#asked.get(recipient);
    if (party === undefined) throw new Error('an answer for somebody who was not asked about');
    return party;
  }
}
