// One row on its way through the mail hosts of its domain: what was seen of it so far, and which of it counts.

import type { Address } from '../domain/address.ts';
import type { Observation } from '../domain/observation.ts';
import type { Trail } from '../domain/trail.ts';
import type { Recipient } from './transaction.ts';
import { Transcript } from './transcript.ts';
import { mostTelling } from './weigh-answer.ts';

/** Of a reply that travels with a row, in UTF-16 code units. */
const MAX_TRAIL_TEXT = 4_000;

/** A row to be asked about. */
export interface AskedRow {
  readonly key: number;
  readonly address: Address;
  /** What hosts had to say of it that another job asked. */
  readonly trail?: Trail | undefined;
}

export class Inquiry implements Recipient {
  readonly key: number;
  readonly address: Address;
  readonly transcript: Transcript;
  /** It was one recipient too many once; a second time that is its answer. */
  wasPutOff = false;
  /** Sessions that died while its reply was awaited. */
  deaths: number;
  /** Hosts that put it off or denied the domain. */
  evasions: number;
  /** A host of this job refused us for good, before it was asked about anybody. */
  isRefused = false;

  readonly #msBefore: number;
  #begunAt: number | undefined;
  #answeredAt: number | undefined;
  #evidence: Observation | undefined;
  #evidenceRank: number;

  constructor({ key, address, trail }: AskedRow) {
    this.key = key;
    this.address = address;
    this.transcript = new Transcript(trail?.transcript);
    this.deaths = trail?.deaths ?? 0;
    this.evasions = trail?.evasions ?? 0;
    this.#msBefore = trail?.ms ?? 0;
    this.#evidence = trail?.evidence;
    this.#evidenceRank = trail?.rank ?? 0;
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
    return this.#msBefore + Math.round((this.#answeredAt ?? now) - (this.#begunAt ?? now));
  }

  /**
   * Keeps what the host at place `hostRank` of the preference list said or failed to say. The most
   * telling of the best host stands: what hosts further down have to say short of a definite answer changes nothing.
   */
  note(observed: Observation, hostRank: number): void {
    this.isRefused ||= observed.type === 'reply' && observed.stage !== 'rcpt' && observed.reply.code >= 500;
    if (this.#evidence === undefined) this.#evidenceRank = hostRank;
    this.#evidence = this.evidenceWith(observed, hostRank);
  }

  /** Gives what the row takes along to another job. */
  trailAt(now: number): Trail {
    if (this.#evidence === undefined) throw new Error('a row goes on that no host has left open');
    return {
      evidence: withinBounds(this.#evidence),
      rank: this.#evidenceRank,
      evasions: this.evasions,
      deaths: this.deaths,
      transcript: this.transcript.soFar(this)(),
      ms: this.msUntil(now),
    };
  }

  /** Gives what `evidence` would be, were this noted. */
  evidenceWith(observed: Observation, hostRank: number): Observation {
    if (this.#evidence !== undefined && this.#evidenceRank !== hostRank) return this.#evidence;
    return mostTelling(this.#evidence, observed);
  }
}

// A host may send 64 KB in answer to every command; what is read and kept of it in the end is less, and nothing of its middle.
function withinBounds(evidence: Observation): Observation {
  if (evidence.type !== 'reply' || evidence.reply.text.length <= MAX_TRAIL_TEXT) return evidence;
  const { text } = evidence.reply;
  const half = MAX_TRAIL_TEXT / 2;
  const kept = `${text.slice(0, half)}\n${text.slice(-half)}`;
  return { ...evidence, reply: { ...evidence.reply, text: kept } };
}
