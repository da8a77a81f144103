// What one destination answered, on its way to results: written down as soon as it is heard, delivered when it is settled.
// Only a refusal that everybody may be getting (domain/session-sense.ts) waits, before the one as before the other, until
// recipients were told apart, or all have been answered. What an answer makes of a row is make-result.ts.
//
// Invariant: whatever was written down and is not delivered yet is withdrawn when its session is disowned.

import { formatAddress, type Address } from '../domain/address.ts';
import type { Finding } from '../domain/finding.ts';
import type { Observation } from '../domain/observation.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import {
  hear,
  NOTHING_HEARD,
  refusesEverybody,
  remarkOn,
  type Remark,
  type SessionSense,
} from '../domain/session-sense.ts';
import { controlRecipient } from '../smtp/control-recipient.ts';
import type { SettledRow } from '../smtp/probe-destination.ts';
import { identityFor, type MadeResult, type ResultPolicy } from './make-result.ts';

/** What became of a row, with the dialogue about it where the probe kept it. */
export type Answer = SettledRow & { readonly transcript?: readonly string[] | undefined };

/** Rows with the same address: one question, a result for each. */
export interface Question {
  readonly address: Address;
  readonly rows: [ProbeRow, ...ProbeRow[]];
}

export interface Answered {
  readonly question: Question;
  readonly answer: Answer;
}

/** Where results count from when they are written, should the process die. Never throws for want of space. */
export interface ResultJournal {
  readonly write: (results: readonly Result[]) => void;
  readonly withdraw: (ids: readonly number[]) => void;
}

export interface AnswersParts {
  readonly policy: ResultPolicy;
  /** Gives a result for each row of the question. */
  readonly make: (answered: Answered, isRefusedWithAll: boolean) => readonly MadeResult[];
  /** Undefined where nothing outlives the process anyway. */
  readonly journal: ResultJournal | undefined;
  /** Takes the results of a question; `isWritten`: they are in the journal. */
  readonly deliver: (answered: Answered, made: readonly MadeResult[], isWritten: boolean) => void;
}

export class Answers {
  readonly #parts: AnswersParts;
  #settled = EMPTY;
  /** As it is with what was heard besides, in a session that goes on. */
  #heard = EMPTY;
  /** In the journal and not delivered, by the answer's key. */
  readonly #written = new Map<number, { readonly answer: Answer; readonly made: readonly MadeResult[] }>();

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  /** Writes down what these rows will be settled with, if the session turns out to have been in step. */
  heard(rows: readonly Answered[]): void {
    const { journal, make, policy } = this.#parts;
    if (journal === undefined) return;
    const results: Result[] = [];
    for (const row of rows) {
      const { sieve, passed } = sift(this.#heard, row, policy);
      this.#heard = sieve;
      for (const answered of passed) {
        const made = make(answered, false);
        this.#written.set(answered.answer.key, { answer: answered.answer, made });
        results.push(...made.map(({ result }) => result));
      }
    }
    if (results.length > 0) journal.write(results);
  }

  /** Takes back whatever was only heard. */
  disowned(): void {
    const made = [...this.#written.values()].flatMap((written) => written.made);
    this.#written.clear();
    this.#heard = this.#settled;
    if (made.length > 0) this.#parts.journal?.withdraw(made.map(({ result }) => result.id));
  }

  /** Delivers a settled row, unless it must wait, and those that wait no more. */
  settled(row: Answered): void {
    const { sieve, passed } = sift(this.#settled, row, this.#parts.policy);
    this.#settled = sieve;
    this.#heard = sieve;
    for (const answered of passed) this.#deliver(answered, false);
  }

  /** Everybody has been answered: delivers those that waited. */
  over(): void {
    const { sense, held } = this.#settled;
    for (const answered of held) this.#deliver(answered, refusesEverybody(sense));
    this.#settled = { sense, held: [] };
  }

  #deliver(answered: Answered, isRefusedWithAll: boolean): void {
    const { deliver, make } = this.#parts;
    const { key, real, control } = answered.answer;
    const written = this.#written.get(key);
    this.#written.delete(key);
    const isAsWritten =
      !isRefusedWithAll && written?.answer.real === real && written.answer.control === control;
    deliver(answered, isAsWritten ? written.made : make(answered, isRefusedWithAll), isAsWritten);
  }
}

/** What answers said together, and those that wait for it to become clear. */
interface Sieve {
  readonly sense: SessionSense;
  readonly held: readonly Answered[];
}

const EMPTY: Sieve = { sense: NOTHING_HEARD, held: [] };

/** Gives the sieve with an answer in it, and who need wait no more. */
function sift(
  { sense, held }: Sieve,
  row: Answered,
  policy: ResultPolicy,
): { readonly sieve: Sieve; readonly passed: readonly Answered[] } {
  if (sense.tellsApart) return { sieve: { sense, held }, passed: [row] };
  const { address } = row.question;
  const remark = remarkOf(row.answer.real, () => address, policy);
  const richer = withAnswer(sense, address, remark, row.answer.control, policy);
  if (richer.tellsApart) return { sieve: { sense: richer, held: [] }, passed: [...held, row] };
  if (remark.type === 'suspect') return { sieve: { sense: richer, held: [...held, row] }, passed: [] };
  return { sieve: { sense: richer, held }, passed: [row] };
}

/** The sense of the session with what a row was answered, and the control recipient beside it. */
function withAnswer(
  sense: SessionSense,
  address: Address,
  remark: Remark,
  control: Observation | undefined,
  policy: ResultPolicy,
): SessionSense {
  const heard = hear(sense, remark, { address: formatAddress(address), isControl: false });
  if (control === undefined) return heard;
  const { domain } = address;
  const nobody = (): Address => ({ local: controlRecipient(domain, policy.controlKey), domain });
  return hear(heard, remarkOf(control, nobody, policy), { address: domain, isControl: true });
}

// An answer is sifted when it is heard and again when it is settled, the control recipient's beside each of its domain. Rows of
// several addresses share a finding only where it speaks of none of them: a failure, or a word of the host to everybody.
const remarks = new WeakMap<Finding, Remark>();

function remarkOf(found: Finding, asked: () => Address, policy: ResultPolicy): Remark {
  const known = remarks.get(found);
  if (known !== undefined) return known;
  const remark = remarkOn(found, identityFor(asked(), found, policy));
  remarks.set(found, remark);
  return remark;
}
