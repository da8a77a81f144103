// Sorts what a table gives: addresses that are taken, those that stand in it before, and what is no address. Counts all three,
// and writes down what is left out, with the line and the reason.

import { formatAddress, parseAddress } from '../domain/address.ts';
import { type ColumnLimits, type TakenAddress, takeAddress } from '../domain/imported-address.ts';
import { csvLine } from '../domain/spreadsheet-cell.ts';
import { OutputFile } from '../files/output-file.ts';
import { SeenAddresses } from '../files/seen-addresses.ts';
import type { Candidate } from './import-table.ts';

const HEADER = 'line,left_out_as,text,why';
const TWICE = 'it stands further up in the file';

export class Intake implements AsyncDisposable {
  readonly #limits: ColumnLimits;
  readonly #leftOutPath: string | undefined;
  readonly #seen = new SeenAddresses();
  readonly #reasons = new Map<string, number>();
  #leftOut: OutputFile | undefined;
  #duplicates = 0;
  #rejected = 0;

  /** `leftOutPath` undefined: what is left out is counted only. */
  constructor(limits: ColumnLimits, leftOutPath: string | undefined) {
    this.#limits = limits;
    this.#leftOutPath = leftOutPath;
  }

  /** Different addresses so far. */
  get taken(): number {
    return this.#seen.size;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get rejected(): number {
    return this.#rejected;
  }

  /** Why how many were rejected, the most frequent reason first. */
  get reasons(): readonly { readonly why: string; readonly count: number }[] {
    return [...this.#reasons].map(([why, count]) => ({ why, count })).toSorted((a, b) => b.count - a.count);
  }

  /** Gives the address, or undefined for what is left out. */
  async take(candidate: Candidate): Promise<TakenAddress | undefined> {
    const taken = 'problem' in candidate ? candidate : takeAddress(candidate.cell, this.#limits);
    if ('problem' in taken) {
      this.#rejected++;
      this.#reasons.set(taken.problem, (this.#reasons.get(taken.problem) ?? 0) + 1);
      await this.#note(candidate, 'rejected', taken.problem);
      return undefined;
    }
    if (this.#seen.add(keyOf(taken))) return taken;
    this.#duplicates++;
    await this.#note(candidate, 'duplicate', TWICE);
    return undefined;
  }

  /** Puts the file of what was left out in its place; gives its path, where there is one. */
  async finish(): Promise<string | undefined> {
    await this.#leftOut?.commit();
    return this.#leftOut?.path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leftOut?.[Symbol.asyncDispose]();
  }

  async #note(candidate: Candidate, as: string, why: string): Promise<void> {
    if (this.#leftOutPath === undefined) return;
    if (this.#leftOut === undefined) {
      this.#leftOut = await OutputFile.begin(this.#leftOutPath);
      await this.#leftOut.writeLine(HEADER);
    }
    const text = 'problem' in candidate ? candidate.text : candidate.cell.slice(0, MAX_TEXT);
    await this.#leftOut.writeLine(csvLine([candidate.line, as, text, why]));
  }
}

const MAX_TEXT = 300;

/** Equal for addresses that are asked about once: as they go over the wire. */
function keyOf({ email }: TakenAddress): string {
  const address = parseAddress(email);
  return 'problem' in address ? email : formatAddress(address);
}
