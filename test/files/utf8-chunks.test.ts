import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EncodingFound, utf8Chunks } from '../../src/files/utf8-chunks.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size = 7): Promise<EncodingFound & { readonly text: string }> {
  const found: EncodingFound = { encoding: 'UTF-8', windowsLines: 0 };
  const pieces: Buffer[] = [];
  for await (const piece of utf8Chunks(inChunks(bytes, size), found)) pieces.push(piece);
  return { ...found, text: Buffer.concat(pieces).toString() };
}

const TEXT = 'email;Ort\r\nann@example.com;Köln €\r\nbob@example.com;日本 😀\r\n';

function utf16(text: string, isBig: boolean, mark = ''): Buffer {
  const bytes = Buffer.from(mark + text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
}

describe('utf8Chunks', () => {
  it.each([
    { what: 'UTF-8', bytes: Buffer.from(TEXT), encoding: 'UTF-8' },
    { what: 'UTF-8 with a mark', bytes: Buffer.from(`\uFEFF${TEXT}`), encoding: 'UTF-8' },
    { what: 'UTF-16LE with a mark', bytes: utf16(TEXT, false, '\uFEFF'), encoding: 'UTF-16LE' },
    { what: 'UTF-16BE with a mark', bytes: utf16(TEXT, true, '\uFEFF'), encoding: 'UTF-16BE' },
    { what: 'UTF-16LE without one', bytes: utf16(TEXT, false), encoding: 'UTF-16LE' },
    { what: 'UTF-16BE without one', bytes: utf16(TEXT, true), encoding: 'UTF-16BE' },
  ])('reads $what, wherever its chunks are cut', async ({ bytes, encoding }) => {
    for (const size of [1, 2, 3, 5, 64, 4096]) {
      expect(await read(bytes, size)).toEqual({ encoding, windowsLines: 0, text: TEXT });
    }
  });

  it('takes lines that are no UTF-8 for Windows-1252, and leaves the others as they are', async () => {
    const bytes = Buffer.concat([
      Buffer.from('Köln\r\n'),
      Buffer.from([0x4b, 0xf6, 0x6c, 0x6e, 0x20, 0x80, 0x20, 0x93, 0x0d, 0x0a]),
      Buffer.from('日本\n'),
    ]);

    expect(await read(bytes)).toEqual({
      encoding: 'UTF-8',
      windowsLines: 1,
      text: 'Köln\r\nKöln € “\r\n日本\n',
    });
  });

  it('keeps whatever is UTF-8, in whatever chunks it comes', async () => {
    const text = fc
      .string({ unit: 'grapheme' })
      .filter((some) => !some.startsWith('\uFEFF') && !some.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (some, size) => {
        expect((await read(Buffer.from(some), size)).text).toBe(some);
      }),
    );
  });

  it('gives a line without an end in pieces, and cuts no character', async () => {
    const long = '日'.repeat(400_000);
    const found: EncodingFound = { encoding: 'UTF-8', windowsLines: 0 };
    const sizes: number[] = [];
    let text = '';
    for await (const piece of utf8Chunks(inChunks(Buffer.from(long), 65_536), found)) {
      sizes.push(piece.length);
      text += piece.toString();
    }

    expect(text).toBe(long);
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(found.windowsLines).toBe(0);
  });

  it('gives nothing for an empty file', async () => {
    expect((await read(Buffer.alloc(0))).text).toBe('');
  });
});
