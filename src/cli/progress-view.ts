// The live view of a cycle on a terminal: one block of lines, drawn over itself. Cron has no terminal, and gets nothing.

import type { WorkProgress } from '../cycle/progress.ts';
import { plainCount } from '../domain/amounts.ts';
import { tallyOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import { canRedraw } from '../platform/environment.ts';
import { progressBar } from './progress-bar.ts';

/** What is drawn of it. */
export type Shown = Omit<WorkProgress, 'figures' | 'inHand'>;

const DRAW_EVERY_MS = 200;
const BAR_WIDTHS = [24, 10];

export interface ProgressView {
  /** Draws what is known now; calls within DRAW_EVERY_MS of the last drawing are left out. */
  show(progress: Shown): void;
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
      const lines = progressLines(progress, Date.now(), out.columns ?? 80);
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

/** Gives the lines of the view, each shorter than `width`: a head, and a bar for each user. No number is ever cut. */
export function progressLines(progress: Shown, now: number, width: number): string[] {
  return [headForms(progress, now), ...progress.users.map(userForms)].map((forms) => fitting(forms, width));
}

/** The first that fits; the last in any case, up to its last whole word. */
function fitting(forms: readonly string[], width: number): string {
  const fits = forms.find((form) => form.length < width);
  if (fits !== undefined) return fits;
  const cut = (forms.at(-1) ?? '').slice(0, Math.max(width - 1, 0));
  return cut.slice(0, Math.max(cut.lastIndexOf(' '), 0));
}

function headForms({ startedAt, workers, done, isStopping }: Shown, now: number): readonly string[] {
  const seconds = Math.max((now - startedAt) / 1000, 0.001);
  const [time, speed] = [`${seconds.toFixed(0)} s`, `${Math.round((done / seconds) * 60)} emails/minute`];
  if (isStopping)
    return [
      `${time}, stopping: ${plainCount(workers, 'worker finishes', 'workers finish')} what is in flight`,
      `${time}, stopping`,
      'stopping',
    ];
  return [`${time}, ${plainCount(workers, 'worker')}, ${speed}`, `${time}, ${speed}`, time];
}

function userForms({ userId, workers, counts, known }: Shown['users'][number]): readonly string[] {
  const done = totalOutcomes(counts);
  const part = known === 0 ? 1 : done / known;
  const [name, share, tally] = [`User ${userId}`, `${done}/${known}`, tallyOutcomes(counts)];
  return [
    ...BAR_WIDTHS.map(
      (width) => `${name} ${progressBar(part, width)} ${share}  ${plainCount(workers, 'worker')}  ${tally}`,
    ),
    `${name} ${share}  ${plainCount(workers, 'worker')}  ${tally}`,
    `${name} ${share}  ${tally}`,
    `${name} ${share}`,
  ];
}
