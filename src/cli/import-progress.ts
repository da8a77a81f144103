// One line on a terminal that says how far an import or export is. Elsewhere there is none.

import { inWords } from '../domain/amounts.ts';
import { canRedraw } from '../platform/environment.ts';
import { progressBar } from './progress-bar.ts';

const DRAW_EVERY_MS = 200;
const BAR_WIDTH = 24;

export interface ImportProgress extends Disposable {
  /** Draws what is known now; calls within DRAW_EVERY_MS of the last drawing are left out. */
  show(news: { readonly rows: number; readonly isAgain: boolean }): void;
  /** Wipes the line. */
  close(): void;
}

export interface ProgressSource {
  /** Undefined for a pipe. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
}

/** Opens the line on a terminal; undefined where there is none. */
export function openImportProgress(
  out: NodeJS.WriteStream,
  source: ProgressSource,
): ImportProgress | undefined {
  if (!canRedraw(out)) return undefined;
  const startedAt = Date.now();
  let drawnAt = 0;
  const close = (): void => {
    if (drawnAt > 0) out.write('\r\u001B[K');
    drawnAt = 0;
  };
  return {
    show({ rows, isAgain }) {
      const now = Date.now();
      if (now - drawnAt < DRAW_EVERY_MS) return;
      const done = source.bytes === undefined ? undefined : source.bytesRead() / Math.max(source.bytes, 1);
      const line = progressLine(
        { rows, isAgain, done, seconds: (now - startedAt) / 1000 },
        out.columns ?? 80,
      );
      out.write(`\r\u001B[K${line}`);
      drawnAt = now;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** The line, shorter than `width`: what fits of it. */
export function progressLine(
  glance: {
    readonly rows: number;
    readonly isAgain: boolean;
    /** Part of the file, 0 to 1; undefined where its length is not known. */
    readonly done: number | undefined;
    readonly seconds: number;
  },
  width: number,
): string {
  const { rows, isAgain, done, seconds } = glance;
  const speed = `${Math.round(rows / Math.max(seconds, 0.001))}/s`;
  const what = `${rows} addresses${isAgain ? ' (in already)' : ''}`;
  if (done === undefined) return firstFitting([`${what}, ${speed}`, what, `${rows}`], width);
  const percent = `${Math.floor(Math.min(done, 1) * 100)}%`;
  const left = done > 0.01 ? `, ${inWords((seconds / done) * (1 - done))} left` : '';
  return firstFitting(
    [
      `${progressBar(done, BAR_WIDTH)} ${percent}  ${what}, ${speed}${left}`,
      `${percent}  ${what}, ${speed}${left}`,
      `${percent}  ${what}`,
      percent,
    ],
    width,
  );
}

function firstFitting(forms: readonly string[], width: number): string {
  return forms.find((form) => form.length < width) ?? '';
}
