// Whoever looks on while a cycle works: the terminal, the logs, and by the database the other servers' operators. Gathers
// where the work stands and tells each in its own rhythm, which work.ts sets.

import type { Result } from '../domain/result.ts';
import type { ActiveUsers } from './active-users.ts';
import { Heartbeat, type HeartbeatParts } from './heartbeat.ts';
import { Progress, type WorkFigures, type WorkProgress } from './progress.ts';
import type { Story } from './story.ts';
import type { Tally } from './tally.ts';

export interface OnlookersParts extends HeartbeatParts {
  readonly story: Story;
  readonly users: ActiveUsers;
  readonly tally: Tally;
  readonly isStopping: () => boolean;
  readonly showProgress: ((progress: WorkProgress) => void) | undefined;
}

export class Onlookers {
  readonly #parts: OnlookersParts;
  readonly #progress: Progress;
  readonly #heartbeat: Heartbeat;

  constructor(parts: OnlookersParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.story, parts.now);
    this.#heartbeat = new Heartbeat(parts);
  }

  addResults(userId: number, results: readonly Result[]): void {
    this.#heartbeat.addResults(userId, results);
  }

  /** Shows the terminal, where there is one. */
  draw(): void {
    this.#parts.showProgress?.(this.#progress.glance(this.#parts.users, this.#figures));
  }

  /** Tells the logs. */
  tell(): void {
    this.#progress.tell(this.#parts.users, this.#figures);
  }

  /** Tells the database. Rejects as the store does. */
  beat(): Promise<void> {
    return this.#heartbeat.beat(this.#parts.isStopping() ? 'stopping' : 'working');
  }

  /** Tells the database that the work is over. */
  end(): Promise<void> {
    return this.#heartbeat.end();
  }

  get #figures(): WorkFigures {
    const { pool, tally, isStopping } = this.#parts;
    const { reported, figures } = tally;
    return { ...figures, reported, workers: pool.aliveWorkers, isStopping: isStopping() };
  }
}
