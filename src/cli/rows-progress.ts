// One line on a terminal that says how many rows were read, and of how many. Elsewhere there is none.

import { grouped } from '../domain/amounts.ts';
import { progressBar } from './progress-bar.ts';
import { openRedrawnLine } from './redrawn-line.ts';

const BAR_WIDTH = 24;

export interface RowsProgress extends Disposable {
  /** So many more were read. */
  add(rows: number): void;
}

/** Opens the line on a terminal; undefined where there is none. `expected`: how many there should be, if that is known. */
export function openRowsProgress(
  out: NodeJS.WriteStream,
  expected: number | undefined,
): RowsProgress | undefined {
  const line = openRedrawnLine(out);
  if (line === undefined) return undefined;
  let rows = 0;
  return {
    add(more) {
      rows += more;
      line.draw(() => rowsLine(rows, expected));
    },
    [Symbol.dispose]: () => line.close(),
  };
}

function rowsLine(rows: number, expected: number | undefined): string {
  if (expected === undefined || expected <= 0) return `${grouped(rows)} rows read`;
  return `${progressBar(rows / expected, BAR_WIDTH)} ${grouped(rows)} of ${grouped(expected)} rows read`;
}
