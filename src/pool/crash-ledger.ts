// Remembers which rows were with a worker when it died. Once may be anybody's fault: they go out again, in smaller
// parts, each in a slot of its own, so that one row that kills its worker takes few others with it. Twice is enough: then
// the row gets a result, `worker-crashed`, so that the attempt counts and the row cannot kill workers for ever.

import { decideNext } from '../domain/decide-next.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Slice } from '../worker/messages.ts';
import { cutInParts, pickRows } from './slice-queue.ts';

const DEATHS_ALLOWED = 1;
const PARTS = 8;
const RESPONSE = 'not verified: the verifying process ended twice with this address in hand';

export interface CrashJudgement {
  /** Slices to be given out again. */
  readonly again: readonly Slice[];
  /** Results of the rows that are not. */
  readonly given: readonly Result[];
}

export class CrashLedger {
  readonly #retryDelaysSeconds: readonly number[];
  readonly #random: () => number;
  readonly #deaths = new Map<number, number>();

  constructor(retryDelaysSeconds: readonly number[], random: () => number) {
    this.#retryDelaysSeconds = retryDelaysSeconds;
    this.#random = random;
  }

  /** Judges what a dead worker left behind. */
  judge(slices: readonly Slice[]): CrashJudgement {
    const again = slices.flatMap((slice) => {
      const rows = slice.rows.filter((row) => this.#mayGoOut(row));
      return cutInParts(pickRows(slice, rows), PARTS);
    });
    const given = slices.flatMap(({ rows }) => rows.filter((row) => !this.#mayGoOut(row)));
    for (const { id } of slices.flatMap(({ rows }) => rows))
      this.#deaths.set(id, (this.#deaths.get(id) ?? 0) + 1);
    for (const { id } of given) this.#deaths.delete(id);
    return { again, given: given.map((row) => this.#resultOf(row)) };
  }

  /** True when a row of the slice was with a worker that died. */
  suspects({ rows }: Slice): boolean {
    return this.#deaths.size > 0 && rows.some(({ id }) => this.#deaths.has(id));
  }

  /** Rows that have a result need not be remembered. */
  forget(results: readonly Result[]): void {
    if (this.#deaths.size > 0) for (const { id } of results) this.#deaths.delete(id);
  }

  #mayGoOut({ id }: ProbeRow): boolean {
    return (this.#deaths.get(id) ?? 0) < DEATHS_ALLOWED;
  }

  #resultOf(row: ProbeRow): Result {
    const { status, retryInSeconds, probes } = decideNext(
      { verdict: 'retry', reason: 'worker-crashed' },
      row,
      this.#retryDelaysSeconds,
      this.#random(),
    );
    return {
      id: row.id,
      listId: row.listId,
      email: row.email,
      status,
      reason: 'worker-crashed',
      code: undefined,
      enhanced: undefined,
      response: RESPONSE,
      mx: undefined,
      ip: undefined,
      answered: false,
      attempt: probes.attempts,
      throttles: probes.throttles,
      ms: 0,
      retryInSeconds,
      token: row.token,
    };
  }
}
