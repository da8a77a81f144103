import { describe, expect, it } from 'vitest';
import { besideEachOther, widthOf, wrap } from '../../src/cli/columns.ts';

describe('wrap', () => {
  it.each([
    { text: 'one two three', width: 7, lines: ['one two', 'three'] },
    { text: 'one', width: 7, lines: ['one'] },
    { text: 'decided (91 %), 6', width: 12, lines: ['decided', '(91 %), 6'] },
    { text: '', width: 7, lines: [''] },
    { text: 'a 1234567890 b', width: 4, lines: ['a', '1234', '5678', '90 b'] },
    { text: '1.1.1.1,8.8.8.8', width: 10, lines: ['1.1.1.1,', '8.8.8.8'] },
    {
      text: 'mysql://***@db.example.net:3306/crm',
      width: 20,
      lines: ['mysql://***@', 'db.example.net:3306/', 'crm'],
    },
  ])('makes of "$text" lines of $width', ({ text, width, lines }) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

it('puts cells beside each other', () => {
  expect(besideEachOther(['KEY', 'a long value', '.env'], [5, 6, 4])).toEqual([
    'KEY    a long  .env',
    '       value',
  ]);
});

it.each([
  [{}, 80],
  [{ columns: 132 }, 132],
  [{ columns: 7 }, 40],
])('takes the width of %j for %i', (stream, width) => {
  expect(widthOf(stream)).toBe(width);
});
