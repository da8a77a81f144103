// `status --watch`: the status again and again, until somebody has seen enough. A database that goes away is told of, with
// how old the figures are, and asked again until it is back. How a screen is drawn is screen.ts.

import { Doorbell } from '../cycle/doorbell.ts';
import { lengthOf } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { localStamp } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { canRedraw } from '../platform/environment.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { listenForShutdown } from '../platform/shutdown.ts';
import type { Store } from '../store/store.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { type Paint, paintFor } from './paint.ts';
import { Screen } from './screen.ts';
import { gatherStatus } from './gather-status.ts';
import { type StatusFacts, statusLines } from './status-view.ts';
import { cutTo } from './text-table.ts';

const LOOK_EVERY_MS = 2_000;
const DRAW_EVERY_MS = 1_000;
/** A statement that hangs keeps nobody from leaving. */
const LEAVE_WITHIN_MS = 500;

const CTRL_C = '\u0003';

/**
 * Shows the status until q or Ctrl-C is pressed, the terminal goes away, or a signal comes; gives the exit code.
 * Rejects with USAGE where there is no terminal, and as opening the store does when the first look fails.
 */
export async function watchStatus(config: Config): Promise<number> {
  const { stdin, stdout } = process;
  if (!canRedraw(stdout) || !stdin.isTTY) {
    throw new OperationalError(
      'USAGE',
      'status: --watch needs a terminal to draw on and to hear the q from; without one, use "status" or "status --json"',
    );
  }
  const watch = new Watch(config);
  await watch.look(); // what is wrong from the beginning is said before the screen changes
  if (watch.trouble !== undefined) throw watch.trouble;

  const bell = new Doorbell();
  const over = new AbortController();
  const leave = (): void => {
    over.abort();
    bell.ring();
  };
  let bug: unknown;
  using shutdown = listenForShutdown();
  shutdown.graceful.addEventListener('abort', leave);
  {
    using screen = new Screen(
      { in: stdin, out: stdout },
      {
        onKey: (key) => {
          if (key === undefined || /[qQ]/.test(key) || key.includes(CTRL_C)) leave();
        },
        onResize: () => bell.ring(),
      },
    );
    const paint = paintFor(stdout);
    let looking: Promise<void> | undefined;
    while (!over.signal.aborted) {
      if (looking === undefined && watch.isDue(Date.now())) {
        looking = watch
          .look()
          .catch((error: unknown) => {
            bug = error; // told when the screen is gone
            leave();
          })
          .finally(() => {
            looking = undefined;
            bell.ring();
          });
      }
      screen.draw(watch.lines(screen, paint));
      await bell.rung(DRAW_EVERY_MS);
    }
  }
  await Promise.race([watch.close(), new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN_MS).unref())]);
  if (bug !== undefined) throw bug;
  return shutdown.request()?.exitCode ?? EXIT.done;
}

/** What was seen last, and what stands in the way of looking again. */
class Watch {
  readonly #config: Config;
  #store: Store | undefined;
  #facts: StatusFacts | undefined;
  #seenAt = 0;
  #lookedAt = 0;
  #awaySince = 0;
  trouble: OperationalError | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  isDue(now: number): boolean {
    return now >= this.#lookedAt + LOOK_EVERY_MS;
  }

  /** Looks; a database that does not answer is noted. Rejects with a bug only. */
  async look(): Promise<void> {
    try {
      this.#store ??= await openPreparedStore(this.#config);
      this.#facts = await gatherStatus(this.#store, this.#config);
      this.#seenAt = Date.now();
      this.trouble = undefined;
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      if (this.trouble === undefined) this.#awaySince = Date.now();
      this.trouble = error;
    } finally {
      this.#lookedAt = Date.now();
    }
  }

  lines({ width, height }: { readonly width: number; readonly height: number }, paint: Paint): string[] {
    const layout = { width, height: height - 2, paint };
    const lines = this.#facts === undefined ? [] : statusLines(this.#facts, layout);
    return [...lines.slice(0, height - 2), '', this.#foot(width, paint)];
  }

  #foot(width: number, paint: Paint): string {
    const age = lengthOf((Date.now() - this.#seenAt) / 1000);
    if (this.trouble === undefined) return paint('quiet', cutTo(`q ends; seen ${age} ago`, width));
    const since = localStamp(this.#awaySince).slice(11);
    const sentence = cleanLine(this.trouble.message, 300);
    return paint('bad', cutTo(`What stands here is ${age} old. Since ${since}: ${sentence}`, width));
  }

  async close(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
  }
}
