// What a party knows of its control recipient: whether it is still to be asked about, how, and what came of it.
// Its name is control-recipient.ts; when the host is suspected of going by position, suspicion.ts.

import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Inquiry } from './inquiry.ts';
import type { Suspicion } from './suspicion.ts';
import type { Recipient } from './transaction.ts';

/** What was known at a time. */
export interface ControlMark {
  readonly observed: Observation | undefined;
  readonly suspicion: Suspicion | undefined;
}

/** It is given up when this many sessions died while its reply was awaited: it may be what kills them. */
const MAX_DEATHS = 2;

export class ControlQuestion {
  readonly #recipient: Recipient | undefined;
  /** Undefined where nobody is suspected. */
  #suspicion: Suspicion | undefined;
  #observed: Observation | undefined;
  #deaths = 0;
  #isAskingAgain = false;
  /** It is in the packet. */
  #isSent = false;
  // A reset takes answers with it that were sent before. After a session that died with the control recipient in the
  // packet, it is asked about last and alone.
  #isApart = false;

  /** `recipient` is undefined when what it would tell is known already. */
  constructor(recipient: Recipient | undefined, suspicion: Suspicion | undefined) {
    this.#recipient = recipient;
    this.#suspicion = suspicion;
  }

  /** What the host said to it, or the failure that lost the answer. */
  get observed(): Observation | undefined {
    return this.#observed;
  }

  get isWanted(): boolean {
    return (this.#isLacking || this.#isSuspect) && this.#deaths < MAX_DEATHS;
  }

  /** It is to be asked again, before anybody else in a session. */
  get awaitsSession(): boolean {
    return this.#suspicion?.askAgain === 'session-first';
  }

  /** True in a transaction in which it is asked again, and nobody beside it. */
  get isAskedAlone(): boolean {
    return this.#isAskingAgain;
  }

  is(recipient: Recipient): boolean {
    return recipient === this.#recipient;
  }

  /**
   * Gives the recipient if it takes part in the next transaction, which has `room` for so many. `isAwaited`: somebody was
   * accepted and waits for it; `isLast`: nobody else is left to be asked about.
   */
  take(
    room: number,
    isFreshSession: boolean,
    { isAwaited, isLast }: { readonly isAwaited: boolean; readonly isLast: boolean },
  ): Recipient | undefined {
    const isDueAgain = this.#suspicion?.askAgain === 'now' || (isFreshSession && this.awaitsSession);
    this.#isAskingAgain = this.isWanted && isDueAgain;
    if (this.#isAskingAgain) return this.#recipient;
    if (!this.#isLacking || this.#deaths >= MAX_DEATHS) return undefined;
    const isDue = this.#isApart ? isLast && isAwaited : room > 1 || isAwaited;
    return isDue ? this.#recipient : undefined;
  }

  transactionBegins(first: Inquiry | undefined, isFirstOfSession: boolean): void {
    this.#suspicion?.transactionBegins(first, isFirstOfSession);
  }

  /** Notes whether a packet that it is part of goes out. */
  sent(isInPacket: boolean): void {
    this.#isSent = isInPacket;
  }

  /** Somebody real was accepted beside it. */
  accepted(inquiry: Inquiry): void {
    this.#suspicion?.accepted(inquiry);
  }

  answered(observed: ReplyObservation): void {
    this.#observed = observed;
    if (this.#isAskingAgain) this.#suspicion?.lookedInto();
    else this.#suspicion?.controlAnswered(observed.reply.code);
  }

  /** A session died that it may have been asked about in; gives true when it will not be asked any more because of that. */
  sessionDied(isItsReplyAwaited: boolean): boolean {
    this.#isApart ||= this.#isSent;
    if (isItsReplyAwaited) this.#deaths++;
    return isItsReplyAwaited && !this.isWanted;
  }

  // Only a reply to its own RCPT, or the lack of one, is an answer of the control recipient: what a host
  // says of us at another stage is none.
  lose(observed: Observation): void {
    if (observed.type === 'failure' && (this.#isLacking || this.#isSuspect)) {
      this.#observed = observed;
      this.#suspicion?.lookedInto();
    }
    this.giveUp();
  }

  /** It is not asked any more. */
  giveUp(): void {
    this.#deaths = MAX_DEATHS;
    // What was suspected and not looked into leaves open whether the domain accepts everybody.
    if (this.#isSuspect) this.#observed = undefined;
    this.#suspicion?.lookedInto();
  }

  mark(): ControlMark {
    return { observed: this.#observed, suspicion: this.#suspicion?.copy() };
  }

  goBackTo({ observed, suspicion }: ControlMark): void {
    this.#observed = observed;
    this.#suspicion = suspicion;
  }

  get #isLacking(): boolean {
    return this.#recipient !== undefined && this.#observed === undefined;
  }

  get #isSuspect(): boolean {
    return this.#suspicion?.askAgain !== undefined;
  }
}
