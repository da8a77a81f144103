// How far running work has come: for the live view, and for the lines that the log gets now and then.

import { totalOutcomes } from '../domain/outcome-counts.ts';
import type { OutcomeCounts } from '../domain/verdict.ts';
import type { ActiveUsers } from './active-users.ts';
import { sentences, type Story } from './story.ts';
import type { TallyFigures } from './tally.ts';

const QUIET_PROGRESS_MS = 60_000;

/** A glance at running work, for the live view. */
export interface WorkProgress {
  readonly startedAt: number;
  readonly workers: number;
  /** Results so far, of users who are done as well. */
  readonly done: number;
  /** Told to stop: nothing new is started, what is in flight is finished. */
  readonly isStopping: boolean;
  /** What reached the database. */
  readonly figures: TallyFigures;
  /** Rows that are claimed and not settled. */
  readonly inHand: number;
  readonly users: readonly {
    readonly userId: number;
    readonly workers: number;
    readonly counts: OutcomeCounts;
    readonly known: number;
  }[];
}

/** Where work stands. */
export interface WorkFigures extends TallyFigures {
  readonly workers: number;
  /** Results so far. */
  readonly reported: number;
  /** Told to stop. */
  readonly isStopping: boolean;
}

export class Progress {
  readonly #story: Story;
  readonly #now: () => number;
  readonly #startedAt: number;
  #toldAt = { reported: 0, time: 0 };

  constructor(story: Story, now: () => number) {
    this.#story = story;
    this.#now = now;
    this.#startedAt = now();
  }

  glance(users: ActiveUsers, figures: WorkFigures): WorkProgress {
    const { workers, reported, isStopping } = figures;
    return {
      startedAt: this.#startedAt,
      workers,
      done: reported,
      isStopping,
      figures,
      inHand: users.rowsInHand,
      users: [...users].map(([userId, user]) => ({
        userId,
        workers: user.workers,
        counts: user.counts,
        known: user.known,
      })),
    };
  }

  /** Tells the logs; a cycle that only waits for slow hosts repeats itself no more often than once a minute. */
  tell(users: ActiveUsers, { workers, reported, counts }: WorkFigures): void {
    const now = this.#now();
    if (reported === this.#toldAt.reported && now < this.#toldAt.time + QUIET_PROGRESS_MS) return;
    this.#toldAt = { reported, time: now };
    const perMinute = reported / ((now - this.#startedAt) / 60_000);
    const inHand = users.rowsInHand;
    this.#story.cron(sentences.progress(counts, inHand, perMinute, workers), { counts, inHand });
    for (const [userId, user] of users) {
      this.#story.user(userId, sentences.userProgress(userId, totalOutcomes(user.counts), user.known), {
        counts: user.counts,
      });
    }
  }
}
