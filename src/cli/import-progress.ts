// One line on a terminal that says how far an import or export is. Elsewhere there is none.

import { inWords } from '../domain/amounts.ts';
import { progressBar } from './progress-bar.ts';
import { openRedrawnLine } from './redrawn-line.ts';

const BAR_WIDTH = 24;

export interface ImportProgress extends Disposable {
  /** Draws what is known now, unless it was drawn a moment ago. */
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
  const line = openRedrawnLine(out);
  if (line === undefined) return undefined;
  const startedAt = Date.now();
  const close = (): void => line.close();
  return {
    show({ rows, isAgain }) {
      line.draw((now) => {
        const done = source.bytes === undefined ? undefined : source.bytesRead() / Math.max(source.bytes, 1);
        const seconds = (now - startedAt) / 1000;
        return progressLine({ rows, isAgain, done, seconds }, out.columns ?? 80);
      });
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
