// Shows how far a cycle is while it runs: one line drawn over itself on a terminal, a line now and then
// elsewhere. It asks the database, as the CRM does.

export interface Progress {
  /** Prints a line of its own above the progress. */
  say(line: string): void;
  /** Shows the state, when it is time. */
  show(decided: number, total: number): void;
  /** Takes the redrawn line away. */
  clear(): void;
}

const PLAIN_EVERY_MS = 3_000;
const BAR_WIDTH = 30;

export function openProgress(out: NodeJS.WriteStream, now: () => number): Progress {
  const startedAt = now();
  let shownAt = -Infinity;
  let isDrawn = false;
  const clear = () => {
    if (isDrawn) out.write('\r\u001B[K');
    isDrawn = false;
  };
  return {
    clear,
    say: (line) => {
      clear();
      out.write(`${line}\n`);
    },
    show: (decided, total) => {
      const line = progressLine(decided, total, now() - startedAt);
      if (out.isTTY) {
        out.write(`\r\u001B[K${line.slice(0, (out.columns ?? 80) - 1)}`);
        isDrawn = true;
      } else if (now() - shownAt >= PLAIN_EVERY_MS) {
        shownAt = now();
        out.write(`${line}\n`);
      }
    },
  };
}

export function progressLine(decided: number, total: number, elapsedMs: number): string {
  const filled = Math.floor((decided / Math.max(total, 1)) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return `  ${bar} ${decided} of ${total} decided after ${(elapsedMs / 1000).toFixed(0)} s`;
}
