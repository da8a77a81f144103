// Text laid out for a terminal or a pipe: lines of at most a width, cells below each other. Widths are counted in
// characters: what is laid out here is ours, or was cleaned.

/** How many columns there are to fill: those of the terminal, else 80. */
export function widthOf(stream: { readonly columns?: number | undefined }): number {
  return Math.max(stream.columns ?? 80, 40);
}

/**
 * Parts text at blanks into lines of at most `width`, but not in front of `%`; a word that is longer is cut, behind a mark if it
 * has one.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?!%)/)) {
    let rest = word;
    // Behind the line as it is, where it fits; else on lines of its own.
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      const end = cutWithin(rest, width);
      lines.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return [...lines, line];
}

/** Puts cells beside each other, each wrapped to its width; the last has what is left. Two blanks part them. */
export function besideEachOther(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, index) => wrap(cell, widths[index] ?? 80));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    wrapped
      .map((lines, column) => (lines[row] ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cutWithin(word: string, width: number): number {
  const [marked] = /^.*[,/@]/.exec(word.slice(0, width)) ?? [''];
  return marked === '' ? width : marked.length;
}
