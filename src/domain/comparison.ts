// Our verdicts against those that another verifier wrote into the CRM's tables, counted: how often both agree, where they
// part, and what that costs whom. Pure and bounded: rows come one by one, of a kind of difference only a few are kept.
// Texts are as they were written: whoever prints them cleans them.

import { DOMAIN_STATUS, type Verdict } from './verdict.ts';

export const VERDICTS = [
  'valid',
  'catch-all',
  'invalid',
  'disposable',
  'unknown',
] as const satisfies Verdict[];

/** A row that both have decided, or only we. */
export interface ComparedRow {
  readonly id: number;
  readonly email: string;
  readonly ours: { readonly status: string; readonly reason: string };
  /** Undefined while the CRM's row is pending. */
  readonly theirs: Theirs | undefined;
}

interface Theirs {
  readonly status: string | undefined;
  readonly domainStatus: number;
  readonly response: string | undefined;
}

export type Sample = Pick<ComparedRow, 'id' | 'email'> & { readonly response: string | undefined };

/** What a difference means for whoever sends mail by these verdicts, gravest first. */
export const HARMS = {
  'lost-contact': 'the CRM gives up a mailbox that takes mail',
  bounce: 'the CRM mails to what does not exist or is thrown away',
  guess: 'the CRM is sure where no mail server told',
  missed: 'the CRM does not know what a mail server told us',
  other: 'the CRM calls it by another word',
} as const;

export type Harm = keyof typeof HARMS;

/** Rows with one pair of verdicts and one reason of ours. */
export interface Difference {
  readonly theirs: Verdict;
  readonly ours: Verdict;
  readonly reason: string;
  readonly harm: Harm;
  readonly rows: number;
  /** The first of them. */
  readonly samples: readonly Sample[];
}

const SAMPLES_KEPT = 3;

export class Comparison {
  readonly #matrix = new Map<string, number>();
  readonly #differences = new Map<string, Difference>();
  readonly #otherWords = new Map<string, number>();
  #waiting = 0;
  #pending = 0;
  #contradictory = 0;

  /** Counts a row. One that we have put off is only noted, and so is one that the CRM has not decided. */
  add(row: ComparedRow): void {
    const { ours, theirs } = row;
    if (!isVerdict(ours.status)) return void this.#waiting++;
    if (theirs === undefined) return void this.#pending++;
    const word = this.#wordOf(theirs);
    const key = `${ours.status}/${word}`;
    this.#matrix.set(key, this.count(ours.status, word) + 1);
    if (word !== ours.status) this.#note(row, word, ours.status);
  }

  /** Rows that we call `ours` and the CRM `theirs`. */
  count(ours: Verdict, theirs: Verdict): number {
    return this.#matrix.get(`${ours}/${theirs}`) ?? 0;
  }

  /** Rows that both have decided. */
  get compared(): number {
    return [...this.#matrix.values()].reduce((sum, rows) => sum + rows, 0);
  }

  get agreed(): number {
    return VERDICTS.reduce((sum, verdict) => sum + this.count(verdict, verdict), 0);
  }

  /** Rows that we are to ask about again. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Rows that only we have decided. */
  get pending(): number {
    return this.#pending;
  }

  /** Rows whose domain_status is not what goes with their validation_status; the word counts. */
  get contradictory(): number {
    return this.#contradictory;
  }

  /** Words of the CRM's that are none of the contract's, counted among its unknown. */
  get otherWords(): ReadonlyMap<string, number> {
    return this.#otherWords;
  }

  /** Rows by what their difference means. */
  get harms(): Readonly<Record<Harm, number>> {
    const sums = { 'lost-contact': 0, bounce: 0, guess: 0, missed: 0, other: 0 };
    for (const { harm, rows } of this.#differences.values()) sums[harm] += rows;
    return sums;
  }

  /** The gravest first, and of those the most frequent. */
  get differences(): readonly Difference[] {
    const order = Object.keys(HARMS);
    return [...this.#differences.values()].toSorted(
      (a, b) => order.indexOf(a.harm) - order.indexOf(b.harm) || b.rows - a.rows,
    );
  }

  #wordOf({ status, domainStatus }: Theirs): Verdict {
    if (status !== undefined && isVerdict(status)) {
      if (DOMAIN_STATUS[status] !== domainStatus) this.#contradictory++;
      return status;
    }
    const word = status ?? 'NULL';
    // As many words as there may be rows: another program's column is not to fill our memory.
    if (this.#otherWords.has(word) || this.#otherWords.size < 20)
      this.#otherWords.set(word, (this.#otherWords.get(word) ?? 0) + 1);
    return 'unknown';
  }

  #note({ id, email, ours: { reason }, theirs: their }: ComparedRow, theirs: Verdict, ours: Verdict): void {
    const key = `${theirs}/${ours}/${reason}`;
    const { rows, samples } = this.#differences.get(key) ?? { rows: 0, samples: [] };
    const sample = { id, email, response: their?.response };
    this.#differences.set(key, {
      theirs,
      ours,
      reason,
      harm: harmOf(theirs, ours),
      rows: rows + 1,
      samples: samples.length < SAMPLES_KEPT ? [...samples, sample] : samples,
    });
  }
}

function harmOf(theirs: Verdict, ours: Verdict): Harm {
  const [sent, sendable] = [DOMAIN_STATUS[theirs], DOMAIN_STATUS[ours]];
  if (sent === 0 && sendable === 1) return 'lost-contact';
  if (sent === 1 && sendable === 0) return 'bounce';
  if (ours === 'unknown') return 'guess';
  return theirs === 'unknown' ? 'missed' : 'other';
}

function isVerdict(status: string): status is Verdict {
  return Object.hasOwn(DOMAIN_STATUS, status);
}
