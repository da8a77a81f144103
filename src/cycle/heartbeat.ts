// Says in the database, every few seconds, that this server is at work, for whom, and what it did since: for whoever looks
// on from elsewhere. No cycle reads it. Says one thing at a time: while the database is away nothing piles up.

import { addOutcomes } from '../domain/outcome-counts.ts';
import type { ServerState } from '../domain/figures.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import type { Pool } from '../pool/pool.ts';
import type { Claimant, Store } from '../store/store.ts';
import type { ActiveUsers } from './active-users.ts';

export interface HeartbeatParts {
  readonly store: Pick<Store, 'noteServer'>;
  readonly claimant: Claimant;
  readonly poolSize: number;
  readonly pool: Pick<Pool, 'aliveWorkers' | 'slotsOf'>;
  readonly users: Pick<ActiveUsers, 'rowsInHand' | typeof Symbol.iterator>;
  /** Milliseconds on a clock. */
  readonly now: () => number;
}

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #beganAt: number;
  #counts = new Map<number, OutcomeCounts>();
  /** Of whom it last said that they are here: once more it says that they are gone. */
  #present: readonly number[] = [];
  #saying: Promise<void> | undefined;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#beganAt = parts.now();
  }

  addResults(userId: number, results: readonly Result[]): void {
    this.#counts.set(userId, addOutcomes(this.#counts.get(userId) ?? NO_OUTCOMES, results));
  }

  /** Says how things stand, unless it is still saying how they stood. Rejects as the store does. */
  beat(state: ServerState): Promise<void> {
    this.#saying ??= this.#say(state).finally(() => (this.#saying = undefined));
    return this.#saying;
  }

  /** Says that the work is over. */
  async end(): Promise<void> {
    await this.#saying?.catch(() => undefined);
    await this.beat('ended');
  }

  async #say(state: ServerState): Promise<void> {
    const { store, claimant, poolSize, pool, users, now } = this.#parts;
    const present = new Map(users);
    const counts = this.#counts;
    const concerned = new Set([...present.keys(), ...counts.keys(), ...this.#present]);
    this.#counts = new Map();
    this.#present = [...present.keys()];
    await store.noteServer({
      ...claimant,
      state,
      ageSeconds: (now() - this.#beganAt) / 1000,
      poolSize,
      workers: state === 'ended' ? 0 : pool.aliveWorkers,
      rowsInHand: state === 'ended' ? 0 : users.rowsInHand,
      users: [...concerned].map((userId) => ({
        userId,
        share: present.get(userId)?.workers ?? 0,
        workers: present.has(userId) ? pool.slotsOf(userId) : 0,
        rowsInHand: present.get(userId)?.feed.rowsInHand ?? 0,
        counts: counts.get(userId) ?? NO_OUTCOMES,
      })),
    });
  }
}
