// Makes text from outside fit to stand in a log line, a database column or a terminal: one line, nothing that
// ends it, hides in it or turns its direction. Every text of a remote server passes here before it is written.

// C0, DEL, C1, line and paragraph separators: whatever could end or repaint a line.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
// Bidi marks, embeddings, overrides and isolates (UAX #9), zero-width characters, soft hyphen, the byte order
// mark, tag characters and variation selectors: seen by programs and not by people.
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
// Most texts hold neither, and need not pay for the tables of Unicode; nor for anything at all where blanks stand alone.
const PLAIN = /^[ -~]*$/;
const TIDY = /^[!-~]+(?: [!-~]+)*$/;
const CUT = '…';

/**
 * Gives `text` as one line of at most `max` UTF-16 code units (so at most as many characters).
 *
 * Controls and line ends become blanks, runs of blanks one; bidi controls and zero-width characters vanish; a lone
 * surrogate becomes U+FFFD. What is cut ends with `…`, never within a surrogate pair. Never throws.
 */
export function cleanLine(text: string, max = Infinity): string {
  if (text.length <= max && TIDY.test(text)) return text;
  // What cannot survive the cut need not be cleaned: a hostile text costs what a long honest one does.
  const read = text.length > 8 * max + 1024 ? text.slice(0, 8 * max + 1024) : text;
  const visible = PLAIN.test(read) ? read : read.toWellFormed().replace(INVISIBLE, '').replace(CONTROL, ' ');
  const line = visible.replace(/\s+/gu, ' ').trim();
  return line.length <= max ? line : cutAt(line, max);
}

function cutAt(line: string, max: number): string {
  if (max < CUT.length) return '';
  const end = max - CUT.length;
  const splitsPair = /[\uD800-\uDBFF]/.test(line[end - 1] ?? '');
  return line.slice(0, splitsPair ? end - 1 : end).trimEnd() + CUT;
}
