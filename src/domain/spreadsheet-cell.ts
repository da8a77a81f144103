// Cells of CSV files that we write, fit for spreadsheets: RFC 4180 quotes, one line, and no formula. What begins like a
// formula gets an apostrophe in front, as OWASP advises ("CSV injection"): a spreadsheet shows it as text, and a
// program can tell it, since no address and no word of ours begins with one. Pure.

import { cleanLine } from './clean-text.ts';

/** What a spreadsheet may take for a formula, a DDE call or the beginning of one. */
const FORMULA = /^[=+\-@\t\r\n]/;
// A full-width sign is as good as the plain one in some of them.
const WIDE_FORMULA = /^[\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Gives a line of CSV, without its end. Numbers are written as they are. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return cells.map((cell) => (typeof cell === 'number' ? String(cell) : csvCell(cell ?? ''))).join(',');
}

/** Gives the text of a cell on one line, neutralised, and quoted where it must be. */
export function csvCell(text: string): string {
  const line = neutral(text);
  return /[",;|]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

/** Gives back what neutralising put in front, for a cell of a file that we or another careful program wrote. */
export function withoutGuard(cell: string): string {
  return /^'[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell) ? cell.slice(1) : cell;
}

/** The text without controls, and with an apostrophe before whatever a spreadsheet would calculate. */
function neutral(text: string): string {
  const isFormula = FORMULA.test(text) || WIDE_FORMULA.test(text);
  const line = cleanLine(text);
  return isFormula || FORMULA.test(line) || WIDE_FORMULA.test(line) ? `'${line}` : line;
}
