// Reads lines of a stream without ever holding more of one than was asked for, whatever comes. A line ends with LF or
// CR LF and with nothing else: the text of a mail server may hold other characters that look like line ends.

export interface BoundedLine {
  readonly text: string;
  /** The line was longer than the bound, and this is its beginning. */
  readonly isCut: boolean;
}

const LF = 0x0a;

/** Gives the lines of `input`, each at most `maxBytes` long; bytes are decoded when the line is whole. */
export async function* boundedLines(
  input: AsyncIterable<Buffer | string>,
  maxBytes: number,
): AsyncGenerator<BoundedLine> {
  let kept: Buffer[] = [];
  let size = 0;
  let isCut = false;
  const keep = (piece: Buffer): void => {
    const part = Buffer.from(piece.subarray(0, maxBytes - size)); // a copy: the chunk it was cut from goes
    isCut ||= part.length < piece.length;
    size += part.length;
    if (part.length > 0) kept.push(part);
  };
  const line = (): BoundedLine => {
    const text = Buffer.concat(kept).toString('utf8').replace(/\r$/, '');
    const whole = { text, isCut };
    kept = [];
    size = 0;
    isCut = false;
    return whole;
  };
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      keep(bytes.subarray(from, end));
      yield line();
      from = end + 1;
    }
    keep(bytes.subarray(from));
  }
  if (size > 0) yield line();
}
