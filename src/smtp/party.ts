// The rows of one domain at one of its mail hosts: who is asked next, which answers settle a row, when the control
// recipient is asked, who goes on to the next host. Plain bookkeeping: no socket, no clock of its own, no DNS.
//
// Every row is at any time in exactly one place: pending, asked (its RCPT is on the wire), heard (answered in the present
// session, which may turn out to be out of step), held (settled but for the control recipient's answer), onward (for
// the next host), or handed to `settle`.

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

/** How things stood when a session or a transaction began. */
interface Mark {
  readonly heard: number;
  readonly controlObserved: Observation | undefined;
  readonly suspicion: Suspicion | undefined;
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
  #suspicion: Suspicion | undefined;
  #isAskingAgain = false;

  #pending: Inquiry[];
  #asked: Inquiry[] = [];
  /** In the order in which they were answered. Believed, with what the control recipient was answered, when the session is over. */
  #heard: { readonly inquiry: Inquiry; readonly observed: ReplyObservation }[] = [];
  #held: { readonly inquiry: Inquiry; readonly finding: Finding }[] = [];
  readonly #onward: Inquiry[] = [];
  /** The present session's beginning; undefined between sessions, and before anybody was asked about. */
  #session: Mark | undefined;
  #transaction: Mark | undefined;
  #log: SessionLog | undefined;
  /** The control recipient is in the packet. */
  #isControlSent = false;
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

  /** Somebody was accepted, and waits for what the control recipient is answered. */
  get #awaitsControl(): boolean {
    return this.#held.length > 0 || this.#heard.some(({ observed }) => isAccepting(observed));
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
    const mark = this.#mark();
    this.#suspicion?.transactionBegins(this.#asked[0], at.isFresh);
    if (this.#asked.length === 0 && (control === undefined || !this.#awaitsControl)) return undefined;

    for (const inquiry of this.#asked) inquiry.transcript.join(at.log);
    if (control !== undefined) for (const { inquiry } of this.#held) inquiry.transcript.join(at.log);
    this.#transaction = mark;
    this.#session ??= mark;
    this.#log = at.log;
    this.#isControlSent = control !== undefined && offers.pipelining;
    return { recipients: [...this.#asked], control };
  }

  answered(recipient: Recipient, observed: ReplyObservation): void {
    if (recipient === this.#control) {
      this.#controlObserved = observed;
      if (this.#isAskingAgain) this.#suspicion?.lookedInto();
      else this.#suspicion?.controlAnswered(observed.reply.code);
      for (const { inquiry } of [...this.#heard, ...this.#held]) this.#endTranscript(inquiry);
      return;
    }
    const inquiry = this.#takeAsked(recipient);
    if (isAccepting(observed)) this.#suspicion?.accepted(inquiry);
    inquiry.answered(performance.now());
    this.#endTranscript(inquiry);
    this.#heard.push({ inquiry, observed });
  }

  /** A recipient that was one too many is asked about again, once. */
  putOff(recipient: Recipient, observed: ReplyObservation): void {
    const inquiry = this.#asked.find((asked) => asked === recipient);
    if (inquiry === undefined) return; // the control recipient: it stays wanted
    if (inquiry.wasPutOff) this.answered(recipient, observed);
    inquiry.wasPutOff = true;
  }

  /** Ends the transaction: rows not answered wait again. */
  transactionOver(): void {
    this.#pending.unshift(...this.#asked);
    this.#asked = [];
  }

  /** Takes back whatever was answered in the present transaction: those asked about wait again. */
  disownTransaction(): void {
    if (this.#transaction !== undefined) this.#goBackTo(this.#transaction);
  }

  /** Takes back whatever was answered in the present session. */
  disownSession(): void {
    if (this.#session !== undefined) this.#goBackTo(this.#session);
  }

  /** Believes what was answered in the session, as far as it was not taken back. */
  sessionOver(): void {
    this.transactionOver();
    this.#session = undefined;
    this.#transaction = undefined;
    for (const { inquiry, observed } of this.#heard.splice(0)) this.#weigh(inquiry, observed);
    this.#release();
  }

  /** Draws the consequences of a session that died of `observed` while the reply for `awaited` was due, and is over. */
  sessionDied(awaited: Recipient, observed: Observation): void {
    this.#isControlApart ||= this.#isControlSent;
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
    if (this.#isControlApart) return this.#pending.length === 0 && this.#awaitsControl;
    return room > 1 || this.#awaitsControl;
  }

  #mark(): Mark {
    return {
      heard: this.#heard.length,
      controlObserved: this.#controlObserved,
      suspicion: this.#suspicion?.copy(),
    };
  }

  #goBackTo({ heard, controlObserved, suspicion }: Mark): void {
    const disowned = this.#heard.splice(heard).map(({ inquiry }) => inquiry);
    if (this.#log !== undefined) for (const { transcript } of disowned) transcript.goesOn(this.#log);
    this.#asked.unshift(...disowned);
    this.#controlObserved = controlObserved;
    this.#suspicion = suspicion;
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

  #endTranscript({ transcript }: Inquiry): void {
    if (this.#log !== undefined) transcript.endsHere(this.#log);
  }

  #weigh(inquiry: Inquiry, observed: ReplyObservation): void {
    const weight = weighAnswer(observed, {
      recipient: formatAddress(inquiry.address),
      sender: this.#context.mailFrom,
      ehloName: this.#context.ehloName,
      provider: observed.host === undefined ? undefined : providerOf(observed.host)?.name,
    });
    if (weight === 'settles') this.#conclude(inquiry, observed);
    else this.#evaded(inquiry, observed, weight === 'asks-on');
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

  /** Hands on whoever is not waiting for the control recipient: in a session nobody, since its answer may be taken back. */
  #release(): void {
    if (this.#session !== undefined) return;
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
