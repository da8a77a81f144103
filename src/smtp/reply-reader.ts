// Bytes in, replies out. Knows where a line and a reply end, and the bounds on both (RFC 5321 §4.2, §4.5.3.1.5);
// what a reply's fields are is domain/reply.ts, what follows from it is dialogue.ts.
//
// Bytes stay bytes until their line is whole, because UTF-8 may be split across reads. Once the reader has found a
// problem it has lost its place in the stream: it never reads on.

import type { Reply } from '../domain/observation.ts';
import { assembleReply } from '../domain/reply.ts';

// RFC 5321 §4.5.3.1.5 allows 512 octets a line, and hosts exceed it; beyond these bounds nobody means well.
export const MAX_LINE_BYTES = 4096;
export const MAX_REPLY_BYTES = 64 * 1024;
export const MAX_REPLY_LINES = 200;

const LF = 10;
const CR = 13;
const HYPHEN = 45;
const CODE_LENGTH = 3;
const CODE = /^[2-5][0-9]{2}$/; // hosts in the field go beyond the [2-5][0-5][0-9] of RFC 5321 §4.2
const BEYOND_ASCII = /[\u0080-\u00FF]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const NO_REPLIES: readonly Reply[] = [];

export class ReplyReader {
  /** What made the stream unreadable, in words for the log; undefined as long as it is sound. */
  problem: string | undefined;

  #partial: Buffer | undefined; // the beginning of a line whose end has not come
  #lines: string[] = []; // the whole lines of a reply whose last line has not come
  #replyBytes = 0;

  /**
   * Gives the replies that `chunk` completes, in order. Lines end with CRLF or a bare LF; text is UTF-8 where that
   * is what the bytes are, else Latin-1. At the first thing that is not SMTP it stops and sets `problem`; replies
   * before it still count. Keeps no reference to `chunk`. Never throws.
   */
  read(chunk: Buffer): readonly Reply[] {
    let replies: Reply[] | undefined;
    let start = 0;
    while (this.problem === undefined && start < chunk.length) {
      const end = chunk.indexOf(LF, start);
      if (end < 0) {
        this.#keep(chunk.subarray(start));
        break;
      }
      const reply = this.#endLine(chunk.subarray(start, end));
      if (reply !== undefined) (replies ??= []).push(reply);
      start = end + 1;
    }
    return replies ?? NO_REPLIES;
  }

  #keep(bytes: Buffer): void {
    const kept = this.#partial?.length ?? 0;
    if (kept + bytes.length > MAX_LINE_BYTES) {
      this.problem = `line over ${MAX_LINE_BYTES} bytes`;
      return;
    }
    // Buffer.concat copies: the caller's buffer is overwritten by the next read.
    this.#partial = Buffer.concat(this.#partial === undefined ? [bytes] : [this.#partial, bytes]);
  }

  /** Takes the line that `bytes` end, and gives the reply if it was the reply's last. */
  #endLine(bytes: Buffer): Reply | undefined {
    const whole = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
    this.#partial = undefined;
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;

    this.#replyBytes += whole.length + 1;
    this.problem = this.#problemWith(line);
    if (this.problem !== undefined) return undefined;

    this.#lines.push(decode(line));
    return line[CODE_LENGTH] === HYPHEN ? undefined : this.#endReply();
  }

  #problemWith(line: Buffer): string | undefined {
    if (line.length > MAX_LINE_BYTES) return `line over ${MAX_LINE_BYTES} bytes`;
    if (this.#replyBytes > MAX_REPLY_BYTES) return `reply over ${MAX_REPLY_BYTES} bytes`;
    if (this.#lines.length >= MAX_REPLY_LINES) return `reply over ${MAX_REPLY_LINES} lines`;
    if (line.includes(0)) return 'NUL in a reply';
    const code = line.toString('latin1', 0, CODE_LENGTH);
    if (!CODE.test(code)) return 'not an SMTP reply';
    const first = this.#lines[0];
    // Which of two codes was meant cannot be known, so neither is taken.
    if (first !== undefined && !first.startsWith(code)) {
      return 'different codes in one reply';
    }
    return undefined;
  }

  #endReply(): Reply | undefined {
    const reply = assembleReply(this.#lines);
    if (reply === undefined) this.problem = 'not an SMTP reply';
    this.#lines = [];
    this.#replyBytes = 0;
    return reply;
  }
}

function decode(line: Buffer): string {
  const latin1 = line.toString('latin1');
  if (!BEYOND_ASCII.test(latin1)) return latin1;
  try {
    return utf8.decode(line);
  } catch {
    return latin1;
  }
}
