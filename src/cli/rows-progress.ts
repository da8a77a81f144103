// One line on a terminal that says how many rows were read, and of how many. Elsewhere there is none.

import { grouped } from '../domain/amounts.ts';
import { canRedraw } from '../platform/environment.ts';
import { progressBar } from './progress-bar.ts';

const DRAW_EVERY_MS = 200;
const BAR_WIDTH = 24;

export interface RowsProgress extends Disposable {
  /** So many more were read; calls within DRAW_EVERY_MS of the last drawing are not drawn. */
  add(rows: number): void;
}

/** Opens the line on a terminal; undefined where there is none. `expected`: how many there should be, if that is known. */
export function openRowsProgress(
  out: NodeJS.WriteStream,
  expected: number | undefined,
): RowsProgress | undefined {
  if (!canRedraw(out)) return undefined;
  let rows = 0;
  let drawnAt = 0;
  return {
    add(more) {
      rows += more;
      if (Date.now() - drawnAt < DRAW_EVERY_MS) return;
      drawnAt = Date.now();
      out.write(`\r\u001B[K${rowsLine(rows, expected)}`);
    },
    [Symbol.dispose]: () => void (drawnAt > 0 && out.write('\r\u001B[K')),
  };
}

function rowsLine(rows: number, expected: number | undefined): string {
  if (expected === undefined || expected <= 0) return `${grouped(rows)} rows read`;
  return `${progressBar(rows / expected, BAR_WIDTH)} ${grouped(rows)} of ${grouped(expected)} rows read`;
}
