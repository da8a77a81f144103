// Notices a host that may accept by position and not by mailbox: whoever comes first, or whoever comes after so many
// refusals. Watches one domain's recipients at one host; party.ts has the control recipient asked again where it must be.
//
// Suspected is only what position can explain wholly while the control recipient was refused for good: that of several
// rows the first of a transaction alone was accepted, or that acceptance began behind the control recipient. It is then
// asked once more, from the place of the accepted: what it is answered there counts. For one row alone that would double
// the cost of nearly every domain, so there such a host goes unnoticed.

import type { Inquiry } from './inquiry.ts';

/** `session-first`: before anybody else in a session of its own; `now`: in the next transaction. */
export type AskAgain = 'session-first' | 'now';

export class Suspicion {
  #askAgain: AskAgain | undefined;
  #isLookedInto = false;
  #first: Inquiry | undefined;
  #isFirstOfSession = false;
  #accepted = 0;
  /** The only one accepted was the first of its transaction. */
  #onlyFirst: AskAgain | undefined;
  #isControlRefused = false;

  /** How the control recipient is to be asked again; undefined when there is nothing to suspect. */
  get askAgain(): AskAgain | undefined {
    return this.#askAgain;
  }

  /** Gives one that knows what this one knows now. */
  copy(): Suspicion {
    const copy = new Suspicion();
    copy.#askAgain = this.#askAgain;
    copy.#isLookedInto = this.#isLookedInto;
    copy.#first = this.#first;
    copy.#isFirstOfSession = this.#isFirstOfSession;
    copy.#accepted = this.#accepted;
    copy.#onlyFirst = this.#onlyFirst;
    copy.#isControlRefused = this.#isControlRefused;
    return copy;
  }

  transactionBegins(first: Inquiry | undefined, isFirstOfSession: boolean): void {
    this.#first = first;
    this.#isFirstOfSession = isFirstOfSession;
  }

  accepted(inquiry: Inquiry): void {
    this.#accepted++;
    const isFirst = inquiry === this.#first;
    this.#onlyFirst =
      this.#accepted > 1 || !isFirst ? undefined : this.#isFirstOfSession ? 'session-first' : 'now';
    if (this.#askAgain !== undefined && !isFirst) this.#askAgain = undefined;
    else if (this.#accepted === 1 && this.#isControlRefused) this.#suspect('now');
  }

  controlAnswered(code: number): void {
    this.#isControlRefused = code >= 500;
    // Asked alone, the control recipient was the first of a transaction itself.
    const isRefuted = this.#onlyFirst === 'now' && this.#first === undefined;
    if (this.#isControlRefused && this.#onlyFirst !== undefined && !isRefuted) this.#suspect(this.#onlyFirst);
  }

  /** The control recipient was asked again, or cannot be. */
  lookedInto(): void {
    this.#askAgain = undefined;
    this.#isLookedInto = true;
  }

  #suspect(how: AskAgain): void {
    if (!this.#isLookedInto) this.#askAgain = how;
  }
}
