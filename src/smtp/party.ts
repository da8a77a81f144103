// The rows of one domain at one of its mail hosts: who is asked next, which answers settle a row, when the control
// recipient is asked, who goes on to the next host. Plain bookkeeping: no socket, no clock of its own, no DNS.
//
// Every row is at any time in exactly one place: pending, asked (its RCPT is on the wire), held (settled but for the
// control recipient's answer), onward (for the next host), or handed to `settle`.

import { formatAddress, needsSmtpUtf8 } from '../domain/address.ts';
import type { Finding } from '../domain/finding.ts';
import type { Observation, ReplyObservation } from '../domain/observation.ts';
import { providerOf } from '../domain/providers.ts';
import type { Capabilities } from './capabilities.ts';
import type { Endpoint } from './conversation.ts';
import type { Recipient, Transaction } from './transaction.ts';
import type { Inquiry } from './inquiry.ts';
import type { SessionLog } from './session-log.ts';
import { Suspicion } from './suspicion.ts';
import { isAccepting, weighAnswer } from './weigh-answer.ts';

/** With whom a session is, and what was said in it. */
export interface SessionPlace extends Endpoint {
  readonly log: SessionLog;
  /** Nobody was asked about in it yet. */
  readonly isFresh: boolean;
}

export interface PartyContext {
  readonly ehloName: string;
  readonly mailFrom: string;
  /** Takes a settled row, with what the control recipient taught of the same host. */
  readonly settle: (inquiry: Inquiry, finding: Finding, control: Observation | undefined) => void;
}

/** A row whose reply was awaited when this many sessions died lets the others pass: it may be what kills them. */
const MAX_DEATHS = 2;
/** Hosts of a domain that may put a row off before it is left for another day. */
const MAX_EVASIONS = 2;

export class Party {
  readonly #context: PartyContext;
  readonly #hostRank: number;
  readonly #isLastHost: boolean;
  readonly #control: Recipient | undefined;
  #controlObserved: Observation | undefined;
  #controlDeaths = 0;
  /** Undefined where nobody is suspected: a single row, a known provider, no control recipient. */
  readonly #suspicion: Suspicion | undefined;
  #isAskingAgain = false;

  #pending: Inquiry[];
  #asked: Inquiry[] = [];
  #held: { readonly inquiry: Inquiry; readonly finding: Finding }[] = [];
  readonly #onward: Inquiry[] = [];
  /**
   * A packet of several commands is on the wire: until it is answered whole nobody is handed on, since a reply too many
   * puts all of its answers in doubt.
   */
  #isPacketOpen = false;
  /** The control recipient is in the packet. */
  #isControlSent = false;
  #heldBefore = 0; // the present transaction
  #controlBefore: Observation | undefined;
  // A reset takes answers with it that were sent before. After a session that died with the control recipient in the
  // packet, it is asked about last and alone.
  #isControlApart = false;

  /** `control` is undefined when what it would tell is known already. */
  constructor(
    inquiries: readonly Inquiry[],
    place: { readonly hostRank: number; readonly isLastHost: boolean; readonly isKnownProvider: boolean },
    control: Recipient | undefined,
    context: PartyContext,
  ) {
    this.#pending = [...inquiries];
    this.#hostRank = place.hostRank;
    this.#isLastHost = place.isLastHost;
    this.#control = control;
    const mayBeTrap = control !== undefined && inquiries.length > 1 && !place.isKnownProvider;
    this.#suspicion = mayBeTrap ? new Suspicion() : undefined;
    this.#context = context;
  }

  /** Rows that this host did not settle and the next one may. */
  get onward(): readonly Inquiry[] {
    return this.#onward;
  }

  /** Rows whose turn has not come. */
  get pending(): readonly Inquiry[] {
    return this.#pending;
  }

  /** The control recipient is to be asked again, before anybody else in a session. */
  get awaitsSession(): boolean {
    return this.#suspicion?.askAgain === 'session-first';
  }

  get hasWork(): boolean {
    return this.#pending.length > 0 || this.#held.length > 0;
  }

  /**
   * Gives the next transaction of at most `room` recipients, or undefined when there is nobody to ask. The control
   * recipient takes part until it has answered; where there is room for one only, it waits until somebody
   * was accepted. While draining, nobody new is asked, and only a control recipient that rows are held for.
   */
  nextTransaction(
    room: number,
    offers: Capabilities,
    at: SessionPlace,
    isDraining: boolean,
  ): Transaction | undefined {
    if (!offers.smtpUtf8 && !isDraining) this.#settleUnaskable(at);
    this.#isAskingAgain =
      this.#wantsControl && (this.#suspicion?.askAgain === 'now' || (at.isFresh && this.awaitsSession));
    const control = this.#isAskingAgain || this.#mayAskControl(room) ? this.#control : undefined;
    const places = isDraining || this.#isAskingAgain ? 0 : control === undefined ? room : room - 1;
    this.#asked = this.#pending.splice(0, places);
    this.#suspicion?.transactionBegins(this.#asked[0], at.isFresh);
    if (this.#asked.length === 0 && (control === undefined || this.#held.length === 0)) return undefined;

    for (const inquiry of this.#asked) inquiry.transcript.join(at.log);
    if (control !== undefined) for (const { inquiry } of this.#held) inquiry.transcript.join(at.log);
    this.#isPacketOpen = offers.pipelining;
    this.#isControlSent = control !== undefined && offers.pipelining;
    this.#heldBefore = this.#held.length;
    this.#controlBefore = this.#controlObserved;
    return { recipients: [...this.#asked], control };
  }

  answered(recipient: Recipient, observed: ReplyObservation): void {
    if (recipient === this.#control) {
      this.#controlObserved = observed;
      if (this.#isAskingAgain) this.#suspicion?.lookedInto();
      else this.#suspicion?.controlAnswered(observed.reply.code);
      this.#release();
      return;
    }
    const inquiry = this.#takeAsked(recipient);
    if (isAccepting(observed)) this.#suspicion?.accepted(inquiry);
    const identity = {
      recipient: formatAddress(inquiry.address),
      sender: this.#context.mailFrom,
      ehloName: this.#context.ehloName,
      provider: observed.host === undefined ? undefined : providerOf(observed.host)?.name,
    };
    const weight = weighAnswer(observed, identity);
    if (weight === 'settles') this.#conclude(inquiry, observed);
    else this.#evaded(inquiry, observed, weight === 'asks-on');
  }

  /** A recipient that was one too many is asked about again, once. */
  putOff(recipient: Recipient, observed: ReplyObservation): void {
    const inquiry = this.#asked.find((asked) => asked === recipient);
    if (inquiry === undefined) return; // the control recipient: it stays wanted
    if (inquiry.wasPutOff) this.answered(recipient, observed);
    inquiry.wasPutOff = true;
  }

  /** Ends the transaction: rows not answered wait again, and nobody is held for a control that is not coming. */
  transactionOver(): void {
    this.#pending.unshift(...this.#asked);
    this.#asked = [];
    this.#isPacketOpen = false;
    this.#isControlSent = false;
    this.#release();
  }

  /** Takes back whatever was answered in the present packet: those asked about wait again. */
  disown(): void {
    const answered = this.#held.splice(this.#heldBefore);
    this.#asked.unshift(...answered.map(({ inquiry }) => inquiry));
    this.#controlObserved = this.#controlBefore;
  }

  /** Ends the transaction of a session that died of `observed` while the reply for `awaited` was due. */
  sessionDied(awaited: Recipient, observed: Observation): void {
    this.#isControlApart ||= this.#isControlSent;
    this.transactionOver();
    if (awaited === this.#control) {
      this.#controlDeaths++;
      if (!this.#wantsControl) this.#loseControl(observed);
      return;
    }
    const inquiry = this.#pending.find((pending) => pending === awaited);
    if (inquiry === undefined) return;
    inquiry.deaths++;
    inquiry.note(observed, this.#hostRank);
    if (inquiry.deaths < MAX_DEATHS) return;
    this.#pending = this.#pending.filter((pending) => pending !== inquiry);
    this.#leaveHost(inquiry);
  }

  /** Nobody is asked any more: rows that are settled but for the control recipient end without it. */
  giveUpControl(): void {
    this.#controlDeaths = MAX_DEATHS;
    // What was suspected and not looked into leaves open whether the domain accepts everybody.
    if (this.#suspicion?.askAgain !== undefined) this.#controlObserved = undefined;
    this.#suspicion?.lookedInto();
    this.#release();
  }

  /** The host is given up: rows not settled go on with what was observed of it, held ones end without the control. */
  hostFailed(observed: Observation, failures: readonly SessionLog[]): void {
    for (const inquiry of this.#pending.splice(0)) {
      for (const log of failures) inquiry.transcript.join(log);
      inquiry.note(observed, this.#hostRank);
      this.#leaveHost(inquiry);
    }
    this.#loseControl(observed);
  }

  get #wantsControl(): boolean {
    const isToBeAsked = this.#lacksControl || this.#suspicion?.askAgain !== undefined;
    return isToBeAsked && this.#controlDeaths < MAX_DEATHS;
  }

  get #lacksControl(): boolean {
    return this.#control !== undefined && this.#controlObserved === undefined;
  }

  #mayAskControl(room: number): boolean {
    if (!this.#lacksControl || this.#controlDeaths >= MAX_DEATHS) return false;
    if (this.#isControlApart) return this.#pending.length === 0 && this.#held.length > 0;
    return room > 1 || this.#held.length > 0;
  }

  #takeAsked(recipient: Recipient): Inquiry {
    const place = this.#asked.findIndex((asked) => asked === recipient);
    const [inquiry] = place < 0 ? [] : this.#asked.splice(place, 1);
    if (inquiry === undefined) throw new Error('an answer for somebody who was not asked about');
    return inquiry;
  }

  #settleUnaskable({ host, ip, log }: SessionPlace): void {
    const unaskable = this.#pending.filter(({ address }) => needsSmtpUtf8(address));
    if (unaskable.length === 0) return;
    this.#pending = this.#pending.filter(({ address }) => !needsSmtpUtf8(address));
    for (const inquiry of unaskable) {
      inquiry.transcript.join(log);
      this.#conclude(inquiry, { type: 'smtputf8-unsupported', host, ip });
    }
  }

  #evaded(inquiry: Inquiry, observed: ReplyObservation, mayAskOn: boolean): void {
    inquiry.note(observed, this.#hostRank);
    inquiry.evasions++;
    if (mayAskOn && inquiry.evasions < MAX_EVASIONS) this.#leaveHost(inquiry);
    else this.#conclude(inquiry, inquiry.evidence ?? observed);
  }

  #leaveHost(inquiry: Inquiry): void {
    if (!this.#isLastHost) this.#onward.push(inquiry);
    else if (inquiry.evidence !== undefined) this.#conclude(inquiry, inquiry.evidence);
  }

  #conclude(inquiry: Inquiry, finding: Finding): void {
    this.#held.push({ inquiry, finding });
    this.#release();
  }

  /** Hands on whoever is not waiting for the control recipient. */
  #release(): void {
    if (this.#isPacketOpen) return;
    const isWaiting = ({ finding }: { readonly finding: Finding }): boolean =>
      this.#wantsControl && finding.type === 'reply' && isAccepting(finding);
    const released = this.#held.filter((held) => !isWaiting(held));
    this.#held = this.#held.filter(isWaiting);
    for (const { inquiry, finding } of released)
      this.#context.settle(inquiry, finding, this.#controlObserved);
  }

  // Only a reply to its own RCPT, or the lack of one, is an answer of the control recipient: what a host
  // says of us at another stage is none.
  #loseControl(observed: Observation): void {
    if (observed.type === 'failure' && (this.#lacksControl || this.#suspicion?.askAgain !== undefined)) {
      this.#controlObserved = observed;
      this.#suspicion?.lookedInto();
    }
    this.giveUpControl();
  }
}
