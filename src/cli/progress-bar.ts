// The bar that says how far something is.

/** Gives `width` characters, filled by `part` of 0 to 1; full only of a whole, since it is rounded down. */
export function progressBar(part: number, width: number): string {
  const filled = Math.floor(Math.min(part, 1) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
