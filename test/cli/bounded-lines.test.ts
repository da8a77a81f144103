import { describe, expect, it } from 'vitest';
import { boundedLines } from '../../src/cli/bounded-lines.ts';

async function read(chunks: readonly (Buffer | string)[], maxBytes = 100) {
  const lines = [];
  const input = (async function* () {
    yield* chunks;
  })();
  for await (const { text, isCut } of boundedLines(input, maxBytes)) lines.push(isCut ? `${text}…` : text);
  return lines;
}

const bytes = [...Buffer.from('grüße\r\n漢字\n')].map((byte) => Buffer.from([byte]));

describe('boundedLines', () => {
  it.each([
    { what: 'nothing', chunks: [], lines: [] },
    { what: 'both line ends, and blank lines', chunks: ['a\r\n\nb\n'], lines: ['a', '', 'b'] },
    { what: 'a last line without its end', chunks: ['a\nb'], lines: ['a', 'b'] },
    { what: 'characters that came byte by byte', chunks: bytes, lines: ['grüße', '漢字'] },
    {
      what: 'other line ends, which are text',
      chunks: ['a\u2028b\u0085c\rd\n'],
      lines: ['a\u2028b\u0085c\rd'],
    },
    { what: 'bytes that are no UTF-8', chunks: [Buffer.from([0xff, 0x41, 0x0a])], lines: ['\uFFFDA'] },
    { what: 'a line of the bound', chunks: ['x'.repeat(100), '\nb\n'], lines: ['x'.repeat(100), 'b'] },
    {
      what: 'lines over the bound, and goes on behind them',
      chunks: ['x'.repeat(60), 'y'.repeat(60), '\nb\n', 'z'.repeat(101)],
      lines: [`${'x'.repeat(60)}${'y'.repeat(40)}…`, 'b', `${'z'.repeat(100)}…`],
    },
  ])('reads $what', async ({ chunks, lines }) => {
    expect(await read(chunks)).toEqual(lines);
  });
});
