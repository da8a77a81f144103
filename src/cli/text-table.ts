// Tables of text: cells below each other, each column as wide as it has to be. Where there is no room, columns that may go
// do so, and then the elastic one is cut. What was painted counts as wide as it looks.

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly string[];
  /** Goes where there is no room; the highest first. Without it the column stays. */
  readonly mayGo?: number;
  /** May be cut to this width, of the last column that says so. */
  readonly shrinksTo?: number;
}

const GAP = '  ';

/** Gives the title line and a line a row, none wider than `width`; no blanks at their ends. */
export function tableLines(columns: readonly Column[], width: number): string[] {
  const kept = thatFit(columns, width);
  const widths = kept.map(widthOfColumn);
  const over = Math.max(total(widths) - width, 0);
  const elastic = kept.findLastIndex(({ shrinksTo }) => shrinksTo !== undefined);
  if (elastic >= 0) widths[elastic] = Math.max(widths[elastic]! - over, kept[elastic]!.shrinksTo!);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => inCell(cell, widths[index]!, kept[index]!.align))
      .join(GAP)
      .trimEnd();
  const rows = Math.max(0, ...kept.map(({ cells }) => cells.length));
  return [
    line(kept.map(({ title }) => title)),
    ...Array.from({ length: rows }, (_, row) => line(kept.map(({ cells }) => cells[row] ?? ''))),
  ];
}

function thatFit(columns: readonly Column[], width: number): readonly Column[] {
  const least = columns.map((column) => Math.min(widthOfColumn(column), column.shrinksTo ?? Infinity));
  if (total(least) <= width) return columns;
  const goes = Math.max(...columns.map(({ mayGo }) => mayGo ?? -Infinity));
  if (goes === -Infinity) return columns;
  return thatFit(
    columns.filter(({ mayGo }) => mayGo !== goes),
    width,
  );
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * Math.max(widths.length - 1, 0);
}

function widthOfColumn({ title, cells }: Column): number {
  return Math.max(shownWidth(title), ...cells.map(shownWidth));
}

function inCell(cell: string, width: number, align: Column['align']): string {
  const text = shownWidth(cell) > width ? cutTo(cell, width) : cell;
  const blanks = ' '.repeat(Math.max(width - shownWidth(text), 0));
  return align === 'left' ? text + blanks : blanks + text;
}

// What paints a text (SGR), and nothing else that a terminal would obey: texts from elsewhere were cleaned.
// eslint-disable-next-line no-control-regex
const PAINT = /\u001B\[[\d;]*m/g;
// East Asian wide characters and emoji take two places, marks that sit on others none.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;
const PLAIN = /^[ -~]*$/;

/** How many places a text takes on a terminal. */
export function shownWidth(text: string): number {
  const bare = text.replace(PAINT, '');
  return PLAIN.test(bare) ? bare.length : [...bare].reduce((sum, char) => sum + placesOf(char), 0);
}

/** The text cut to so many places, `…` in the last; painted text loses its paint. */
export function cutTo(text: string, width: number): string {
  if (shownWidth(text) <= width) return text;
  let [cut, places] = ['', 0];
  for (const char of text.replace(PAINT, '')) {
    if (places + placesOf(char) > width - 1) break;
    cut += char;
    places += placesOf(char);
  }
  return width < 1 ? '' : `${cut.trimEnd()}…`;
}

function placesOf(char: string): number {
  return WIDE.test(char) ? 2 : MARK.test(char) ? 0 : 1;
}
