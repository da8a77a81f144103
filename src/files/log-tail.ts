// Reads a file that others write to: the lines that are whole, from where it read last. Follows its name, not the file: one
// that was moved away and made anew is read from its beginning, one that is gone has no more lines.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { cannotRead, errnoOf } from './file-errors.ts';

const CHUNK_BYTES = 65_536;
/** No line of ours is so long; what is, is given in pieces. */
const MAX_LINE_BYTES = 1_000_000;
const LF = 0x0a;

export class LogTail {
  readonly path: string;
  #ino: number | undefined;
  #offset = 0;
  /** The beginning of a line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.path = path;
  }

  /** Passes over what is there but for the last lines. Throws FILE_NOT_READ. */
  skipTo(lastLines: number): void {
    const file = this.#open();
    if (file === undefined) return;
    try {
      this.#offset = startOfLast(file.fd, file.size, lastLines);
    } finally {
      closeSync(file.fd);
    }
  }

  /** Gives the whole lines since the last call, decoded, without their ends. Throws FILE_NOT_READ. */
  *readLines(): Generator<string> {
    const file = this.#open();
    if (file === undefined) return;
    try {
      if (file.size < this.#offset) this.#startAnew(); // cut short under our eyes
      for (const chunk of chunksOf(file.fd, this.#offset, file.size)) {
        this.#offset += chunk.length;
        yield* this.#linesIn(chunk);
      }
    } finally {
      closeSync(file.fd);
    }
  }

  *#linesIn(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const line = Buffer.concat([this.#rest, chunk.subarray(from, end)]).toString('utf8');
      this.#rest = Buffer.alloc(0);
      from = end + 1;
      yield line;
    }
    this.#rest = Buffer.concat([this.#rest, chunk.subarray(from)]);
    if (this.#rest.length <= MAX_LINE_BYTES) return;
    yield this.#rest.toString('utf8');
    this.#rest = Buffer.alloc(0);
  }

  #startAnew(): void {
    this.#offset = 0;
    this.#rest = Buffer.alloc(0);
  }

  /** Undefined where nothing has this name now. */
  #open(): { readonly fd: number; readonly size: number } | undefined {
    try {
      const fd = openSync(this.path, 'r');
      const { ino, size } = fstatSync(fd);
      if (this.#ino !== undefined && ino !== this.#ino) this.#startAnew();
      this.#ino = ino;
      return { fd, size };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw cannotRead(this.path, error);
    }
  }
}

function* chunksOf(fd: number, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to;) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, to - at));
    const read = readSync(fd, chunk, 0, chunk.length, at);
    if (read === 0) return;
    at += read;
    yield chunk.subarray(0, read);
  }
}

/** Where the last so many lines of a file begin. */
function startOfLast(fd: number, size: number, lines: number): number {
  let ends = 0;
  for (let to = size; to > 0; to -= CHUNK_BYTES) {
    const from = Math.max(to - CHUNK_BYTES, 0);
    const chunk = Buffer.alloc(to - from);
    readSync(fd, chunk, 0, chunk.length, from);
    for (let at = chunk.lastIndexOf(LF); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(LF, at - 1))
      if (++ends > lines) return from + at + 1;
  }
  return 0;
}
