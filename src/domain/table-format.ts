// Tells from the beginning of a text what kind of table it is: JSON lines, CSV and with which delimiter, or plain lines.
// Pure; what it says is shown to the operator, who may know better.

export type TableFormat =
  | { readonly type: 'csv'; readonly delimiter: string }
  | { readonly type: 'ndjson' }
  | { readonly type: 'lines' };

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Lines that are looked at. */
const LINES = 100;

/**
 * Gives the format of the text that begins so. CSV is what has the same delimiter in most of its lines, outside of quotes, or
 * quotes round whole lines; where several delimiters would do, the one that parts most lines, then into most cells.
 */
export function formatOf(beginning: string): TableFormat {
  const lines = beginning
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, LINES);
  const [first = ''] = lines;
  if (/^\s*\{/.test(first) && isJson(first)) return { type: 'ndjson' };
  const candidates = DELIMITERS.map((delimiter) => ({ delimiter, ...usual(lines, delimiter) }))
    .filter(({ count, share }) => count > 0 && share > 0.5)
    .toSorted((a, b) => b.share - a.share || b.count - a.count);
  const best = candidates[0];
  if (best !== undefined) return { type: 'csv', delimiter: best.delimiter };
  return /^".*"$/.test(first.trim()) ? { type: 'csv', delimiter: ',' } : { type: 'lines' };
}

/** How often most lines have the delimiter, and what part of them that is. */
function usual(
  lines: readonly string[],
  delimiter: string,
): { readonly count: number; readonly share: number } {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const count = outsideQuotes(line).split(delimiter).length - 1;
    if (count > 0) counts.set(count, (counts.get(count) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([a, linesA], [b, linesB]) => linesB - linesA || b - a);
  return most === undefined ? { count: 0, share: 0 } : { count: most[0], share: most[1] / lines.length };
}

function outsideQuotes(line: string): string {
  return line.replaceAll(/"(?:[^"]|"")*(?:"|$)/g, '');
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
