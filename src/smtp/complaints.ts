// Listens to the answers of one job for what the destination has against us, and passes it on as soon as it is heard. Each
// session says it anew, and so does each recipient: of complaints without an answer between them a few are passed on.

import { classify, type Classification } from '../domain/classify.ts';
import { complaintOf, type Complaint } from '../domain/complaint.ts';
import type { ReplyObservation } from '../domain/observation.ts';
import { providerOf } from '../domain/providers.ts';
import { isGoodAnswer } from '../domain/concurrency-window.ts';

export interface ComplaintsIdentity {
  readonly ehloName: string;
  readonly mailFrom: string;
}

/** More than it takes to close a destination (domain/destination-state.ts). */
const MAX_IN_A_ROW = 10;

export class Complaints {
  readonly #identity: ComplaintsIdentity;
  readonly #tell: (complaint: Complaint) => void;
  #isAfterAnswers = false;
  #inARow = 0;

  constructor(identity: ComplaintsIdentity, tell: (complaint: Complaint) => void) {
    this.#identity = identity;
    this.#tell = tell;
  }

  /** Takes the answer to somebody's RCPT; `meaning` is undefined of an acceptance. */
  answered(observed: ReplyObservation, meaning: Classification | undefined, domain: string): void {
    if (meaning !== undefined && this.#hear(observed, meaning, domain)) return;
    if (meaning !== undefined && !isGoodAnswer(meaning.reason)) return;
    this.#isAfterAnswers = true;
    this.#inARow = 0;
  }

  /** Takes a reply that ended a session, and speaks of no recipient. */
  refused(observed: ReplyObservation): void {
    if (observed.stage === 'rcpt') return; // 421, which was somebody's answer
    const { ehloName, mailFrom: sender } = this.#identity;
    const provider = observed.host === undefined ? undefined : providerOf(observed.host)?.name;
    this.#hear(observed, classify(observed, { sender, ehloName, provider }), undefined);
  }

  /** True when it is one. */
  #hear(observed: ReplyObservation, meaning: Classification, domain: string | undefined): boolean {
    const complaint = complaintOf(observed, meaning, { domain, isAfterAnswers: this.#isAfterAnswers });
    if (complaint === undefined) return false;
    this.#isAfterAnswers = false;
    if (++this.#inARow <= MAX_IN_A_ROW) this.#tell(complaint);
    return true;
  }
}
