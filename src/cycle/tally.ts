// What a cycle's work came to so far, in figures: what workers reported, what of it reached the database, and what it
// came to without asking anybody.

import type { CatchAll } from '../domain/catch-all.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Recorded } from '../store/store.ts';

/** What no mail host was asked, by why not: rows, and for `knownDomain` control recipients. */
export interface SavedProbes {
  /** Another row of the same address was. */
  readonly sameAddress: number;
  /** A shadow run had asked about the row itself. */
  readonly shadowRun: number;
  /** The DNS said for all rows of the domain that no host takes its mail. */
  readonly noMailHost: number;
  /** Another row had just found its host dead. */
  readonly deadHost: number;
  /** Syntax, exclusions and disposable domains need nobody's word. */
  readonly knownHere: number;
  /** The database knew what the domain's hosts say to an address that cannot exist. */
  readonly knownDomain: number;
}

export const NONE_SAVED: SavedProbes = {
  sameAddress: 0,
  shadowRun: 0,
  noMailHost: 0,
  deadHost: 0,
  knownHere: 0,
  knownDomain: 0,
};

/** The figures of an outcome. */
export interface TallyFigures {
  /** Of the results that reached the database. */
  readonly counts: OutcomeCounts;
  /** The same by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Results that did not: they stand in journals, and the next cycle writes them. */
  readonly unwritten: number;
  /** Results whose claim was lost, or whose row was decided or deleted meanwhile. */
  readonly dropped: number;
  readonly saved: SavedProbes;
}

export class Tally {
  #reported = 0;
  #dropped = 0;
  #counts = NO_OUTCOMES;
  readonly #reasons: Record<string, number> = {};
  #saved = NONE_SAVED;

  report(results: readonly Result[]): void {
    this.#reported += results.length;
  }

  record({ written, dropped }: Recorded): void {
    this.#counts = addOutcomes(this.#counts, written);
    for (const { reason } of written) this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1;
    this.#dropped += dropped.length;
    this.#saved = addSaved(this.#saved, written);
  }

  /** Gives what is known of a domain that goes to a worker, and counts it where there is something. */
  known(catchAll: CatchAll | undefined): CatchAll | undefined {
    if (catchAll !== undefined) this.#saved = { ...this.#saved, knownDomain: this.#saved.knownDomain + 1 };
    return catchAll;
  }

  /** Results that workers reported. */
  get reported(): number {
    return this.#reported;
  }

  get figures(): TallyFigures {
    const unwritten = this.#reported - totalOutcomes(this.#counts) - this.#dropped;
    const reasons = { ...this.#reasons };
    return { counts: this.#counts, reasons, unwritten, dropped: this.#dropped, saved: this.#saved };
  }
}

// The rows of a destination whose host is dead are settled together, so they stand in one piece of what was written: the
// first of each host is the one that was dialled for.
function addSaved(saved: SavedProbes, written: readonly Result[]): SavedProbes {
  const sum = { ...saved };
  const dead = new Set<string>();
  for (const { id, takenFrom, stage, status, attempt, mx } of written) {
    if (takenFrom?.rowId === id) sum.shadowRun++;
    else if (takenFrom !== undefined) sum.sameAddress++;
    else if (attempt === 0 && status !== 'unknown') sum.knownHere++;
    else if (stage === 'dns' && status !== 'deferred') sum.noMailHost++;
    else if (stage === 'connect' && mx !== undefined) {
      if (dead.has(mx)) sum.deadHost++;
      dead.add(mx);
    }
  }
  return sum;
}
