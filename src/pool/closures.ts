// What follows when a destination complains of us. Where that closes it, all workers are told at once to leave, since it
// gets worse with each session that goes on; and rows that wait for it go to whoever the pool works for, due again when
// its time is over, so that no slot waits with them and the cycle ends. Where that time has come again and again without an
// answer, they end as what the destination said of us. Neither is an attempt: nobody was asked about them. Rows that have come
// from a better host end then as that one left them.
// What closes a destination, and for how long, is domain/destination-state.ts.

import type { Complaint } from '../domain/complaint.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { piecesOf } from '../domain/pieces.ts';
import { MAX_RESPONSE } from '../domain/response-text.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { DestinationBudget } from './destination-budget.ts';
import type { DestinationLimits, Rest } from './destinations.ts';
import type { PoolListener, PoolOptions } from './pool-contract.ts';
import { resultByTrail } from './put-off-rows.ts';
import type { Roster } from './roster.ts';
import type { Slot } from './slot.ts';

export interface ClosuresParts extends Pick<PoolOptions, 'settings' | 'random'> {
  readonly roster: Roster;
  readonly budget: DestinationBudget;
  readonly limits: DestinationLimits;
  readonly listener: Pick<PoolListener, 'onResults' | 'onRowsPutOff' | 'onDestinationClosed'>;
}

// So short a rest is waited for in the queue: a claim given back and taken again costs more.
const SHORT_REST_SECONDS = 10;
const ROWS_OF_A_SLICE = 200;

export class Closures {
  readonly #parts: ClosuresParts;

  constructor(parts: ClosuresParts) {
    this.#parts = parts;
  }

  /** Takes a complaint, and has the slots leave a destination that it closes. */
  hear(destination: string, complaint: Complaint, slots: Iterable<Pick<Slot, 'leave'>>): void {
    const { limits, budget, listener } = this.#parts;
    const wasClosed = limits.restOf(destination) !== undefined;
    limits.hear(destination, complaint, Math.max(budget.taken(destination), 1));
    const rest = limits.restOf(destination);
    if (rest === undefined) return;
    for (const slot of slots) slot.leave(destination);
    if (!wasClosed) listener.onDestinationClosed(destination, rest);
  }

  /** Takes the rows of destinations that are left alone out of all queues. */
  putOff(): void {
    const { roster, limits, listener } = this.#parts;
    if (!limits.hasRest) return;
    // Each as it is when it is first asked for: it may run out while rows are taken.
    const rests = new Map<string, Rest | undefined>();
    const restOf = (destination: string): Rest | undefined => {
      if (!rests.has(destination)) rests.set(destination, limits.restOf(destination));
      return rests.get(destination);
    };
    const isLeftAlone = (destination: string): boolean => {
      const rest = restOf(destination);
      return rest !== undefined && (rest.isGivenUp || rest.seconds > SHORT_REST_SECONDS);
    };
    for (const userId of roster.userIds) {
      const { queue } = roster.of(userId);
      if (!queue.goesTo(isLeftAlone)) continue; // asked at each dispatch, and mostly so
      const waiting = new Map<string, ProbeRow[]>();
      queue.takeOut((row, destination) => {
        if (destination === undefined || !isLeftAlone(destination)) return false;
        const rows = waiting.get(destination);
        if (rows === undefined) waiting.set(destination, [row]);
        else rows.push(row);
        return true;
      });
      for (const [destination, rows] of waiting) {
        const rest = restOf(destination)!;
        if (!rest.isGivenUp) listener.onRowsPutOff(userId, rows, rest.seconds);
        else this.#giveUp(userId, rows, destination, rest);
      }
    }
  }

  #giveUp(userId: number, rows: readonly ProbeRow[], destination: string, rest: Rest): void {
    const { roster, listener, settings, random = Math.random } = this.#parts;
    const results: Result[] = [];
    const decided: ProbeRow[] = [];
    for (const row of rows) {
      const result = resultByTrail(row, settings, random());
      if (result === undefined) decided.push(givenUp(row, destination, rest));
      else results.push(result);
    }
    if (results.length > 0) listener.onResults(userId, results, {});
    for (const some of piecesOf(decided, ROWS_OF_A_SLICE))
      roster.of(userId).queue.add([{ rows: some, routes: {}, catchAll: {} }]);
  }
}

/** The row, decided by what its destination keeps saying of us: a worker writes it down like any that is known here. */
function givenUp(row: ProbeRow, destination: string, { type, said }: Rest): ProbeRow {
  const response = cleanLine(`not asked, since ${destination} keeps refusing us: ${said}`, MAX_RESPONSE);
  const reason = type === 'block' ? 'policy-block' : 'rate-limited';
  return { ...row, target: { type: 'decided', verdict: 'unknown', reason, response } };
}
