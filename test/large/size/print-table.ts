// Figures in columns, for whoever reads them in a terminal or a log.

export function printTable(title: string, lines: readonly Readonly<Record<string, string | number>>[]): void {
  const heads = Object.keys(lines[0]!);
  const table = [heads, ...lines.map((line) => heads.map((head) => cellOf(line[head]!)))];
  const widths = heads.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  console.log(`\n${title}`);
  for (const cells of table)
    console.log(cells.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
}

function cellOf(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 1 }) : value;
}
