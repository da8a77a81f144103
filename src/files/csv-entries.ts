// Reads CSV by csv-parse (RFC 4180, any line end, quotes within words forgiven), and goes on where csv-parse stops: behind a
// line whose quote is never closed, or that is longer than any record may be. Plain lines are read the same way, without
// quotes and delimiters. Memory is bounded by the longest entry.

import { Parser, type Options } from 'csv-parse';
import { OperationalError } from '../platform/operational-error.ts';
import { KEPT_TEXT, MAX_ENTRY, type TableEntry } from './table-entry.ts';

/** A quoted cell may hold so many line ends: more are taken for a quote that was forgotten, and whose end another opened. */
const MAX_LINES = 100;
/** Each costs reading an entry's length again; a file with more of them is no CSV. */
const MAX_BROKEN = 1_000;
/** Parts no cells of a plain line: a control character that stands in no text (ASCII's record separator). */
const NO_DELIMITER = '\u001E';

const LF = 0x0a;
const CR = 0x0d;

/** Gives the entries of a UTF-8 text in pieces; `delimiter` undefined for plain lines. */
export async function* csvEntries(
  chunks: AsyncIterable<Buffer>,
  delimiter: string | undefined,
): AsyncGenerator<readonly TableEntry[]> {
  const reader = new Reader(delimiter);
  for await (const chunk of chunks) yield await reader.read(chunk, false);
  yield await reader.read(Buffer.alloc(0), true);
}

class Reader {
  readonly #delimiter: string | undefined;
  #parser: Parser;
  /** What was read since the end of the last entry. */
  #tail: Buffer = Buffer.alloc(0);
  /** Of the parser: bytes that it was given before the tail. */
  #offset = 0;
  /** Of the file: line ends before the tail. */
  #line = 0;
  /** Cells of the first entry. */
  #width: number | undefined;
  #broken = 0;
  /** In the midst of a line that is too long: the rest of it is dropped. */
  #isDropping = false;
  #found: TableEntry[] = [];

  constructor(delimiter: string | undefined) {
    this.#delimiter = delimiter;
    this.#parser = this.#open();
  }

  async read(chunk: Buffer, isEnd: boolean): Promise<readonly TableEntry[]> {
    this.#found = [];
    let rest: Buffer | undefined = this.#isDropping ? this.#drop(chunk) : chunk;
    while (rest !== undefined) {
      this.#tail = Buffer.concat([this.#tail, rest]);
      const isBroken = await this.#feed(rest, isEnd);
      rest = isBroken ? this.#passOver() : undefined;
    }
    return this.#found;
  }

  /** Gives bytes to the parser; true when it could not go on. */
  #feed(bytes: Buffer, isEnd: boolean): Promise<boolean> {
    const parser = this.#parser;
    return new Promise((resolve, reject) => {
      parser.removeAllListeners('error').once('error', (error: NodeJS.ErrnoException) => {
        if (error.code?.startsWith('CSV_') === true || error === SWOLLEN) resolve(true);
        else reject(error);
      });
      const done = (error?: Error | null): void => {
        if (error === undefined || error === null) resolve(false);
      };
      if (isEnd) parser.end(bytes, done).resume();
      else parser.write(bytes, done);
    });
  }

  #open(): Parser {
    const options: Options = {
      delimiter: this.#delimiter ?? NO_DELIMITER,
      quote: this.#delimiter === undefined ? null : '"',
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MAX_ENTRY,
      on_record: (cells: string[], { bytes }) => {
        this.#take(cells, bytes);
        return null; // nothing goes on through the stream: entries are taken here, at once
      },
    };
    this.#offset = 0;
    return new Parser(options);
  }

  #take(cells: string[], bytes: number): void {
    const whole = this.#tail.subarray(0, bytes - this.#offset);
    const from = this.#line + blankLines(whole) + 1;
    const isEnded = [LF, CR].includes(whole[whole.length - 1]!);
    const behind = this.#line + lineEnds(whole) + (isEnded ? 1 : 2);
    this.#width ??= cells.length;
    const lines = behind - from;
    if (lines > 1 && (lines > MAX_LINES || cells.length !== this.#width || !this.#isStrict(whole)))
      throw SWOLLEN;
    this.#found.push({
      line: from,
      cells: this.#delimiter === undefined ? [cells.join(NO_DELIMITER)] : cells,
    });
    this.#tail = this.#tail.subarray(bytes - this.#offset);
    this.#offset = bytes;
    this.#line = behind - 1;
  }

  /** What quotes are forgiven in one line would, in several, be one that was forgotten and the next ones. */
  #isStrict(entry: Buffer): boolean {
    const cell = `(?:"(?:[^"]+|"")*"|[^"\\r\\n\\${this.#delimiter}]*)`;
    return new RegExp(`^[\\r\\n]*${cell}(?:\\${this.#delimiter}${cell})*[\\r\\n]*$`).test(entry.toString());
  }

  /** Tells of the line at which the parser stopped, and begins behind it; gives what is to be read from there. */
  #passOver(): Buffer | undefined {
    if (++this.#broken > MAX_BROKEN) {
      throw new OperationalError(
        'USAGE',
        `more than ${MAX_BROKEN} lines of the file have a quote that is never closed, or are too long: it is no CSV; try --format lines`,
      );
    }
    const begin = this.#tail.findIndex((byte) => byte !== LF && byte !== CR);
    this.#line += blankLines(this.#tail);
    const text = this.#tail.subarray(Math.max(begin, 0));
    const end = lineEnd(text);
    this.#found.push({
      line: this.#line + 1,
      problem:
        end === undefined || end > MAX_ENTRY
          ? `longer than ${MAX_ENTRY} characters`
          : 'a quote that is not closed',
      text: text.subarray(0, Math.min(end ?? KEPT_TEXT, KEPT_TEXT)).toString(),
    });
    this.#tail = Buffer.alloc(0);
    this.#isDropping = true;
    this.#parser.destroy();
    return this.#drop(text);
  }

  /** What follows the line that is dropped; undefined when it goes on beyond these bytes. */
  #drop(bytes: Buffer): Buffer | undefined {
    const end = lineEnd(bytes);
    if (end === undefined) return undefined;
    this.#isDropping = false;
    this.#line++;
    this.#parser = this.#open();
    return bytes.subarray(end);
  }
}

/** What a forgotten quote makes of lines: an entry of several, with cells that no other entry has. */
const SWOLLEN = new Error('a quote that is not closed where it should be');

/** Behind the first line end; undefined where there is none. */
function lineEnd(bytes: Buffer): number | undefined {
  const at = bytes.findIndex((byte) => byte === LF || byte === CR);
  if (at < 0) return undefined;
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
}

function lineEnds(bytes: Buffer): number {
  let ends = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === LF ? bytes[at - 1] !== CR : byte === CR) ends++;
  }
  return ends;
}

/** The empty lines that it begins with. */
function blankLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; bytes[at] === LF || bytes[at] === CR; at++) {
    if (!(bytes[at] === LF && bytes[at - 1] === CR)) lines++;
  }
  return lines;
}
