import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvEntries } from '../../src/files/csv-entries.ts';
import type { TableEntry } from '../../src/files/table-entry.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, delimiter: string | undefined, size = 11): Promise<TableEntry[]> {
  const entries: TableEntry[] = [];
  for await (const piece of csvEntries(inChunks(text, size), delimiter)) entries.push(...piece);
  return entries;
}

const cellsOf = (entries: readonly TableEntry[]) =>
  entries.map((entry) => ('cells' in entry ? entry.cells : entry.problem));
const linesOf = (entries: readonly TableEntry[]) => entries.map(({ line }) => line);

describe('csvEntries', () => {
  it.each(['\n', '\r\n', '\r'])(
    'knows the line where an entry begins, with lines that end in %j',
    async (end) => {
      const text = ['a,b', '', '1,"two', 'lines"', '3,4'].join(end);

      for (const size of [1, 2, 3, 100]) {
        const entries = await read(text, ',', size);

        expect(cellsOf(entries)).toEqual([
          ['a', 'b'],
          ['1', `two${end}lines`],
          ['3', '4'],
        ]);
        expect(linesOf(entries)).toEqual([1, 3, 5]);
      }
    },
  );

  it('forgives quotes within words', async () => {
    expect(cellsOf(await read('a,b\nann "the" first,x\n"ann smith"@example.com,y\n', ','))).toEqual([
      ['a', 'b'],
      ['ann "the" first', 'x'],
      ['"ann smith"@example.com', 'y'],
    ]);
  });

  it('passes over a line whose quote is never closed, and reads those behind it', async () => {
    const text = `a,b\n1,"never\n${'ann,x\n'.repeat(20_000)}`;

    for (const size of [500, 1_000_000]) {
      const entries = await read(text, ',', size);

      expect(entries).toHaveLength(20_002);
      expect(entries[1]).toEqual({ line: 2, problem: 'a quote that is not closed', text: '1,"never\n' });
      expect(entries.at(-1)).toEqual({ line: 20_002, cells: ['ann', 'x'] });
    }
  });

  it('passes over it also when the quote of a later line closes it', async () => {
    const entries = await read('a,b\n1,"never\n2,x\n3,"y"\n4,z\n', ',');

    expect(cellsOf(entries)).toEqual([
      ['a', 'b'],
      'a quote that is not closed',
      ['2', 'x'],
      ['3', 'y'],
      ['4', 'z'],
    ]);
    expect(linesOf(entries)).toEqual([1, 2, 3, 4, 5]);
  });

  it('passes over it at the end of the file', async () => {
    expect(cellsOf(await read('a,b\n1,"never\n2,x', ','))).toEqual([
      ['a', 'b'],
      'a quote that is not closed',
      ['2', 'x'],
    ]);
  });

  it('passes over a line of ten megabytes without keeping it', async () => {
    const entries = await read(`a,b\n${'x'.repeat(10_000_000)}\n1,2\n`, ',', 65_536);

    expect(cellsOf(entries)).toEqual([['a', 'b'], 'longer than 65536 characters', ['1', '2']]);
    expect(entries[1]).toMatchObject({ line: 2, text: 'x'.repeat(300) });
  });

  it('says so when a file is nothing but open quotes', async () => {
    await expect(read('"a,\n'.repeat(30_001), ',', 65_536)).rejects.toThrow(
      /more than 1000 lines .* try --format lines/,
    );
  });

  it('reads plain lines as they are, quotes, commas and zeros included', async () => {
    const entries = await read('"ann smith"@example.com\rann,bob\r\na\0b\n\nlast', undefined);

    expect(cellsOf(entries)).toEqual([['"ann smith"@example.com'], ['ann,bob'], ['a\0b'], ['last']]);
    expect(linesOf(entries)).toEqual([1, 2, 3, 5]);
  });

  it('reads back whatever was written by RFC 4180, in whatever chunks', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '日', '"', ',', ';', '\n', '\r', ' ', '=', '\t'),
      maxLength: 12,
    });
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 40 }),
        async (table, delimiter, end, size) => {
          const text = table.map((row) => row.map((one) => quoted(one)).join(delimiter) + end).join('');

          expect(cellsOf(await read(text, delimiter, size))).toEqual(table);
        },
      ),
    );
  });
});
