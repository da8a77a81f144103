// The claims that this cycle holds, row by row: which are still open under which token, and which came back unprobed.
// Keeps count alone; writing is the recorder's and the store's.
//
// Invariant: a row taken is open until it is settled or given back, once.

import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Store } from '../store/store.ts';

export class HeldClaims {
  /** Token → rows neither written nor given back. */
  readonly #open = new Map<string, number>();
  #returned: { readonly row: ProbeRow; readonly dueInSeconds: number }[] = [];
  #givingBack: Promise<void> = Promise.resolve();

  /** Tokens that some row is still held under: theirs are the claims to renew. */
  get tokens(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Rows that came back and are to be given back. */
  get returnedRows(): number {
    return this.#returned.length;
  }

  /** Rows that are open under any of these tokens. */
  openUnder(tokens: readonly string[]): number {
    return tokens.reduce((sum, token) => sum + (this.#open.get(token) ?? 0), 0);
  }

  /**
   * Puts off their expiry; gives how many rows are lost, since it came too late. What was recorded (`flush` waits for that) or
   * given back meanwhile is not.
   */
  async renew(
    store: Pick<Store, 'renewClaims' | 'releaseRows'>,
    flush: () => Promise<unknown>,
  ): Promise<number> {
    if (this.tokens.length === 0) return 0;
    const late = await store.renewClaims(this.tokens);
    if (late.length > 0) await Promise.all([flush(), this.giveBack(store)]);
    return this.openUnder(late);
  }

  take(token: string, rows: number): void {
    if (rows > 0) this.#open.set(token, rows);
  }

  /** These results are in the database, or their claim was lost. */
  settle(results: readonly Result[]): void {
    for (const { token } of results) this.#close(token, 1);
  }

  /** These rows were not probed, and are due again at once or later. */
  return(rows: readonly ProbeRow[], dueInSeconds = 0): void {
    for (const row of rows) this.#returned.push({ row, dueInSeconds });
  }

  /** Gives back what was returned so far; resolves when that is done, and what was under way before. */
  giveBack(store: Pick<Store, 'releaseRows'>): Promise<void> {
    this.#givingBack = this.#givingBack.catch(() => undefined).then(() => this.#release(store));
    return this.#givingBack;
  }

  // A statement a claim, and a time.
  async #release(store: Pick<Store, 'releaseRows'>): Promise<void> {
    const groups = new Map<string, { token: string; dueInSeconds: number; ids: number[] }>();
    for (const { row, dueInSeconds } of this.#returned) {
      const key = `${row.token} ${dueInSeconds}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { token: row.token, dueInSeconds, ids: [row.id] });
      else group.ids.push(row.id);
    }
    this.#returned = [];
    for (const { token, dueInSeconds, ids } of groups.values()) {
      await store.releaseRows(token, ids, dueInSeconds);
      this.#close(token, ids.length);
    }
  }

  #close(token: string, rows: number): void {
    const open = (this.#open.get(token) ?? 0) - rows;
    if (open > 0) this.#open.set(token, open);
    else this.#open.delete(token);
  }
}
