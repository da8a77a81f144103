import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  MAX_LINE_BYTES,
  MAX_REPLY_BYTES,
  MAX_REPLY_LINES,
  ReplyReader,
} from '../../src/smtp/reply-reader.ts';

function readAll(...chunks: (string | Buffer)[]) {
  const reader = new ReplyReader();
  const replies = chunks.flatMap((chunk) => reader.read(Buffer.from(chunk as string)));
  return { replies, problem: reader.problem };
}

const texts = (...chunks: (string | Buffer)[]): string[] =>
  readAll(...chunks).replies.map(({ text }) => text);

describe('ReplyReader', () => {
  it.each([
    { name: 'one line', wire: '250 ok\r\n', codes: [250] },
    { name: 'a bare LF', wire: '250 ok\n', codes: [250] },
    { name: 'a code and nothing else', wire: '550\r\n', codes: [550] },
    { name: 'a code and a blank', wire: '550 \r\n', codes: [550] },
    { name: 'several lines', wire: '250-mx\r\n250-SIZE\r\n250 ok\r\n', codes: [250] },
    { name: 'several replies', wire: '250 ok\r\n550-no\r\n550 such\r\n221 bye\r\n', codes: [250, 550, 221] },
    { name: 'a code beyond the grammar', wire: '585 no\r\n', codes: [585] },
    { name: 'no line end yet', wire: '250 ok', codes: [] },
    { name: 'a continuation without its end', wire: '250-ok\r\n', codes: [] },
  ])('reads $name', ({ wire, codes }) => {
    const { replies, problem } = readAll(wire);

    expect(replies.map(({ code }) => code)).toEqual(codes);
    expect(problem).toBeUndefined();
  });

  it('reads the same replies whatever the cuts', () => {
    const wire = Buffer.from('220-früh\r\n220 grüße\r\n250 5.1.1 ok\r\n');
    const whole = readAll(wire).replies;

    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: wire.length }), { maxLength: 8 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), wire.length];
        const chunks = edges.slice(1).map((edge, place) => wire.subarray(edges[place], edge));
        expect(readAll(...chunks).replies).toEqual(whole);
      }),
      { numRuns: 100 },
    );
    expect(readAll(...[...wire].map((byte) => Buffer.of(byte))).replies).toEqual(whole);
  });

  it('keeps nothing of a buffer that is used again', () => {
    const reader = new ReplyReader();
    const shared = Buffer.from('550 gone');

    reader.read(shared);
    shared.fill('x');

    expect(reader.read(Buffer.from('\r\n'))[0]?.text).toBe('gone');
  });

  it.each([
    {
      name: 'UTF-8',
      bytes: Buffer.from('550 Postfach unzustellbar für Sie\r\n'),
      text: 'Postfach unzustellbar für Sie',
    },
    { name: 'Latin-1', bytes: Buffer.from('550 voll für Sie\r\n', 'latin1'), text: 'voll für Sie' },
    { name: 'a split character', bytes: Buffer.from([0x35, 0x35, 0x30, 0x20, 0xc3, 0x0d, 0x0a]), text: 'Ã' },
  ])('decodes $name', ({ bytes, text }) => {
    expect(texts(bytes)).toEqual([text]);
  });

  it.each([
    { name: 'HTTP', wire: 'HTTP/1.1 400 Bad Request\r\n', problem: 'not an SMTP reply' },
    { name: 'SSH', wire: 'SSH-2.0-OpenSSH_9.2\r\n', problem: 'not an SMTP reply' },
    { name: 'an empty line', wire: '\r\n', problem: 'not an SMTP reply' },
    { name: 'letters behind the code', wire: '250ok\r\n', problem: 'not an SMTP reply' },
    { name: 'a code of the first class', wire: '150 ok\r\n', problem: 'not an SMTP reply' },
    { name: 'two codes in one reply', wire: '250-ok\r\n550 no\r\n', problem: 'different codes in one reply' },
    { name: 'a NUL', wire: '250 o\0k\r\n', problem: 'NUL in a reply' },
    {
      name: 'an endless line',
      wire: `250 ${'x'.repeat(1_000_000)}`,
      problem: `line over ${MAX_LINE_BYTES} bytes`,
    },
    {
      name: 'a long whole line',
      wire: `250 ${'x'.repeat(5000)}\r\n`,
      problem: `line over ${MAX_LINE_BYTES} bytes`,
    },
    {
      name: 'endless continuation',
      wire: '250-x\r\n'.repeat(1000),
      problem: `reply over ${MAX_REPLY_LINES} lines`,
    },
    {
      name: 'a huge reply',
      wire: `250-${'x'.repeat(4000)}\r\n`.repeat(30),
      problem: `reply over ${MAX_REPLY_BYTES} bytes`,
    },
  ])('takes $name as garbled, and reads no further', ({ wire, problem }) => {
    const read = readAll(`220 hello\r\n${wire}`, '250 ok\r\n');

    expect(read.problem).toBe(problem);
    expect(read.replies.map(({ code }) => code)).toEqual([220]);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
        const { replies } = readAll(...chunks.map((chunk) => Buffer.from(chunk)));
        for (const { code } of replies) expect(code).toBeGreaterThanOrEqual(200);
      }),
      { numRuns: 300 },
    );
  });
});
