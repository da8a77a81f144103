import { describe, expect, it } from 'vitest';
import { pickColumn } from '../../src/domain/pick-column.ts';

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';

describe('pickColumn', () => {
  it.each([
    {
      what: 'a header that says so',
      rows: [
        ['Name', 'E-Mail'],
        ['Ann', ANN],
      ],
      index: 1,
      hasHeader: true,
    },
    {
      what: 'a header in German',
      rows: [
        ['E-Mail-Adresse', 'Ort'],
        [ANN, 'Köln'],
      ],
      index: 0,
      hasHeader: true,
    },
    {
      what: 'a header that lies',
      rows: [
        ['mail', 'contact'],
        ['yes', ANN],
        ['no', BOB],
      ],
      index: 1,
      hasHeader: true,
    },
    {
      what: 'no header',
      rows: [
        ['1', ANN],
        ['2', BOB],
      ],
      index: 1,
      hasHeader: false,
    },
    { what: 'one column without a header', rows: [[ANN], [BOB]], index: 0, hasHeader: false },
    { what: 'one column with one', rows: [['Kontakt'], [ANN]], index: 0, hasHeader: true },
    {
      what: 'one column of nothing but nonsense',
      rows: [['nonsense'], ['more']],
      index: 0,
      hasHeader: false,
    },
    {
      what: 'two headers of which one has the addresses',
      rows: [
        ['email', 'work email'],
        ['', ANN],
      ],
      index: 1,
      hasHeader: true,
    },
  ])('finds it by $what', ({ rows, index, hasHeader }) => {
    expect(pickColumn(rows, undefined)).toMatchObject({ index, hasHeader });
  });

  it('does what it is told, by name or by number', () => {
    const rows = [
      ['private', 'work'],
      [ANN, BOB],
    ];

    expect(pickColumn(rows, 'Work')).toMatchObject({ index: 1 });
    expect(pickColumn(rows, '1')).toMatchObject({ index: 0 });
  });

  it.each([
    {
      what: 'two columns that hold addresses alike',
      rows: [
        ['a', 'b'],
        [ANN, BOB],
      ],
      wish: undefined,
      says: /a and b hold addresses alike; name one with --column/,
    },
    {
      what: 'no column that does',
      rows: [
        ['a', 'b'],
        ['1', '2'],
      ],
      wish: undefined,
      says: /no column of it holds addresses; it has 1 "a", 2 "b"/,
    },
    {
      what: 'a column that is not there',
      rows: [
        ['a', 'b'],
        [ANN, '2'],
      ],
      wish: 'c',
      says: /no column "c"; it has 1 "a", 2 "b"/,
    },
    { what: 'an empty file', rows: [], wish: undefined, says: /nothing in it/ },
  ])('says what is wrong with $what', ({ rows, wish, says }) => {
    expect(pickColumn(rows, wish)).toMatchObject({ problem: expect.stringMatching(says) as string });
  });
});
