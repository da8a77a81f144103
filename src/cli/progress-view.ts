// The live view of a cycle on a terminal: one block of lines, drawn over itself. Cron has no terminal, and gets nothing.

import type { WorkProgress } from '../cycle/progress.ts';
import { tallyOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import { canRedraw } from '../platform/environment.ts';

const DRAW_EVERY_MS = 200;
const BAR_WIDTH = 24;

export interface ProgressView {
  /** Draws what is known now; calls within DRAW_EVERY_MS of the last drawing are left out. */
  show(progress: WorkProgress): void;
  /** Wipes the block. */
  close(): void;
}

/** Opens the view on a terminal; undefined where there is none. */
export function openProgressView(out: NodeJS.WriteStream): ProgressView | undefined {
  if (!canRedraw(out)) return undefined;
  let drawnLines = 0;
  let drawnAt = 0;
  const wipe = (): string => (drawnLines === 0 ? '' : `\u001B[${drawnLines}F\u001B[J`);
  return {
    show(progress) {
      if (Date.now() - drawnAt < DRAW_EVERY_MS) return;
      const lines = progressLines(progress, Date.now()).map((line) => line.slice(0, (out.columns ?? 80) - 1));
      out.write(`${wipe()}${lines.join('\n')}\n`);
      drawnLines = lines.length;
      drawnAt = Date.now();
    },
    close() {
      out.write(wipe());
      drawnLines = 0;
    },
  };
}

/** Gives the lines of the view: a head, and a bar for each user. */
export function progressLines(progress: WorkProgress, now: number): string[] {
  const seconds = Math.max((now - progress.startedAt) / 1000, 0.001);
  const head = `${seconds.toFixed(0)} s, ${progress.workers} worker(s), ${Math.round((progress.done / seconds) * 60)} emails/minute`;
  return [head, ...progress.users.map(userLine)];
}

function userLine({ userId, workers, counts, known }: WorkProgress['users'][number]): string {
  const done = totalOutcomes(counts);
  const share = known === 0 ? 1 : Math.min(done / known, 1);
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return `User ${userId} ${bar} ${done}/${known}  ${workers} workers  ${tallyOutcomes(counts)}`;
}
