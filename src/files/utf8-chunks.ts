// Turns a text file of whatever encoding into UTF-8, piece by piece: by its byte order mark, or as UTF-16 by the zeros
// that Latin letters leave in it, else as UTF-8. What is no UTF-8 is taken for Windows-1252, line by line, as spreadsheets
// save it. Never fails; memory is bounded, however long a line is.

import { isUtf8 } from 'node:buffer';

export interface EncodingFound {
  encoding: 'UTF-8' | 'UTF-16LE' | 'UTF-16BE';
  /** Lines that were no UTF-8, and were read as Windows-1252. */
  windowsLines: number;
}

const LF = 0x0a;
const CR = 0x0d;
/** What Windows-1252 has where Latin-1 has controls; U+FFFD where it has nothing. */
const WINDOWS_80_TO_9F = '€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ';
/** Pieces end with a line where one ends in so many bytes. */
const MAX_PIECE = 256 * 1024;

/** Gives the text of `input` as UTF-8 in pieces; `found` says meanwhile how it was read. */
export async function* utf8Chunks(
  input: AsyncIterable<Buffer>,
  found: EncodingFound,
): AsyncGenerator<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  let decode: ((bytes: Buffer, isEnd: boolean) => Buffer) | undefined;
  for await (const chunk of input) {
    if (decode === undefined) {
      start = Buffer.concat([start, chunk]);
      if (start.length < 4) continue;
    }
    const bytes = decode === undefined ? start : chunk;
    decode ??= decoderFor(start, found);
    const piece = decode(bytes, false);
    if (piece.length > 0) yield piece;
  }
  const rest = (decode ?? decoderFor(start, found))(decode === undefined ? start : Buffer.alloc(0), true);
  if (rest.length > 0) yield rest;
}

function decoderFor(start: Buffer, found: EncodingFound): (bytes: Buffer, isEnd: boolean) => Buffer {
  const encoding = encodingOf(start);
  found.encoding = encoding;
  if (encoding === 'UTF-8') return fromBytes(found);
  const decoder = new TextDecoder(encoding); // drops a byte order mark, and puts U+FFFD for what is broken
  return (bytes, isEnd) => Buffer.from(decoder.decode(bytes, { stream: !isEnd }));
}

function encodingOf(start: Buffer): EncodingFound['encoding'] {
  if (start[0] === 0xff && start[1] === 0xfe) return 'UTF-16LE';
  if (start[0] === 0xfe && start[1] === 0xff) return 'UTF-16BE';
  const pairs = Math.floor(Math.min(start.length, 512) / 2);
  const zeros = (offset: number): number =>
    Array.from({ length: pairs }, (_, pair) => start[pair * 2 + offset]).filter((byte) => byte === 0).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (pairs > 0 && odd > pairs * 0.6 && even < pairs * 0.1) return 'UTF-16LE';
  if (pairs > 0 && even > pairs * 0.6 && odd < pairs * 0.1) return 'UTF-16BE';
  return 'UTF-8';
}

/** UTF-8 as it is, other bytes as Windows-1252; pieces are cut behind whole lines. */
function fromBytes(found: EncodingFound): (bytes: Buffer, isEnd: boolean) => Buffer {
  let kept: Buffer = Buffer.alloc(0);
  let isFirst = true;
  return (bytes, isEnd) => {
    let whole: Buffer = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    if (isFirst && whole.length > 0) {
      isFirst = false;
      if (whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) whole = whole.subarray(3);
    }
    const end = isEnd ? whole.length : endOfLines(whole);
    kept = Buffer.from(whole.subarray(end));
    const piece = whole.subarray(0, end);
    if (isUtf8(piece)) return piece;
    return Buffer.concat(
      linesOf(piece).map((line) => {
        if (isUtf8(line)) return line;
        found.windowsLines++;
        return Buffer.from(fromWindows(line));
      }),
    );
  };
}

/** Behind the last line end; of a line without an end, as much as is whole in UTF-8. */
function endOfLines(bytes: Buffer): number {
  const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
  if (end > 0 || bytes.length < MAX_PIECE) return end;
  let cut = bytes.length;
  // Back to the first byte of a character that may not be whole: at most three follow it (RFC 3629 §3).
  while (cut > bytes.length - 4 && (bytes[cut - 1]! & 0xc0) === 0x80) cut--;
  return bytes[cut - 1]! >= 0xc0 ? cut - 1 : bytes.length;
}

// Not by TextDecoder, which takes Windows-1252 for Latin-1 and leaves controls where letters were (Node 20.20, 2026-11).
function fromWindows(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[\u0080-\u009F]/g, (control) => WINDOWS_80_TO_9F[control.charCodeAt(0) - 0x80]!);
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue;
    lines.push(bytes.subarray(from, at + 1));
    from = at + 1;
  }
  return [...lines, bytes.subarray(from)];
}
