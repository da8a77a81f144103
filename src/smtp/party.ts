// The rows of one domain at one of its mail hosts: who is asked next, which answers settle a row, who waits for the control
// recipient (control-question.ts), who goes on to the next host. Plain bookkeeping: no socket, no clock, no DNS.
//
// Every row is at any time in exactly one place: pending, asked (its RCPT is on the wire), heard (answered in the present
// session, which may turn out to be out of step), held (settled but for the control recipient's answer), onward (for
// the next host), or handed to `settle`. What a heard row will be settled with is told before, as far as it is known: whoever
// is told must reckon with the session being disowned.

import { needsSmtpUtf8 } from '../domain/address.ts';
import type { Finding } from '../domain/finding.ts';
import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Capabilities } from './capabilities.ts';
import { ControlQuestion, type ControlMark } from './control-question.ts';
import type { Endpoint } from './conversation.ts';
import type { Complaints } from './complaints.ts';
import { hearAnswer, speaksOfMailbox, type Heard } from './hear-answer.ts';
import type { Recipient, Transaction } from './transaction.ts';
import type { Inquiry } from './inquiry.ts';
import type { SessionLog } from './session-log.ts';
import { Suspicion } from './suspicion.ts';
import { isAccepting } from './weigh-answer.ts';

/** With whom a session is, and what was said in it. */
export interface SessionPlace extends Endpoint {
  readonly log: SessionLog;
  /** Nobody was asked about in it yet. */
  readonly isFresh: boolean;
}

export interface PartyContext {
  readonly ehloName: string;
  readonly mailFrom: string;
  /** Takes rows that will be settled so, unless the present session is disowned or more comes to be known. */
  readonly heard: (rows: readonly Concluded[], control: Observation | undefined) => void;
  /** Takes a settled row, with what the control recipient taught of the same host. */
  readonly settle: (row: Concluded, control: Observation | undefined) => void;
  readonly complaints: Complaints;
}

/** A row and what it ends with. */
export interface Concluded {
  readonly inquiry: Inquiry;
  readonly finding: Finding;
}

/** How things stood when a session or a transaction began. */
interface Mark {
  readonly heard: number;
  readonly control: ControlMark;
}

/** A row whose reply was awaited when this many sessions died lets the others pass: it may be what kills them. */
const MAX_DEATHS = 2;

export class Party {
  readonly #context: PartyContext;
  readonly #hostRank: number;
  readonly #isLastHost: boolean;
  readonly #control: ControlQuestion;

  #pending: Inquiry[];
  #asked: Inquiry[] = [];
  /** In the order in which they were answered. Believed, with what the control recipient was answered, when the session is over. */
  #heard: Heard[] = [];
  #held: Concluded[] = [];
  /** Of both, those that were not told yet. */
  #untold: Concluded[] = [];
  readonly #onward: Inquiry[] = [];
  /** The present session's beginning; undefined between sessions, and before anybody was asked about. */
  #session: Mark | undefined;
  #transaction: Mark | undefined;
  #log: SessionLog | undefined;

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
    const mayBeTrap = control !== undefined && inquiries.length > 1 && !place.isKnownProvider;
    this.#control = new ControlQuestion(control, mayBeTrap ? new Suspicion() : undefined);
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
    return this.#control.awaitsSession;
  }

  get hasWork(): boolean {
    return this.#pending.length > 0 || this.#held.length > 0;
  }

  /** Nobody will be asked about any more, neither here nor elsewhere, if what was answered is believed. */
  get isDone(): boolean {
    const isLeftOpen = this.#control.isWanted && this.#awaitsControl;
    const mayGoOn = this.#heard.some(({ finding }) => finding === undefined);
    return !isLeftOpen && !mayGoOn && this.#asked.length + this.#pending.length + this.#onward.length === 0;
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
    const control = this.#control.take(room, at.isFresh, {
      isAwaited: this.#awaitsControl,
      isLast: this.#pending.length === 0,
    });
    const isClosed = isDraining || this.#control.isAskedAlone;
    this.#asked = this.#pending.splice(0, isClosed ? 0 : control === undefined ? room : room - 1);
    const mark = { heard: this.#heard.length, control: this.#control.mark() };
    this.#control.transactionBegins(this.#asked[0], at.isFresh);
    if (this.#asked.length === 0 && (control === undefined || !this.#awaitsControl)) return undefined;

    for (const inquiry of this.#asked) inquiry.transcript.join(at.log);
    if (control !== undefined) for (const { inquiry } of this.#held) inquiry.transcript.join(at.log);
    this.#transaction = mark;
    this.#session ??= mark;
    this.#log = at.log;
    this.#control.sent(control !== undefined && offers.pipelining);
    return { recipients: [...this.#asked], control };
  }

  answered(recipient: Recipient, observed: ReplyObservation): void {
    if (this.#control.is(recipient)) {
      this.#control.answered(observed);
      for (const { inquiry } of [...this.#heard, ...this.#held]) this.#endTranscript(inquiry);
      return;
    }
    const inquiry = this.#takeAsked(recipient);
    if (isAccepting(observed)) this.#control.accepted(inquiry);
    this.#endTranscript(inquiry);
    const at = { ...this.#context, hostRank: this.#hostRank, isLastHost: this.#isLastHost };
    const heard = hearAnswer(inquiry, observed, at);
    this.#context.complaints.answered(observed, heard.meaning, inquiry.address.domain);
    this.#heard.push(heard);
    if (heard.finding !== undefined) this.#untold.push({ inquiry, finding: heard.finding });
  }

  /** Tells of the answers so far, in a session that goes on. */
  tellHeard(): void {
    const told = this.#untold.filter((row) => !this.#isWaiting(row));
    this.#untold = this.#untold.filter((row) => this.#isWaiting(row));
    if (told.length > 0) this.#context.heard(told, this.#control.observed);
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

  /** Believes what was answered in the session, as far as it was not taken back; true when some of it speaks of a mailbox. */
  sessionOver(): boolean {
    this.transactionOver();
    this.#session = undefined;
    this.#transaction = undefined;
    const believed = this.#heard.splice(0);
    for (const heard of believed) this.#believe(heard);
    this.#release();
    return believed.some(speaksOfMailbox);
  }

  /** Draws the consequences of a session that died of `observed` while the reply for `awaited` was due, and is over. */
  sessionDied(awaited: Recipient, observed: Observation): void {
    if (this.#control.sessionDied(this.#control.is(awaited))) this.#loseControl(observed);
    const inquiry = this.#pending.find((pending) => pending === awaited);
    if (inquiry === undefined) return;
    inquiry.note(observed, this.#hostRank);
    if (++inquiry.deaths < MAX_DEATHS) return;
    this.#pending = this.#pending.filter((pending) => pending !== inquiry);
    this.#leaveHost(inquiry);
  }

  /** Nobody is asked any more: rows that are settled but for the control recipient end without it. */
  giveUpControl(): void {
    this.#control.giveUp();
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

  #goBackTo({ heard, control }: Mark): void {
    const disowned = this.#heard.splice(heard).map(({ inquiry }) => inquiry);
    if (this.#log !== undefined) for (const { transcript } of disowned) transcript.goesOn(this.#log);
    this.#asked.unshift(...disowned);
    this.#control.goBackTo(control);
  }

  #takeAsked(recipient: Recipient): Inquiry {
    const place = this.#asked.findIndex((asked) => asked === recipient);
    const [inquiry] = place < 0 ? [] : this.#asked.splice(place, 1);
    if (inquiry === undefined) throw new Error('an answer for somebody who was not asked about');
    return inquiry;
  }

  #settleUnaskable({ host, ip, log }: SessionPlace): void {
    const unaskable = this.#pending.filter(({ address }) => needsSmtpUtf8(address));
    this.#pending = this.#pending.filter(({ address }) => !needsSmtpUtf8(address));
    for (const inquiry of unaskable) {
      inquiry.transcript.join(log);
      this.#conclude(inquiry, { type: 'smtputf8-unsupported', host, ip });
    }
  }

  #endTranscript(inquiry: Inquiry): void {
    if (this.#log !== undefined) inquiry.transcript.endsHere(this.#log, inquiry);
  }

  #believe({ inquiry, observed, isEvasive, finding }: Heard): void {
    if (isEvasive) {
      inquiry.note(observed, this.#hostRank);
      inquiry.evasions++;
    }
    if (finding === undefined) this.#leaveHost(inquiry);
    else this.#conclude(inquiry, finding);
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
    const released = this.#held.filter((held) => !this.#isWaiting(held));
    this.#held = this.#held.filter((held) => this.#isWaiting(held));
    this.#untold = [...this.#held];
    for (const row of released) this.#context.settle(row, this.#control.observed);
  }

  /** Somebody accepted is nobody's verdict before the control recipient is answered: the domain may accept all. */
  #isWaiting({ finding }: Concluded): boolean {
    return this.#control.isWanted && finding.type === 'reply' && isAccepting(finding);
  }

  #loseControl(observed: Observation): void {
    this.#control.lose(observed);
    this.#release();
  }
}
