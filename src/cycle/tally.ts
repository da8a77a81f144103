// What a cycle's work came to so far, in figures: what workers reported, what of it reached the database, and what it
// came to without asking anybody.

import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Recorded } from '../store/store.ts';

/** Rows that no mail host was asked about, by why not. */
export interface SavedProbes {
  /** Another row of the same address was. */
  readonly sameAddress: number;
  /** The DNS said for all rows of the domain that no host takes its mail. */
  readonly noMailHost: number;
}

export class Tally {
  #reported = 0;
  #dropped = 0;
  #counts = NO_OUTCOMES;
  #saved: SavedProbes = { sameAddress: 0, noMailHost: 0 };

  report(results: readonly Result[]): void {
    this.#reported += results.length;
  }

  record({ written, dropped }: Recorded): void {
    this.#counts = addOutcomes(this.#counts, written);
    this.#dropped += dropped.length;
    const taken = written.filter(({ takenFrom }) => takenFrom !== undefined).length;
    const dead = written.filter(({ takenFrom, stage, status }) => {
      return takenFrom === undefined && stage === 'dns' && status !== 'deferred';
    }).length;
    const { sameAddress, noMailHost } = this.#saved;
    this.#saved = { sameAddress: sameAddress + taken, noMailHost: noMailHost + dead };
  }

  /** Results that workers reported, and of those that reached the database what they say. */
  get sums(): { readonly reported: number; readonly counts: OutcomeCounts } {
    return { reported: this.#reported, counts: this.#counts };
  }

  /** The figures of an outcome. */
  get figures(): {
    readonly counts: OutcomeCounts;
    readonly unwritten: number;
    readonly dropped: number;
    readonly saved: SavedProbes;
  } {
    const unwritten = this.#reported - totalOutcomes(this.#counts) - this.#dropped;
    return { counts: this.#counts, unwritten, dropped: this.#dropped, saved: this.#saved };
  }
}
